// SPDX-License-Identifier: Apache-2.0
// Which part of the coronary flow each branch takes in a healthy heart.
#pragma once

#include <vector>

#include "ctffr/data/muscle.hpp"
#include "ctffr/data/tree.hpp"

namespace ctffr {

enum class Territory {
    lad,
    lcx,
    rca,
    left
};  // left: LAD and LCx together, where labels do not tell them apart
const char* territory_name(Territory territory);

// Fractions of the total coronary flow. Unknown dominance counts as right, the most frequent.
struct TerritoryShares {
    double lad = 0.44, lcx = 0.24, rca = 0.32;
};
TerritoryShares territory_shares(Dominance dominance);

// Flow of the healthy equivalent, m3/s.
struct TargetFlows {
    std::vector<double> outlet;             // per branch; 0 for branches with children
    std::vector<std::vector<double>> leak;  // [branch][point], leaves over the stretch before the point
    std::vector<Territory> territory;       // per branch; the left main counts as left
    double total = 0;                       // smaller than the patient's flow when a system was not found
};

// Inside a territory every outlet takes reference_radius^exponent, and so does every loss of
// reference_radius^exponent along a branch or at a junction (unseen side branches) when `leak` is true.
// `reference_radius_mm` is per branch and point, positive; `shares` sum to 1.
TargetFlows target_flows(const CoronaryTree& tree,
                         const std::vector<std::vector<double>>& reference_radius_mm, double total_flow,
                         double exponent, bool leak, const TerritoryShares& shares);

// Parts of the flow by the diameter law, before they are scaled to a territory: reference_radius^exponent.
struct SinkWeights {
    std::vector<Territory> territory;       // per branch
    std::vector<double> outlet;             // per branch; 0 for branches with children
    std::vector<std::vector<double>> leak;  // [branch][point]; all 0 in the stem of several territories
};
SinkWeights sink_weights(const CoronaryTree& tree,
                         const std::vector<std::vector<double>>& reference_radius_mm, double exponent,
                         bool leak);

}  // namespace ctffr
