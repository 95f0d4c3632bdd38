// SPDX-License-Identifier: Apache-2.0
// A Y of centerlines with a stenosis: solved in seconds.
#pragma once

#include <cmath>

#include "ctffr/data/tree.hpp"

namespace ctffr::test {

// A straight branch from `start` along `direction`, radius falling linearly, with an optional narrowing in
// its middle.
inline Branch small_branch(int id, int parent, Vec3 start, Vec3 direction, double length_mm, double r0_mm,
                           double r1_mm, double narrowing) {
    Branch branch;
    branch.id = id;
    branch.parent = parent;
    const int n = static_cast<int>(length_mm / 0.5);
    for (int i = 0; i <= n; ++i) {
        const double t = static_cast<double>(i) / n;
        const double dip = narrowing * std::exp(-std::pow((t - 0.5) * length_mm / 2.0, 2));
        branch.points.push_back({start + t * length_mm * normalized(direction),
                                 {},
                                 0,
                                 (r0_mm + t * (r1_mm - r0_mm)) * (1 - dip)});
    }
    update_arc_and_tangents(branch);
    return branch;
}

// Left main into LAD (stenosed) and LCX; 20 + 22 + 18 mm.
inline CoronaryTree small_tree(double narrowing = 0.45) {
    CoronaryTree tree;
    tree.dominance = Dominance::right;
    tree.branches.push_back(small_branch(0, -1, {0, 0, 0}, {1, -0.2, -0.3}, 12, 2.1, 2.0, 0));
    const Vec3 fork = tree.branches[0].points.back().position_lps_mm;
    tree.branches.push_back(small_branch(1, 0, fork, {0.7, -0.7, -0.5}, 22, 1.7, 1.4, narrowing));
    tree.branches.push_back(small_branch(2, 0, fork, {0.7, 0.7, -0.4}, 18, 1.6, 1.3, 0));
    const Segment segments[3] = {Segment::lm, Segment::p_lad, Segment::p_cx};
    for (std::size_t b = 0; b < 3; ++b) tree.branches[b].segment = segments[b];
    return tree;
}

}  // namespace ctffr::test
