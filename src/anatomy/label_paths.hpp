// SPDX-License-Identifier: Apache-2.0
// Ways from an ostium to the tips of a tree, and which of them is LAD, LCX and RCA.
#pragma once

#include <vector>

#include "anatomy/label_frame.hpp"
#include "ctffr/data/tree.hpp"

namespace ctffr::anatomy {

// A way from a root to a leaf. Points of all its branches in one row; arcs from the root.
struct Way {
    std::vector<int> branches;
    std::vector<double> branch_start_mm;  // arc at which each branch begins
    std::vector<Vec3> points;
    std::vector<double> arc_mm, radius_mm;

    double length_mm() const { return arc_mm.empty() ? 0 : arc_mm.back(); }
    bool empty() const { return branches.empty(); }
    std::size_t index_at(double arc) const;
    // Direction over 10 mm around a point.
    Vec3 heading(std::size_t i) const;
};

// A vessel that leaves a way, with everything below it.
struct Offshoot {
    int branch = 0;            // first branch of the subtree
    double arc_mm = 0;         // where it leaves the way
    double length_mm = 0;      // of its longest path
    double radius_mm = 0;      // near its origin: upper quartile of 3 to 10 mm
    std::vector<Vec3> points;  // of its longest path
};

Way way_to(const CoronaryTree& tree, int leaf);
std::vector<Offshoot> offshoots_of(const CoronaryTree& tree, const Way& way);

struct MainWays {
    Way lad, lcx, rca;     // empty when not found
    double lm_end_mm = 0;  // arc at which LAD and LCX part; 0 without left main
    double left_confidence = 0, right_confidence = 0;
};
MainWays main_ways(const CoronaryTree& tree, const HeartAxes& axes);

}  // namespace ctffr::anatomy
