// SPDX-License-Identifier: Apache-2.0
// Branches joined end to start into long tubes, so that a vessel runs smoothly through a segment border or a
// bifurcation and only side branches need a blend.
#pragma once

#include <vector>

#include "ctffr/data/lumen.hpp"
#include "ctffr/data/tree.hpp"

namespace ctffr::lumen {

// A cross-section of a chain, radii on `angles` directions of the chain's common frame.
struct ChainSection {
    Vec3 center, tangent, normal, binormal;
    double arc_mm = 0;  // along the chain
    int branch = 0;     // branch of the tree, and arc in it
    double branch_arc_mm = 0;
    double mean_radius_mm = 0;
    double half_width_mm = 0;  // half of the smallest width through the centre
    double max_radius_mm = 0;
};

struct Chain {
    std::vector<ChainSection> sections;
    std::vector<float> radius_mm, slope;  // [section][angle]; slope = d radius / d arc
    std::vector<Vec3> center_slope;       // d center / d arc
    int host = -1;                        // chain from which this one leaves; -1: starts at a root
    double host_arc_mm = 0;               // arc of the host at that place
    int first_branch = 0, last_branch = 0;
    bool closed = false;        // it ends at an occlusion, and has no opening there
    std::vector<int> branches;  // of the tree, in order
};

struct ChainSet {
    int angles = 32;
    std::vector<Chain> chains;  // hosts before the chains that leave them
};

// Throws Error(lumen_failed) when there is not one branch of at least two sound sections per branch of the
// tree.
void check_sections(const std::vector<LumenBranch>& branches, const CoronaryTree& tree);

// Joins each branch with the child that continues it best (direction and calibre). Unless the chains go
// `through_occlusions`, they end before them, and a tree from whose ostium blood reaches no end has none.
// Throws Error(lumen_failed) when the sections do not belong to the tree, or when every artery is occluded.
ChainSet build_chains(const std::vector<LumenBranch>& branches, const CoronaryTree& tree,
                      bool through_occlusions);

// Radii of `section` on `angles` evenly spaced directions, the first at `phase_rad` (periodic cubic
// interpolation).
std::vector<float> resample_contour(const std::vector<float>& radius_mm, int angles, double phase_rad);

}  // namespace ctffr::lumen
