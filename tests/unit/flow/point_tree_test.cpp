// SPDX-License-Identifier: Apache-2.0
#include "flow/point_tree.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "ctffr/core/random.hpp"

namespace ctffr {
namespace {

TEST(PointTree, FindsWhatASearchOfAllPointsFinds) {
    Random random(3);
    std::vector<Vec3> points;
    for (int n = 0; n < 300; ++n)
        points.push_back({random.uniform(-3, 5), random.uniform(0, 1), random.uniform(10, 14)});
    // A cluster, and several points in one place.
    for (int n = 0; n < 190; ++n)
        points.push_back({2 + random.uniform(0, 1e-3), 0.5 + random.uniform(0, 1e-3), 12});
    for (int n = 0; n < 10; ++n) points.push_back({-1, 0.25, 11});
    const PointTree tree(points);
    for (int n = 0; n < 50; ++n) {
        // Also far outside.
        const Vec3 at{random.uniform(-9, 9), random.uniform(-4, 4), random.uniform(8, 16)};
        std::vector<std::pair<double, std::int32_t>> all;
        for (std::size_t i = 0; i < points.size(); ++i)
            all.emplace_back(distance(points[i], at), static_cast<std::int32_t>(i));
        std::sort(all.begin(), all.end());
        std::vector<std::int32_t> near, want;
        tree.within(at, 1.9, [&](std::int32_t i) { near.push_back(i); });
        std::sort(near.begin(), near.end());
        for (const auto& [d, i] : all)
            if (d <= 1.9) want.push_back(i);
        std::sort(want.begin(), want.end());
        EXPECT_EQ(near, want);
        const std::vector<std::int32_t> five = tree.nearest(at, 5);
        ASSERT_EQ(five.size(), 5u);
        for (std::size_t k = 0; k < 5; ++k) EXPECT_EQ(five[k], all[k].second);
    }
    EXPECT_EQ(tree.nearest({0, 0, 0}, 1000).size(), 500u);
    const std::vector<Vec3> none;
    EXPECT_TRUE(PointTree(none).nearest({0, 0, 0}, 3).empty());
}

}  // namespace
}  // namespace ctffr
