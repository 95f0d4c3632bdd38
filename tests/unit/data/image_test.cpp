// SPDX-License-Identifier: Apache-2.0
#include "ctffr/data/image.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace ctffr {
namespace {

TEST(ImageGeometry, IndexAndPointGoBothWays) {
    ImageGeometry geometry;
    geometry.size = {10, 20, 30};
    geometry.spacing_mm = {0.4, 0.5, 0.6};
    geometry.origin_lps_mm = {-12, 7, 100};
    const double c = std::cos(0.3), s = std::sin(0.3);
    geometry.direction = Mat3::from_columns({c, s, 0}, {-s, c, 0}, {0, 0, 1});
    EXPECT_TRUE(check(geometry).empty());
    const Vec3 index{3.25, 11.5, 20};
    EXPECT_NEAR(distance(geometry.index_from_lps(geometry.lps_from_index(index)), index), 0, 1e-12);
    const Vec3 next = geometry.lps_from_index({4, 0, 0}) - geometry.lps_from_index({3, 0, 0});
    EXPECT_NEAR(distance(next, {0.4 * c, 0.4 * s, 0}), 0, 1e-12);
}

TEST(ImageGeometry, CheckFindsBadSpacingAndDirection) {
    ImageGeometry geometry;
    geometry.size = {10, 0, 30};
    geometry.spacing_mm = {0.4, std::nan(""), -1};
    EXPECT_EQ(check(geometry).size(), 3u);
    geometry.size = {10, 10, 10};
    geometry.spacing_mm = {1, 1, 1};
    geometry.direction = Mat3::from_columns({1, 0, 0}, {0, 1, 0}, {0, 0, -1});
    ASSERT_EQ(check(geometry).size(), 1u);
    EXPECT_NE(check(geometry)[0].find("left-handed"), std::string::npos);
}

}  // namespace
}  // namespace ctffr
