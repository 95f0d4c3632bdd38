// SPDX-License-Identifier: Apache-2.0
// A straight left artery of which the heart network sees two pieces, and a path that follows the first one.
#include "imaging/far_pieces.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace ctffr::imaging {
namespace {

constexpr double spacing_mm = 0.8, radius_mm = 1.7;

// Lumen along x from 0 to `first_mm` and from `second_mm` to 80 mm, the second one of either side.
HeartMaps maps_of(double first_mm, double second_mm, bool second_left = true) {
    HeartMaps maps;
    ImageGeometry geometry;
    geometry.size = {101, 21, 21};
    geometry.spacing_mm = {spacing_mm, spacing_mm, spacing_mm};
    geometry.origin_lps_mm = {0, -8, -8};
    const auto n = static_cast<std::size_t>(geometry.size.count());
    for (ScalarGrid& map : maps.maps) map = {geometry, std::vector<float>(n, 0.0f)};
    maps.maps[HeartMaps::aorta_mm].values.assign(n, 4.0f);
    for (std::size_t v = 0; v < n; ++v) {
        const Vec3 p = maps.maps[0].position(static_cast<Index>(v));
        if (std::hypot(p.y, p.z) > radius_mm) continue;
        if (p.x < first_mm) maps.maps[HeartMaps::lumen_left].values[v] = 0.9f;
        if (p.x > second_mm)
            maps.maps[second_left ? HeartMaps::lumen_left : HeartMaps::lumen_right].values[v] = 0.9f;
    }
    return maps;
}

std::vector<GrownPath> path_until(double end_mm) {
    GrownPath path;
    for (double x = 0; x <= end_mm; x += 0.25) path.line.push_back({x, 0, 0});
    return {path};
}

std::vector<Crossing> crossings(const HeartMaps& maps, double followed_mm) {
    return crossings_to_far_pieces(maps, path_until(followed_mm), {Side::left}, {}, ctffr::Run{});
}

TEST(FarPieces, TheWayLeadsFromWhatIsFollowedToWhatIsSeenBeyond) {
    const HeartMaps maps = maps_of(30, 45);
    // 44 planes of 13 voxels.
    EXPECT_NEAR(far_volume_mm3(maps, path_until(30), {}, ctffr::Run{}), 35 * 3.14159 * radius_mm * radius_mm,
                30);
    const auto ways = crossings(maps, 30);
    ASSERT_EQ(ways.size(), 2u);  // from what is followed, and from the end of the path
    for (const Crossing& way : ways) {
        EXPECT_NEAR(way.from_lps_mm.x, 30, 1);
        EXPECT_NEAR(way.to_lps_mm.x, 45, 1);
    }
    const Mask mask = mask_of(ways, maps.geometry());
    EXPECT_TRUE(mask[as_size(maps.maps[0].voxel_at({37, 3, 0}))]);
    EXPECT_FALSE(mask[as_size(maps.maps[0].voxel_at({37, 6.5, 0}))]);
    EXPECT_FALSE(mask[as_size(maps.maps[0].voxel_at({20, 0, 0}))]);
}

TEST(FarPieces, NothingIsFarThatIsFollowedOrSmallOrTooFarOrOfTheOtherSide) {
    EXPECT_TRUE(crossings(maps_of(30, 45), 80).empty());
    EXPECT_EQ(far_volume_mm3(maps_of(30, 45), path_until(80), {}, ctffr::Run{}), 0);
    EXPECT_TRUE(crossings(maps_of(30, 74), 60).empty());  // 6 mm of vessel are left
    EXPECT_TRUE(crossings(maps_of(30, 57), 30).empty());
    EXPECT_TRUE(crossings(maps_of(30, 45, false), 30).empty());
}

TEST(FarPieces, ACrossingIsNamedWhenOnePathTakesIt) {
    const std::vector<Crossing> way{{{30, 0, 0}, {45, 0, 0}}};
    EXPECT_EQ(remarks_on_crossings(way, path_until(80)).size(), 1u);
    EXPECT_TRUE(remarks_on_crossings(way, path_until(40)).empty());
    EXPECT_TRUE(remarks_on_crossings({{{30, 0, 0}, {33, 0, 0}}}, path_until(80)).empty());
    // Two paths that each hold one end did not cross.
    std::vector<GrownPath> two = path_until(30);
    GrownPath beyond;
    for (double x = 45; x < 80; x += 0.25) beyond.line.push_back({x, 0, 0});
    two.push_back(beyond);
    EXPECT_TRUE(remarks_on_crossings(way, two).empty());
}

}  // namespace
}  // namespace ctffr::imaging
