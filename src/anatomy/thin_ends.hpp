// SPDX-License-Identifier: Apache-2.0
// Ends of paths in which the fit found hardly any lumen are no vessel that FFR could be read in.
#pragma once

#include <string>
#include <vector>

#include "ctffr/data/tree.hpp"

namespace ctffr::anatomy {

struct ThinEndOptions {
    double min_radius_mm = 0.45;  // ends that stay below this are cut
    double lost_radius_mm = 0.3;  // below this no lumen is seen: what lies beyond hangs in the air ...
    double relevant_radius_mm =
        0.75;  // ... unless it reaches this radius again (a stenosis, an occlusion with filling)
    double abrupt_ratio = 0.6;   // an end that falls below this share of the vessel before it, never to
    double abrupt_tail_mm = 25;  // recover over at most this length, is a path beyond the vessel's tip
    double min_piece_mm = 4;     // leaves of which less is left are dropped whole
};

// Cuts the end of every leaf from where the radius stays below `min_radius_mm` to the tip, and from where the
// lumen is lost, or falls abruptly, when nothing beyond is wide enough to be read. Leaves of which hardly
// anything is left are dropped whole, and then the leaves that this makes. Returns one sentence per dropped
// branch.
std::vector<std::string> trim_thin_ends(CoronaryTree& tree, const ThinEndOptions& options = {});

}  // namespace ctffr::anatomy
