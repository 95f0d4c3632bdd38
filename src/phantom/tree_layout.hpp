// SPDX-License-Identifier: Apache-2.0
// Lays a tree plan over a heart: every course gets its smooth centerline, its healthy radius and its SCCT
// borders.
#pragma once

#include <cstdint>
#include <vector>

#include "ctffr/data/tree.hpp"
#include "phantom/heart_anatomy.hpp"
#include "phantom/tree_curve.hpp"
#include "phantom/tree_plan.hpp"
#include "phantom/tree_radius.hpp"

namespace ctffr::phantom {

struct SegmentStart {
    double arc_mm = 0;
    Segment segment = Segment::unknown;
};

// One vessel with one centerline. Arc lengths from its own start; bifurcations and borders lie on whole 0.5
// mm.
struct Course {
    CourseKind kind = CourseKind::lad;
    Side side = Side::left;
    int parent = -1;  // index of a course that comes earlier; -1: starts at an ostium
    double parent_arc_mm = 0;
    Curve curve;
    RadiusProfile radius;                           // healthy
    std::vector<SegmentStart> segments;             // first at 0, ascending
    double bridge_start_mm = 0, bridge_end_mm = 0;  // muscle over the vessel; equal: none

    Segment segment_at(double arc_mm) const;
    double radius_at(double arc_mm) const { return radius.at(arc_mm); }
};

// Courses with parents before children. Vessels that find no room are cut short or left out.
std::vector<Course> lay_out_tree(const HeartAnatomy& anatomy, TreePlan plan, double min_radius_mm,
                                 std::uint64_t seed);

// Names by the rules of SCCT what the plan named by position: the first diagonal and the first marginal that
// are there are D1 and OM1, and end pLAD and pCx. Changes names alone.
void name_by_scct(std::vector<Course>& courses);

}  // namespace ctffr::phantom
