// SPDX-License-Identifier: Apache-2.0
// Hearts and simple vessels that the tests of the coronary tree share.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "ctffr/core/units.hpp"
#include "phantom/disease_apply.hpp"
#include "phantom/tree_layout.hpp"

namespace ctffr::phantom {

// A man with the LV mass to which the published diameters belong. Building a heart takes most of the time of
// a tree, so a few hearts serve many trees.
inline const HeartAnatomy& shared_heart(std::uint64_t seed) {
    static const std::vector<HeartAnatomy> hearts = [] {
        std::vector<HeartAnatomy> list;
        for (std::uint64_t k = 0; k < 4; ++k) list.emplace_back(BodySize{}, 1000 + k);
        return list;
    }();
    return hearts[seed % hearts.size()];
}

inline Course simple_course(const std::vector<Vec3>& knots, double radius_mm) {
    Course course;
    course.curve = Curve(knots, {});
    course.radius = RadiusProfile(radius_mm, 0, 0);
    course.segments = {{0, Segment::p_lad}};
    return course;
}

inline Course straight_course(double length_mm, double radius_mm) {
    std::vector<Vec3> knots;
    for (double x = 0; x <= length_mm; x += 4) knots.push_back({x, 0, 0});
    return simple_course(knots, radius_mm);
}

// A bend of the given radius about the z axis, in the plane z = 0, starting at (bend, 0, 0) along y.
inline Course bent_course(double bend_mm, double angle_rad, double radius_mm) {
    std::vector<Vec3> knots;
    const int pieces = 40;
    for (int i = 0; i <= pieces; ++i) {
        const double phi = angle_rad * i / pieces;
        knots.push_back({bend_mm * std::cos(phi), bend_mm * std::sin(phi), 0});
    }
    return simple_course(knots, radius_mm);
}

}  // namespace ctffr::phantom
