// SPDX-License-Identifier: Apache-2.0
// Arteries taper: a path that becomes much wider than everything upstream has left the artery for a vein or
// chamber.
#pragma once

#include <string>
#include <vector>

#include "ctffr/data/tree.hpp"

namespace ctffr::anatomy {

struct WideningOptions {
    double ahead_mm = 5;    // the median radius over this length ...
    double behind_mm = 40;  // ... is compared with the widest smoothed radius over this length upstream
    double ostium_mm = 1;   // the very start of a root does not count as upstream
    double first_mm =
        25;               // a lesion at the ostium can leave only narrow vessel upstream: no judgement before
    double ratio = 1.35;  // coronary ectasia begins at 1.5 (Hartnell 1985)
    double margin_mm = 0.15;
    double min_piece_mm = 4;  // shorter remains of a branch are dropped as well
};

// Cuts every branch where the median radius ahead exceeds ratio * (widest upstream) + margin, with all that
// hangs below, and returns one sentence per cut. Ids are made dense again; parents stay before children.
std::vector<std::string> cut_widening(CoronaryTree& tree, const WideningOptions& options = {});

}  // namespace ctffr::anatomy
