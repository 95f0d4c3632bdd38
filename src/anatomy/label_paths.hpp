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
    bool holds(int branch) const;
    std::size_t index_at(double arc) const;
    // Direction over 10 mm around a point.
    Vec3 heading(std::size_t i) const;
};

// A vessel that leaves a way, with everything below it.
struct Offshoot {
    int branch = 0;            // first branch of the subtree
    double arc_mm = 0;         // where it leaves the way
    double length_mm = 0;      // of its longest path
    double radius_mm = 0;      // near its origin: upper quartile of 3 to 20 mm, clear of a narrowing there
    std::vector<Vec3> points;  // of its longest path
};

Way way_to(const CoronaryTree& tree, int leaf);
std::vector<Offshoot> offshoots_of(const CoronaryTree& tree, const Way& way);

// Millimetres of way around the long axis, less those along it, from the ostium to where they are most: there
// the way leaves the atrioventricular groove. `sense` +1: towards the lateral wall (LCX), -1: towards the
// right ventricle and on to the inferior wall (RCA).
struct GrooveCourse {
    double score_mm = 0, end_mm = 0;
};
GrooveCourse groove_course(const Way& way, const HeartAxes& axes, double sense);

// Which ways are the three main arteries.
struct MainWays {
    Way lad, lcx, rca;     // empty when not there
    double lm_end_mm = 0;  // arc at which LAD and LCX part; 0 without left main
    // Where each begins on its way: behind what it shares with the others. The first stretch of a root is LM
    // on the left, RCA on the right.
    double lad_start_mm = 0, lcx_start_mm = 0, rca_start_mm = 0;
    double score = 0;  // natural logarithm of the likelihood, up to a constant
};
// Readings of a tree, the best first; those that are far behind are left out. Any artery may be missing, and
// may start on the other side than usual (a single coronary artery, an LCX from the right sinus) at a price.
std::vector<MainWays> main_readings(const CoronaryTree& tree, const HeartAxes& axes);

// Arc at which two ways part; 0 when they start at different ostia.
double parting_mm(const CoronaryTree& tree, const Way& a, const Way& b);

}  // namespace ctffr::anatomy
