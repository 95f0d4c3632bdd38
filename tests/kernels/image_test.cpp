// SPDX-License-Identifier: Apache-2.0
// Convolution along an axis and resampling, on the backend of this build.
#include "ctffr/kernels/image.hpp"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "ctffr/parallel/parallel.hpp"

namespace ctffr {
namespace {

using Exec = CTFFR_EXEC;

std::vector<float> run_convolve(Int3 size, int axis, const std::vector<float>& weights,
                                const std::vector<float>& in) {
    const Exec exec;
    const Array<float, Exec> w(exec, weights), source(exec, in);
    Array<float, Exec> out(exec, size.count());
    kernels::convolve_axis(exec, size, axis, w.view(), source.view(), out.view());
    return out.to_host();
}

TEST(ConvolveAxis, SpreadsAnImpulseAlongItsAxisOnly) {
    const Int3 size{7, 5, 6};
    const std::vector<float> weights = {0.5f, 0.2f, 0.05f};
    for (int axis = 0; axis < 3; ++axis) {
        std::vector<float> in(static_cast<std::size_t>(size.count()), 0.0f);
        const auto at = [&](int i, int j, int k) { return static_cast<std::size_t>(i + 7 * (j + 5 * k)); };
        in[at(3, 2, 3)] = 1;
        const std::vector<float> out = run_convolve(size, axis, weights, in);
        for (int k = 0; k < 6; ++k)
            for (int j = 0; j < 5; ++j)
                for (int i = 0; i < 7; ++i) {
                    const int d[3] = {std::abs(i - 3), std::abs(j - 2), std::abs(k - 3)};
                    const bool on_axis = d[(axis + 1) % 3] == 0 && d[(axis + 2) % 3] == 0 && d[axis] < 3;
                    EXPECT_FLOAT_EQ(out[at(i, j, k)],
                                    on_axis ? weights[static_cast<std::size_t>(d[axis])] : 0.0f);
                }
    }
}

TEST(ConvolveAxis, KeepsAConstantUpToTheEdge) {
    const Int3 size{33, 3, 4};
    const std::vector<float> in(static_cast<std::size_t>(size.count()), 7.0f);
    for (int axis = 0; axis < 3; ++axis)
        for (float v : run_convolve(size, axis, {0.4f, 0.2f, 0.1f}, in)) ASSERT_NEAR(v, 7.0f, 1e-5f);
}

TEST(Resample, IsExactForALinearFieldInAnObliqueFrame) {
    ImageGeometry from;
    from.size = {20, 18, 16};
    from.spacing_mm = {0.5, 0.7, 1.1};
    from.origin_lps_mm = {3, -4, 5};
    const double c = std::cos(0.4), s = std::sin(0.4);
    from.direction = Mat3::from_columns({c, s, 0}, {-s, c, 0}, {0, 0, 1});
    const Vec3 slope{2, -3, 0.5};
    std::vector<float> in;
    for (int k = 0; k < from.size.z; ++k)
        for (int j = 0; j < from.size.y; ++j)
            for (int i = 0; i < from.size.x; ++i)
                in.push_back(
                    static_cast<float>(dot(slope, from.lps_from_index({double(i), double(j), double(k)}))));
    ImageGeometry to = from;
    to.size = {9, 8, 30};
    to.spacing_mm = {0.31, 0.43, 0.37};
    to.direction = Mat3{};
    to.origin_lps_mm = from.lps_from_index({8, 2, 2});
    const Exec exec;
    const Array<float, Exec> source(exec, in);
    Array<float, Exec> out(exec, to.size.count());
    kernels::resample(exec, from, source.view(), to, -1000.0f, out.view());
    const std::vector<float> result = out.to_host();
    int inside = 0;
    for (int k = 0; k < to.size.z; ++k)
        for (int j = 0; j < to.size.y; ++j)
            for (int i = 0; i < to.size.x; ++i) {
                const Vec3 p = to.lps_from_index({double(i), double(j), double(k)});
                const float value = result[static_cast<std::size_t>(to.offset(i, j, k))];
                if (from.contains(from.index_from_lps(p))) {
                    ++inside;
                    ASSERT_NEAR(value, dot(slope, p), 2e-4);
                } else {
                    ASSERT_EQ(value, -1000.0f);
                }
            }
    EXPECT_GT(inside, to.size.count() / 4);
}

}  // namespace
}  // namespace ctffr
