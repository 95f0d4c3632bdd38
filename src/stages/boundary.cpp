// SPDX-License-Identifier: Apache-2.0
// Hyperaemia and outlet resistances: the tree on its healthy radii carries the patient's hyperaemic flow with
// the wanted split between territories; the resistances that this takes are then kept for the diseased tree.
#include <algorithm>
#include <utility>

#include "anatomy/reference_radius.hpp"
#include "anatomy/reference_sections.hpp"
#include "ctffr/core/error.hpp"
#include "ctffr/core/units.hpp"
#include "ctffr/stages/flow.hpp"
#include "flow/tree_network.hpp"
#include "physiology/hyperaemia.hpp"
#include "physiology/territory.hpp"
#include "stages/vessel_reading.hpp"

namespace ctffr {

namespace {

// Below this fraction of the driving pressure at an outlet the healthy radii cannot be right; the resistance
// is then what this fraction would need, so that one bad branch does not end the run.
constexpr double least_outlet_fraction = 0.3;

void check_tree(const CoronaryTree& tree) {
    if (tree.branches.empty())
        throw Error(ExitCode::anatomy_not_found,
                    "The coronary tree has no branches, so there is no flow to compute.");
    if (const auto broken = check(tree); !broken.empty())
        throw Error(ExitCode::internal, "The coronary tree is not valid: {}.", broken.front());
}

// Lowest pressure over aortic pressure where the healthy vessel is at least 1.8 mm wide.
double lowest_ffr(const NetworkState& state, const std::vector<std::vector<double>>& reference_mm,
                  double aortic) {
    double lowest = 1;
    for (std::size_t b = 0; b < reference_mm.size(); ++b)
        for (std::size_t i = 0; i < reference_mm[b].size(); ++i)
            if (2 * reference_mm[b][i] >= smallest_read_diameter_mm)
                lowest = std::min(lowest, state.pressure[b][i] / aortic);
    return lowest;
}

void note_systems(const CoronaryTree& tree, const Run& run) {
    bool left = false, right = false;
    for (int root : tree.roots())
        (tree.branches[static_cast<std::size_t>(root)].side == Side::left ? left : right) = true;
    if (!left)
        run.warn("No left coronary system was found: only the right system's share of the flow is used.");
    if (!right)
        run.warn("No right coronary system was found: only the left system's share of the flow is used.");
    if (tree.dominance == Dominance::unknown)
        run.warn("Dominance is not known: the flow is split as in right dominance, the most frequent.");
}

struct SharesUsed {
    TerritoryShares shares;
    Origin origin = Origin::defaulted;
    std::string source;
};

SharesUsed shares_of(const CoronaryTree& tree, const BoundaryOptions& options) {
    const double given = options.share_lad_pct + options.share_lcx_pct + options.share_rca_pct;
    if (given == 0) {
        const bool known = tree.dominance != Dominance::unknown;
        return {territory_shares(tree.dominance), known ? Origin::estimated : Origin::defaulted,
                std::string(dominance_name(known ? tree.dominance : Dominance::right)) + " dominance"};
    }
    if (options.share_lad_pct <= 0 || options.share_lcx_pct <= 0 || options.share_rca_pct <= 0)
        throw Error(ExitCode::physiology_out_of_range,
                    "Shares of the flow are LAD {:g}, LCX {:g}, RCA {:g} %: give all three above 0, or none.",
                    options.share_lad_pct, options.share_lcx_pct, options.share_rca_pct);
    return {{options.share_lad_pct / given, options.share_lcx_pct / given, options.share_rca_pct / given},
            Origin::measured,
            "option"};
}

}  // namespace

FlowProblem run_boundary(const CoronaryTree& tree, const LumenSurface& lumen, const HeartFrame& heart,
                         const PatientFacts& facts, const BoundaryOptions& options, const Run& run) {
    run.progress("boundary conditions", 0);
    check_tree(tree);
    require_range("outlet_exponent", {options.outlet_exponent, Origin::defaulted, "option"}, 1, 4, "");
    const PatientValue microvascular{options.microvascular_factor, Origin::defaulted, "option"};
    require_range("microvascular_factor", microvascular, 0.3, 5, "");
    FlowProblem problem;
    problem.hyperaemia =
        hyperaemia_of(facts, heart,
                      {options.aortic_pressure_mmhg, options.total_flow_ml_min, options.venous_pressure_mmhg,
                       options.viscosity_mpa_s, options.density_kg_m3, options.flow_factor});
    Hyperaemia& hyperaemia = problem.hyperaemia;
    note_systems(tree, run);

    const SectionMeasures sections = measure_sections(tree, lumen);
    const auto reference = reference_radius_mm(tree, sections);
    const auto [shares, share_origin, share_source] = shares_of(tree, options);
    const TargetFlows targets = target_flows(tree, reference, hyperaemia.total_flow, options.outlet_exponent,
                                             options.side_branch_leak, shares);
    std::vector<std::vector<double>> round;
    for (const auto& radius : reference) round.emplace_back(radius.size(), 1.0);
    const Network healthy = network_of(tree, reference, round, hyperaemia);
    const NetworkState state = march_prescribed(healthy, {targets.outlet, targets.leak});

    const double driving = hyperaemia.aortic_pressure - hyperaemia.venous_pressure;
    const double least = least_outlet_fraction * driving;
    for (const Branch& branch : tree.branches) {
        const auto b = static_cast<std::size_t>(branch.id);
        std::vector<double> conductance(targets.leak[b].size(), 0.0);
        for (std::size_t i = 0; i < conductance.size(); ++i)
            conductance[i] = targets.leak[b][i] /
                             std::max(state.leak_pressure[b][i] - hyperaemia.venous_pressure, least) /
                             options.microvascular_factor;
        problem.leak.push_back(std::move(conductance));
        if (!tree.children_of(branch.id).empty()) continue;
        const double pressure = state.pressure[b].back() - hyperaemia.venous_pressure;
        if (pressure < least)
            run.warn(
                "Branch {} ({}) loses {:.0f} % of the pressure even without lesions: its lumen is probably "
                "drawn too thin.",
                branch.id, segment_name(branch.segment), 100 * (1 - pressure / driving));
        problem.outlets.push_back(
            {branch.id, options.microvascular_factor * std::max(pressure, least) / targets.outlet[b],
             targets.outlet[b], reference[b].back()});
    }

    const double healthy_ffr = lowest_ffr(state, reference, hyperaemia.aortic_pressure);
    hyperaemia.patient["healthy_equivalent_ffr"] = {healthy_ffr, Origin::estimated,
                                                    "lowest, same tree on its healthy radii"};
    hyperaemia.patient["modelled_flow_ml_min"] = {ml_min_from_m3_s(targets.total), Origin::estimated,
                                                  "healthy flow of the coronary systems that were found"};
    hyperaemia.patient["outlet_exponent"] = {options.outlet_exponent, Origin::defaulted, "option"};
    hyperaemia.patient["microvascular_factor"] = microvascular;
    hyperaemia.patient["share_lad_pct"] = {100 * shares.lad, share_origin, share_source};
    hyperaemia.patient["share_lcx_pct"] = {100 * shares.lcx, share_origin, share_source};
    hyperaemia.patient["share_rca_pct"] = {100 * shares.rca, share_origin, share_source};
    run.info(
        "Hyperaemia: aortic pressure {:.1f} mmHg, flow {:.0f} mL/min, viscosity {:.2f} mPa s, {} outlets; "
        "lowest "
        "FFR of the healthy equivalent {:.3f}.",
        mmhg_from_pa(hyperaemia.aortic_pressure), ml_min_from_m3_s(targets.total), hyperaemia.viscosity * 1e3,
        problem.outlets.size(), healthy_ffr);
    run.progress("boundary conditions", 1);
    return problem;
}

}  // namespace ctffr
