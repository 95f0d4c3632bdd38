// SPDX-License-Identifier: Apache-2.0
// Where paths end: a thin vessel is no vein because blur takes its contrast, a vein is one.
#include "imaging/tree_growth.hpp"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

namespace ctffr::imaging {
namespace {

constexpr double aorta_hu = 400, blur_mm = 0.65, wide_mm = 25, all_mm = 55;

// HU in the middle of a vessel of this radius, of blood of `blood_hu` without background, after the blur.
double middle_hu(double blood_hu, double radius_mm) {
    return blood_hu * (1 - std::exp(-0.5 * radius_mm * radius_mm / (blur_mm * blur_mm)));
}

// Length of the path along a straight vessel that is 1.8 mm wide and then changes to a recorded radius and
// HU.
double path_length_mm(double then_radius_mm, double then_hu) {
    ImageGeometry g;
    g.size = {121, 9, 9};
    g.spacing_mm = {0.5, 0.5, 0.5};
    g.origin_lps_mm = {0, -2, -2};
    const auto n = static_cast<std::size_t>(g.size.count());
    std::vector<float> speed(n, 0.02F), evidence(n, 0.0F), radius(n, 0.0F), hu(n, 0.0F);
    for (std::size_t i = 0; i < n; ++i) {
        const auto v = static_cast<Index>(i);
        const Vec3 p =
            g.lps_from_index({static_cast<double>(v % g.size.x), static_cast<double>(v / g.size.x % g.size.y),
                              static_cast<double>(v / (Index{g.size.x} * g.size.y))});
        if (std::hypot(p.y, p.z) > 0.8 || p.x > all_mm) continue;
        speed[i] = evidence[i] = 1;
        radius[i] = static_cast<float>(p.x < wide_mm ? 1.8 : then_radius_mm);
        hu[i] = static_cast<float>(p.x < wide_mm ? aorta_hu : then_hu);
    }
    const Front front = march(g, speed, evidence, {ScalarGrid{g, {}}.voxel_at({0, 0, 0})}, {}, Run{});
    const auto paths = grow_paths(front, {evidence, radius, hu, aorta_hu, blur_mm}, {}, Run{});
    double longest = 0;
    for (const GrownPath& path : paths) longest = std::max(longest, path.line.back().x);
    return longest;
}

TEST(Growth, FollowsAVesselThatBecomesThin) {
    // Recorded radii are the widest of a neighbourhood, a quarter too wide.
    for (const double radius : {0.7, 0.8, 1.0, 1.3})
        EXPECT_GT(path_length_mm(1.25 * radius, middle_hu(aorta_hu, radius)), all_mm - 1) << radius;
}

TEST(Growth, EndsWhereTheBloodOfAVeinBegins) {
    for (const double radius : {1.0, 1.3, 1.6})
        EXPECT_LT(path_length_mm(1.25 * radius, middle_hu(0.6 * aorta_hu, radius)), wide_mm + 3) << radius;
}

TEST(Growth, EndsWhereAVesselBecomesMuchWider) { EXPECT_LT(path_length_mm(3.2, aorta_hu), wide_mm + 3); }

}  // namespace
}  // namespace ctffr::imaging
