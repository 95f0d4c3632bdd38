// SPDX-License-Identifier: Apache-2.0
#include "physiology/territory.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

namespace ctffr {

namespace {

std::size_t index(int i) { return static_cast<std::size_t>(i); }

// The territory a segment's name says; empty for the left main and unnamed branches.
std::optional<Territory> named_territory(Segment segment) {
    switch (segment) {
        case Segment::p_lad:
        case Segment::m_lad:
        case Segment::d_lad:
        case Segment::d1:
        case Segment::d2: return Territory::lad;
        case Segment::p_cx:
        case Segment::om1:
        case Segment::d_cx:
        case Segment::om2:
        case Segment::l_pda:
        case Segment::l_plb:
        case Segment::ramus: return Territory::lcx;
        case Segment::p_rca:
        case Segment::m_rca:
        case Segment::d_rca:
        case Segment::r_pda:
        case Segment::r_plb: return Territory::rca;
        case Segment::lm:
        case Segment::unknown: break;
    }
    return std::nullopt;
}

std::vector<Territory> branch_territories(const CoronaryTree& tree) {
    std::vector<Territory> territory;
    for (const Branch& branch : tree.branches) {
        const auto named = named_territory(branch.segment);
        if (branch.side == Side::right) {
            territory.push_back(Territory::rca);
        } else if (named && *named != Territory::rca) {
            territory.push_back(*named);
        } else {
            territory.push_back(branch.parent >= 0 ? territory[index(branch.parent)] : Territory::left);
        }
    }
    // One outlet on the left that no name reaches makes the whole left system one territory.
    bool split = true;
    for (const Branch& branch : tree.branches)
        if (territory[index(branch.id)] == Territory::left && tree.children_of(branch.id).empty())
            split = false;
    if (!split)
        for (Territory& t : territory)
            if (t != Territory::rca) t = Territory::left;
    return territory;
}

}  // namespace

const char* territory_name(Territory territory) {
    switch (territory) {
        case Territory::lad: return "LAD";
        case Territory::lcx: return "LCX";
        case Territory::rca: return "RCA";
        case Territory::left: return "left";
    }
    return "unknown";
}

TerritoryShares territory_shares(Dominance dominance) {
    switch (dominance) {
        case Dominance::unknown:
        case Dominance::right: return {0.44, 0.24, 0.32};
        case Dominance::balanced: return {0.44, 0.31, 0.25};
        case Dominance::left: return {0.45, 0.43, 0.12};
    }
    return {};
}

SinkWeights sink_weights(const CoronaryTree& tree,
                         const std::vector<std::vector<double>>& reference_radius_mm, double exponent,
                         bool leak) {
    SinkWeights weights;
    weights.territory = branch_territories(tree);
    weights.outlet.assign(tree.branches.size(), 0.0);
    const auto weight = [&](double radius) { return std::pow(radius, exponent); };
    for (const Branch& branch : tree.branches) {
        const auto& radius = reference_radius_mm[index(branch.id)];
        std::vector<double> lost(radius.size(), 0.0);
        const Territory territory = weights.territory[index(branch.id)];
        const std::vector<int> children = tree.children_of(branch.id);
        if (children.empty()) weights.outlet[index(branch.id)] = weight(radius.back());
        // The left main has no side branches to speak of, and its territory is that of its children.
        bool feeds_one_territory = true;
        for (int child : children) feeds_one_territory &= weights.territory[index(child)] == territory;
        if (leak && feeds_one_territory) {
            for (std::size_t i = 1; i < radius.size(); ++i)
                lost[i] = std::max(weight(radius[i - 1]) - weight(radius[i]), 0.0);
            double onward = 0;
            for (int child : children) onward += weight(reference_radius_mm[index(child)].front());
            // What goes missing at the junction leaves along the branch before it.
            const double missing = children.empty() ? 0 : std::max(weight(radius.back()) - onward, 0.0);
            for (std::size_t i = 1; i < radius.size(); ++i)
                lost[i] += missing / static_cast<double>(radius.size() - 1);
        }
        weights.leak.push_back(std::move(lost));
    }
    return weights;
}

TargetFlows target_flows(const CoronaryTree& tree,
                         const std::vector<std::vector<double>>& reference_radius_mm, double total_flow,
                         double exponent, bool leak, const TerritoryShares& shares) {
    SinkWeights weights = sink_weights(tree, reference_radius_mm, exponent, leak);
    TargetFlows targets{std::move(weights.outlet), std::move(weights.leak), std::move(weights.territory), 0};
    std::array<double, 4> sum{};
    for (const Branch& branch : tree.branches) {
        double& territory = sum[static_cast<std::size_t>(targets.territory[index(branch.id)])];
        territory += targets.outlet[index(branch.id)];
        for (double l : targets.leak[index(branch.id)]) territory += l;
    }
    const std::array<double, 4> share = {shares.lad, shares.lcx, shares.rca, shares.lad + shares.lcx};
    for (const Branch& branch : tree.branches) {
        const auto t = static_cast<std::size_t>(targets.territory[index(branch.id)]);
        const double scale = sum[t] > 0 ? share[t] * total_flow / sum[t] : 0;
        targets.outlet[index(branch.id)] *= scale;
        for (double& l : targets.leak[index(branch.id)]) l *= scale;
    }
    for (std::size_t t = 0; t < sum.size(); ++t)
        if (sum[t] > 0) targets.total += share[t] * total_flow;
    return targets;
}

}  // namespace ctffr
