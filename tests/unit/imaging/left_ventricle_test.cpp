// SPDX-License-Identifier: Apache-2.0
// Mass and long axis of a left ventricle whose surfaces are known exactly.
#include "imaging/left_ventricle.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include <gtest/gtest.h>

#include "ctffr/core/units.hpp"

namespace ctffr::imaging {
namespace {

// Ellipsoids of one center, cut off by the plane of the valves; axis and center are oblique to the grid.
struct Ventricle {
    Vec3 center{4.3, -7.1, 12.9};
    Vec3 axis = normalized({0.7, -0.45, -0.55});
    double cavity_long = 52, cavity_wide = 23, wall = 9, base = -28;

    double ellipsoid(Vec3 p, double length, double width) const {
        const Vec3 d = p - center;
        const double along = dot(d, axis), off = norm(d - along * axis);
        const double r = std::hypot(along / length, off / width);
        // Distance to first order: value over slope.
        const double slope = std::hypot(along / (length * length), off / (width * width)) / std::max(r, 1e-9);
        return (r - 1) / std::max(slope, 1e-9);
    }
    double cut(Vec3 p) const { return base - dot(p - center, axis); }
    double blood(Vec3 p) const { return std::max(ellipsoid(p, cavity_long, cavity_wide), cut(p)); }
    double outer(Vec3 p) const {
        return std::max(ellipsoid(p, cavity_long + wall, cavity_wide + wall), cut(p));
    }
    // Volume of an ellipsoid of revolution beyond the plane, mm3.
    double volume(double length, double width) const {
        const auto primitive = [&](double z) { return z - z * z * z / (3 * length * length); };
        return pi * width * width * (primitive(length) - primitive(base));
    }
    double mass_g() const {
        return 1.05e-3 * (volume(cavity_long + wall, cavity_wide + wall) - volume(cavity_long, cavity_wide));
    }
};

HeartMaps maps_of(const std::function<double(Vec3)>& blood, const std::function<double(Vec3)>& outer) {
    HeartMaps maps;
    ImageGeometry geometry;
    geometry.size = {170, 160, 170};
    geometry.spacing_mm = {0.8, 0.8, 0.8};
    geometry.origin_lps_mm = {-60, -75, -60};
    for (ScalarGrid& grid : maps.maps) grid.geometry = geometry;
    const auto reach = static_cast<float>(HeartMaps::reach_mm);
    for (const auto& [map, surface] :
         {std::pair{HeartMaps::lv_blood_mm, &blood}, std::pair{HeartMaps::lv_outer_mm, &outer}}) {
        ScalarGrid& grid = maps.maps[map];
        grid.values.resize(static_cast<std::size_t>(geometry.size.count()));
        for (std::size_t n = 0; n < grid.values.size(); ++n)
            grid.values[n] = std::clamp(static_cast<float>((*surface)(grid.position(static_cast<Index>(n)))),
                                        -reach, reach);
    }
    return maps;
}

TEST(LeftVentricle, MassAndAxisOfACutEllipsoid) {
    const Ventricle v;
    const HeartMaps maps = maps_of([&](Vec3 p) { return v.blood(p); }, [&](Vec3 p) { return v.outer(p); });
    const Vec3 root = v.center + (v.base - 15) * v.axis + Vec3{5, 8, 3};
    const auto found = left_ventricle(maps, root);
    ASSERT_TRUE(found);
    EXPECT_NEAR(found->mass_g, v.mass_g(), 0.005 * v.mass_g());
    // Ends to within a voxel along the axis; the axis to within a degree.
    const Vec3 axis = normalized(found->apex_lps_mm - found->base_lps_mm);
    EXPECT_GT(dot(axis, v.axis), std::cos(pi / 180));
    EXPECT_NEAR(dot(found->apex_lps_mm - v.center, v.axis), v.cavity_long + v.wall, 0.8);
    EXPECT_NEAR(dot(found->base_lps_mm - v.center, v.axis), v.base, 0.8);
}

TEST(LeftVentricle, IsTheLargestPieceOnly) {
    const Ventricle v;
    const auto ball = [](Vec3 p) { return norm(p - Vec3{-40, 30, -40}) - 14; };
    const auto alone = left_ventricle(
        maps_of([&](Vec3 p) { return v.blood(p); }, [&](Vec3 p) { return v.outer(p); }), {-40, 30, 40});
    const auto beside = left_ventricle(
        maps_of([&](Vec3 p) { return v.blood(p); }, [&](Vec3 p) { return std::min(v.outer(p), ball(p)); }),
        {-40, 30, 40});
    ASSERT_TRUE(alone && beside);
    EXPECT_EQ(alone->mass_g, beside->mass_g);
}

TEST(LeftVentricle, WhatIsNoneGivesNothing) {
    const auto nowhere = [](Vec3) { return 4.0; };
    const auto ball = [](double radius) { return [=](Vec3 p) { return norm(p - Vec3{5, -8, 8}) - radius; }; };
    EXPECT_FALSE(left_ventricle(maps_of(nowhere, nowhere), {}));
    EXPECT_FALSE(left_ventricle(maps_of(nowhere, ball(30)), {}));   // muscle without a cavity
    EXPECT_FALSE(left_ventricle(maps_of(ball(8), ball(20)), {}));   // a cavity of 2 mL
    EXPECT_FALSE(left_ventricle(maps_of(ball(30), ball(58)), {}));  // larger than any heart
    EXPECT_FALSE(left_ventricle(maps_of(ball(25), ball(35)), {}));  // round: no axis
}

}  // namespace
}  // namespace ctffr::imaging
