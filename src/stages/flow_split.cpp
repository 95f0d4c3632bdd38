// SPDX-License-Identifier: Apache-2.0
#include "stages/flow_split.hpp"

#include <array>

#include "ctffr/core/error.hpp"
#include "physiology/muscle_territory.hpp"

namespace ctffr {

namespace {

bool shares_given(const BoundaryOptions& options) {
    return options.share_lad_pct != 0 || options.share_lcx_pct != 0 || options.share_rca_pct != 0;
}

void take_shares(const CoronaryTree& tree, const BoundaryOptions& options, FlowSplit& split) {
    if (!shares_given(options)) {
        const bool known = tree.dominance != Dominance::unknown;
        split.shares = territory_shares(tree.dominance);
        split.origin = known ? Origin::estimated : Origin::defaulted;
        split.source = std::string(dominance_name(known ? tree.dominance : Dominance::right)) + " dominance";
        split.muscle.split_by = "dominance";
        return;
    }
    if (options.share_lad_pct <= 0 || options.share_lcx_pct <= 0 || options.share_rca_pct <= 0)
        throw Error(ExitCode::physiology_out_of_range,
                    "Shares of the flow are LAD {:g}, LCX {:g}, RCA {:g} %: give all three above 0, or none.",
                    options.share_lad_pct, options.share_lcx_pct, options.share_rca_pct);
    const double given = options.share_lad_pct + options.share_lcx_pct + options.share_rca_pct;
    split.shares = {options.share_lad_pct / given, options.share_lcx_pct / given,
                    options.share_rca_pct / given};
    split.origin = Origin::measured, split.source = split.muscle.split_by = "option";
}

// Parts the muscle; in words why not, where it cannot.
std::string part(const CoronaryTree& tree, const std::vector<std::vector<double>>& reference_mm,
                 const HeartFrame& heart, const Segmentation* labels, const Hyperaemia& hyperaemia,
                 MuscleTerritories& muscle, const Run& run) {
    if (!labels) return "no heart was segmented in an image";
    if (!heart.lv_found) return "the left ventricle was not found in the image";
    bool left = false, right = false;
    for (int root : tree.roots())
        (tree.branches[static_cast<std::size_t>(root)].side == Side::left ? left : right) = true;
    if (!left || !right) return fmt::format("the {} coronary system was not found", left ? "right" : "left");
    const std::vector<MusclePiece> pieces = muscle_pieces(*labels, muscle_spacing_mm);
    if (pieces.empty()) return "the image has no left ventricular muscle";
    std::vector<std::vector<double>> lv_g = part_muscle(tree, reference_mm, pieces, run);
    if (lv_g.empty()) return "no branch is wide enough to claim muscle";
    double segmented_g = 0;
    for (const MusclePiece& piece : pieces) segmented_g += piece.mass_g;
    // In grams of the LV mass that the flow goes by.
    const auto mass = hyperaemia.patient.find("lv_mass_g");
    muscle.lv_mass_g = mass == hyperaemia.patient.end() ? segmented_g : mass->second.value;
    muscle.rv_mass_g = rv_over_lv_mass * muscle.lv_mass_g;
    for (auto& along : lv_g)
        for (double& g : along) g *= muscle.lv_mass_g / segmented_g;
    muscle.lv_g = std::move(lv_g);
    muscle.method = labels->method + " segmentation, nearest point of the tree";
    return {};
}

// Shares of LAD, LCX and RCA that the muscle gives, for the record and for what is sampled around them.
TerritoryShares shares_of(const TargetFlows& targets, const TerritoryShares& by_dominance) {
    std::array<double, 4> sum{};
    for (std::size_t b = 0; b < targets.outlet.size(); ++b) {
        double& here = sum[static_cast<std::size_t>(targets.territory[b])];
        here += targets.outlet[b];
        for (double q : targets.leak[b]) here += q;
    }
    // What belongs to the left as a whole is told apart as by dominance.
    const double left = by_dominance.lad + by_dominance.lcx;
    return {(sum[0] + sum[3] * by_dominance.lad / left) / targets.total,
            (sum[1] + sum[3] * by_dominance.lcx / left) / targets.total, sum[2] / targets.total};
}

}  // namespace

FlowSplit split_flow(const CoronaryTree& tree, const std::vector<std::vector<double>>& reference_mm,
                     const HeartFrame& heart, const Segmentation* labels, const Hyperaemia& hyperaemia,
                     const BoundaryOptions& options, const Run& run) {
    const bool wanted = options.territories == "myocardium";
    if (!wanted && options.territories != "dominance")
        throw Error(ExitCode::usage, "--territories is '{}'; it must be dominance or myocardium.",
                    options.territories);
    if (wanted && shares_given(options))
        throw Error(
            ExitCode::usage,
            "--territories myocardium takes the split of the flow from the muscle, and --share-lad-pct, "
            "--share-lcx-pct, --share-rca-pct give another: leave one of them out.");
    FlowSplit split;
    take_shares(tree, options, split);
    MuscleTerritories& muscle = split.muscle;
    std::string why_not = part(tree, reference_mm, heart, labels, hyperaemia, muscle, run);
    if (!why_not.empty()) muscle.why_not = "The muscle is not shared out: " + why_not + ".";
    MuscleFlows flows;
    if (muscle.known()) {
        flows = muscle_flows(tree, reference_mm, hyperaemia.total_flow, options.outlet_exponent,
                             options.side_branch_leak, muscle);
        if (flows.outlet_without_muscle)
            why_not = fmt::format("no muscle can be given to branch {}", *flows.outlet_without_muscle);
    }
    if (!wanted) return split;
    if (!why_not.empty()) {
        muscle.split_fallback =
            fmt::format("The flow is split by dominance and not by the myocardium: {}.", why_not);
        run.warn("{}", muscle.split_fallback);
        return split;
    }
    muscle.splits_flow = true, muscle.split_by = "myocardium";
    split.shares = shares_of(flows.targets, split.shares);
    split.origin = Origin::estimated, split.source = "mass of the nearest myocardium";
    for (const Branch& branch : tree.branches) {
        const auto b = static_cast<std::size_t>(branch.id);
        if (!tree.children_of(branch.id).empty()) continue;
        muscle.outlet_g.push_back(flows.outlet_g[b]);
        muscle.outlet_origin.push_back(flows.outlet_origin[b]);
    }
    return split;
}

}  // namespace ctffr
