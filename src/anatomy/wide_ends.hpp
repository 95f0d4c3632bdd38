// SPDX-License-Identifier: Apache-2.0
// Arteries that end while still wide: something ended the search there.
#pragma once

#include <string>
#include <vector>

#include "ctffr/data/tree.hpp"

namespace ctffr::anatomy {

struct WideEndOptions {
    double wide_radius_mm = 0.9;   // small arteries fade out at 2 mm of diameter in most scans
    double lost_radius_mm = 1.25;  // ending above this is a hole in the result
    double last_mm = 10;           // read over this length: the end itself may lie in the narrowing
};

// Names the arteries that end while still wide in one sentence, and flags those above `lost_radius_mm` as
// truncated: a tight narrowing may have ended the search there, and what lies behind it is lost. For a tree
// with its final radii and names.
std::vector<std::string> flag_wide_ends(CoronaryTree& tree, const WideEndOptions& options = {});

}  // namespace ctffr::anatomy
