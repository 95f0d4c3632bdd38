// SPDX-License-Identifier: Apache-2.0
// Arteries without lumen over a stretch, and with lumen again beyond it.
#pragma once

#include <string>
#include <vector>

#include "ctffr/data/tree.hpp"

namespace ctffr::anatomy {

struct OcclusionOptions {
    // A lumen of this radius passes less than 1 mL/s over the least length even if the whole aortic pressure
    // falls along it (Poiseuille), and CT does not tell it from none.
    double closed_radius_mm = 0.3;
    double least_mm = 4;          // a shorter stretch is a tight narrowing, whose flow can be computed
    double open_radius_mm = 0.6;  // the artery goes on beyond with at least this
};

// Flags stretches without lumen as occluded, and says so in one sentence each. A stretch may run over forks.
// For a tree with its final radii and names.
std::vector<std::string> flag_occlusions(CoronaryTree& tree, const OcclusionOptions& options = {});

}  // namespace ctffr::anatomy
