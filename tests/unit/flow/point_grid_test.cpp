// SPDX-License-Identifier: Apache-2.0
#include "flow/point_grid.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "ctffr/core/random.hpp"

namespace ctffr {
namespace {

TEST(PointGrid, FindsWhatASearchOfAllPointsFinds) {
    Random random(3);
    std::vector<Vec3> points;
    for (int n = 0; n < 500; ++n)
        points.push_back({random.uniform(-3, 5), random.uniform(0, 1), random.uniform(10, 14)});
    const PointGrid grid(points, 0.7);
    for (int n = 0; n < 50; ++n) {
        // Also far outside.
        const Vec3 at{random.uniform(-9, 9), random.uniform(-4, 4), random.uniform(8, 16)};
        std::vector<std::pair<double, std::int32_t>> all;
        for (std::size_t i = 0; i < points.size(); ++i)
            all.emplace_back(distance(points[i], at), static_cast<std::int32_t>(i));
        std::sort(all.begin(), all.end());
        std::vector<std::int32_t> near, want;
        grid.within(at, 1.9, [&](std::int32_t i) { near.push_back(i); });
        std::sort(near.begin(), near.end());
        for (const auto& [d, i] : all)
            if (d <= 1.9) want.push_back(i);
        std::sort(want.begin(), want.end());
        EXPECT_EQ(near, want);
        const std::vector<std::int32_t> five = grid.nearest(at, 5);
        ASSERT_EQ(five.size(), 5u);
        for (std::size_t k = 0; k < 5; ++k) EXPECT_EQ(five[k], all[k].second);
    }
    EXPECT_EQ(grid.nearest({0, 0, 0}, 1000).size(), 500u);
    const std::vector<Vec3> none;
    EXPECT_TRUE(PointGrid(none, 1).nearest({0, 0, 0}, 3).empty());
}

}  // namespace
}  // namespace ctffr
