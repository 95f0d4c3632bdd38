// SPDX-License-Identifier: Apache-2.0
// How the flow is split between the arteries: by dominance, by the user, or by the muscle they feed.
#pragma once

#include <string>
#include <vector>

#include "ctffr/core/run.hpp"
#include "ctffr/data/flow.hpp"
#include "ctffr/data/heart.hpp"
#include "ctffr/data/image.hpp"
#include "ctffr/data/tree.hpp"
#include "ctffr/stages/flow.hpp"
#include "physiology/territory.hpp"

namespace ctffr {

struct FlowSplit {
    TerritoryShares shares;
    Origin origin = Origin::defaulted;
    std::string source;
    MuscleTerritories muscle;
};

// The muscle is parted wherever there is one, whether the flow goes by it or not. Where it should and cannot,
// dominance stands in, with a warning and `muscle.split_fallback`. `hyperaemia` gives the LV mass, where it
// has one. Throws Error(usage) or Error(physiology_out_of_range) for options that do not go together.
FlowSplit split_flow(const CoronaryTree& tree, const std::vector<std::vector<double>>& reference_mm,
                     const HeartFrame& heart, const Segmentation* labels, const Hyperaemia& hyperaemia,
                     const BoundaryOptions& options, const Run& run);

}  // namespace ctffr
