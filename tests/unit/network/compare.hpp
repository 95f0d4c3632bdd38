// SPDX-License-Identifier: Apache-2.0
// Comparison of what two executors make of the same inputs.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "network/tensor.hpp"

namespace ctffr::network {

// Every value within `share` of the largest magnitude of its tensor. Labels may differ where classes tie
// within rounding: in at most a fiftieth of the voxels, and nowhere when `share` is that of float32.
inline void expect_near(const std::vector<Tensor>& found, const std::vector<Tensor>& truth, double share) {
    ASSERT_EQ(found.size(), truth.size());
    for (std::size_t t = 0; t < truth.size(); ++t) {
        SCOPED_TRACE(testing::Message() << "output " << t << " of shape " << shape_text(truth[t].shape));
        ASSERT_EQ(found[t].shape, truth[t].shape);
        ASSERT_EQ(found[t].type, truth[t].type);
        ASSERT_EQ(found[t].floats.size(), truth[t].floats.size());
        ASSERT_EQ(found[t].integers.size(), truth[t].integers.size());
        double largest = 0, worst = 0;
        for (const float x : truth[t].floats) largest = std::max(largest, std::abs(double(x)));
        for (std::size_t i = 0; i < truth[t].floats.size(); ++i) {
            ASSERT_TRUE(std::isfinite(found[t].floats[i])) << "element " << i;
            worst = std::max(worst, std::abs(double(found[t].floats[i]) - truth[t].floats[i]));
        }
        EXPECT_LE(worst, share * largest);
        std::size_t other = 0;
        for (std::size_t i = 0; i < truth[t].integers.size(); ++i)
            other += found[t].integers[i] != truth[t].integers[i] ? 1 : 0;
        EXPECT_LE(other, share > 1e-3 ? truth[t].integers.size() / 50 : 0);
    }
}

}  // namespace ctffr::network
