// SPDX-License-Identifier: Apache-2.0
// What the tests of channels-last kernels share: images from row-major values and back, random values, loops.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "ctffr/core/random.hpp"
#include "ctffr/kernels/network_nhwc.hpp"
#include "ctffr/parallel/parallel.hpp"

namespace ctffr::nhwc_test {

using Exec = CTFFR_EXEC;
using kernels::BFloat16;
using kernels::NhwcShape;

inline NhwcShape shape_of(Index n, Index c, Index d, Index h, Index w) {
    NhwcShape shape;
    shape.n = n, shape.c = c, shape.d = d, shape.h = h, shape.w = w;
    return shape;
}

inline Index count_of(const NhwcShape& s) { return s.voxels() * s.c; }

inline std::vector<float> random_values(Index count, int seed, double low = -2, double high = 2) {
    Random random(static_cast<std::uint64_t>(seed));
    std::vector<float> values;
    for (Index i = 0; i < count; ++i) {
        // Values that bfloat16 holds exactly, so that the same truth serves both types.
        BFloat16 rounded;
        kernels::store(static_cast<float>(random.uniform(low, high)), rounded);
        values.push_back(kernels::to_float(rounded));
    }
    return values;
}

// Place of an element in row-major (n, c, d, h, w).
inline std::size_t at(const NhwcShape& s, Index n, Index c, Index d, Index h, Index w) {
    return static_cast<std::size_t>((((n * s.c + c) * s.d + d) * s.h + h) * s.w + w);
}

inline void for_each(const NhwcShape& s, const std::function<void(Index, Index, Index, Index, Index)>& body) {
    for (Index n = 0; n < s.n; ++n)
        for (Index c = 0; c < s.c; ++c)
            for (Index d = 0; d < s.d; ++d)
                for (Index h = 0; h < s.h; ++h)
                    for (Index w = 0; w < s.w; ++w) body(n, c, d, h, w);
}

template <class T>
constexpr float tolerance = std::is_same_v<T, float> ? 2e-5f : 1.0f / 128;

template <class T>
class NhwcKernels : public testing::Test {
   public:
    Exec exec;

    Array<float, Exec> floats(const std::vector<float>& values) { return {exec, values}; }
    Array<std::int32_t, Exec> table(const std::vector<std::int32_t>& values) { return {exec, values}; }
    Array<T, Exec> image(const NhwcShape& shape, const std::vector<float>& rows) {
        const Array<float, Exec> in(exec, rows);
        Array<T, Exec> out = blank(shape);
        kernels::nhwc_from_rows<Exec, T>(exec, shape, in.view(), out.view());
        return out;
    }
    // Filled with NaN: what a kernel must write and does not shows.
    Array<T, Exec> blank(const NhwcShape& shape) {
        T nan;
        kernels::store(std::numeric_limits<float>::quiet_NaN(), nan);
        return {exec, std::vector<T>(static_cast<std::size_t>(shape.size()), nan)};
    }
    std::vector<float> rows(const NhwcShape& shape, const Array<T, Exec>& image) {
        Array<float, Exec> out(exec, count_of(shape));
        kernels::rows_from_nhwc<Exec, T>(exec, shape, image.view(), out.view());
        // The padding channels are zero, or the next convolution is wrong.
        const std::vector<T> memory = image.to_host();
        for (std::size_t i = 0; i < memory.size(); ++i) {
            if (static_cast<Index>(i) % shape.pitch() < shape.c) continue;
            EXPECT_EQ(kernels::to_float(memory[i]), 0) << "padding channel at " << i;
        }
        return out.to_host();
    }
    void expect_near(const std::vector<float>& found, const std::vector<double>& truth, double scale = 1) {
        ASSERT_EQ(found.size(), truth.size());
        for (std::size_t i = 0; i < truth.size(); ++i)
            ASSERT_NEAR(found[i], truth[i], tolerance<T> * (scale + std::abs(truth[i]))) << "element " << i;
    }
};
using Types = testing::Types<float, BFloat16>;

}  // namespace ctffr::nhwc_test
