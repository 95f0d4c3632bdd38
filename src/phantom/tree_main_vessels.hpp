// SPDX-License-Identifier: Apache-2.0
// The three vessels that run in grooves: LM with LAD, LCX, RCA.
#pragma once

#include <vector>

#include "phantom/tree_layout.hpp"
#include "phantom/tree_route.hpp"

namespace ctffr::phantom {

// Both fill in the positions in `plan.sides` that only the anatomy knows: crux and acute margin.
Course lay_right(const HeartAnatomy& anatomy, TreePlan& plan, double min_radius_mm, std::uint64_t seed);

struct LeftCourses {
    Course lad, lcx;
};
LeftCourses lay_left(const HeartAnatomy& anatomy, TreePlan& plan, double min_radius_mm,
                     const std::vector<Obstacle>& obstacles, std::uint64_t seed);

// Angle of the groove point nearest to `p` between two angles.
double nearest_groove(const HeartAnatomy& anatomy, Vec3 p, double low_rad, double high_rad);
Obstacle obstacle_of(const Course& course);
// Lumen radius with the healthy wall around it.
AlongVessel outer_radius(const RadiusProfile& radius);
// Diameter of a side branch at its origin, which the main vessel limits.
double side_diameter(const SideBranch& side, double mother_diameter_mm);
// Narrows the main course beyond a side branch by the Huo-Kassab law.
void pass_side_branch(RadiusProfile& radius, const SideBranch& side);

}  // namespace ctffr::phantom
