// SPDX-License-Identifier: Apache-2.0
// Cuts tubes at bifurcations and SCCT borders into the branches of a CoronaryTree, with the exact lumen
// sections.
#pragma once

#include <vector>

#include "ctffr/data/lumen.hpp"
#include "ctffr/data/tree.hpp"
#include "phantom/tree_layout.hpp"
#include "phantom/vessel_field_tubes.hpp"

namespace ctffr::phantom {

// Which piece of a course a branch is.
struct Piece {
    int branch = 0;
    double start_mm = 0, end_mm = 0;  // arc lengths of the course
};

struct CutTree {
    CoronaryTree tree;
    std::vector<std::vector<Piece>> pieces;  // per course, ascending

    // The piece of a course that holds an arc length.
    const Piece& piece_at(int course, double arc_mm) const;
};

CutTree cut_into_branches(const std::vector<Course>& courses, const std::vector<ArteryTube>& tubes,
                          Dominance dominance);

// Sections of `angles` directions about every centerline point; radii of the branch's own tube, `open` where
// the ray ends inside another vessel.
LumenSurface exact_sections(const CutTree& cut, const TubeField& field, int angles);

}  // namespace ctffr::phantom
