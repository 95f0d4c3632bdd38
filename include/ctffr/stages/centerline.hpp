// SPDX-License-Identifier: Apache-2.0
// Stage: volume (or mask) -> coronary tree of smooth centerlines with SCCT labels.
#pragma once

#include <string>
#include <vector>

#include "ctffr/core/run.hpp"
#include "ctffr/data/heart.hpp"
#include "ctffr/data/image.hpp"
#include "ctffr/data/quality.hpp"
#include "ctffr/data/tree.hpp"
#include "ctffr/stages/heart_network.hpp"
#include "ctffr/stages/segment.hpp"

namespace ctffr {

struct CenterlineOptions {
    double min_branch_mm = 8;    // shorter branches are dropped
    double min_radius_mm = 0.6;  // tracking ends where the vessel is thinner
    double max_gap_mm = 6;       // longest stretch of weak evidence that is bridged (and flagged)
    double point_spacing_mm = 0.5;
    std::string search = "auto";  // "classical": the heart network does not guide it even where there is one
};

struct CenterlineResult {
    CoronaryTree tree;
    std::vector<Ostium> ostia;
    double quality_score = 0;  // 0..1: two ostia, lengths, taper plausible
    std::string method;  // "classical", "network NAME" where its maps guided the search, "mask", "given"
    std::vector<BranchSupport> support;  // per branch as found; empty without the heart network
    std::vector<std::string> remarks;    // on the way it was found, one sentence each
};

// On the image. With the heart network's `sight` (null: none) its maps guide the search; where the tree found
// so does not look like that of a heart, the search is made without as well, and the better tree counts.
CenterlineResult run_centerline(const Volume& volume, const SegmentResult& segment, const HeartSight* sight,
                                const CenterlineOptions& options, const Run& run);
// The same from a user's mask of the coronary lumen (labels coronary_left / coronary_right, or any non-zero
// value). `heart` may be empty: then each connected component is rooted at its thickest end.
CenterlineResult run_centerline_from_mask(const Segmentation& mask, const HeartFrame& heart,
                                          const CenterlineOptions& options, const Run& run);

// What the user must know of a labelled tree, one sentence each: a main artery (LAD, LCX, RCA) that every
// heart has is missing or a stump, an artery looks cut short, a gap was bridged. For the tree as it is after
// the lumen stage, which may cut paths.
std::vector<std::string> remarks_on_tree(const CoronaryTree& tree);
// Names ("left circumflex") of LAD, LCX and RCA where they are missing, or where all that was found is too
// short to be more than a beginning.
std::vector<std::string> lost_main_arteries(const CoronaryTree& tree);

// Names SCCT segments and dominance of a tree, splitting branches at segment borders; `heart` helps when
// known.
void label_segments(CoronaryTree& tree, const HeartFrame& heart);

}  // namespace ctffr
