// SPDX-License-Identifier: Apache-2.0
// Flow state and outlet resistances: the tree on its healthy radii carries the patient's hyperaemic flow with
// the wanted split between territories; the resistances that this takes are those of open beds. They are kept
// for the diseased tree in hyperaemia; at rest and in exercise they bound beds that regulate.
#include <algorithm>
#include <utility>

#include "anatomy/reference_radius.hpp"
#include "anatomy/reference_sections.hpp"
#include "ctffr/core/error.hpp"
#include "ctffr/core/units.hpp"
#include "ctffr/stages/flow.hpp"
#include "flow/tree_network.hpp"
#include "physiology/flow_states.hpp"
#include "physiology/hyperaemia.hpp"
#include "physiology/muscle_territory.hpp"
#include "stages/bed_regulation.hpp"
#include "stages/flow_split.hpp"
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

FlowState state_of(const BoundaryOptions& options) {
    if (const auto state = flow_state_from_name(options.state)) return *state;
    throw Error(ExitCode::usage, "--state is '{}'; it must be hyperaemia, rest or exercise.", options.state);
}

// The healthy tree in one state: flows and the pressures that drive them.
struct HealthyTree {
    TargetFlows targets;
    NetworkState state;
    double driving = 0, least = 0;  // Pa over the venous pressure, at the ostia; at any bed

    double over(double pressure, const Hyperaemia& h) const {
        return std::max(pressure - h.venous_pressure, least);
    }
};

HealthyTree healthy_tree(const CoronaryTree& tree, const std::vector<std::vector<double>>& reference_mm,
                         const Hyperaemia& hyperaemia, const BoundaryOptions& options,
                         const FlowSplit& split) {
    HealthyTree healthy;
    healthy.targets = healthy_flows(tree, reference_mm, hyperaemia.total_flow, options.outlet_exponent,
                                    options.side_branch_leak, split.shares, split.muscle);
    std::vector<std::vector<double>> round;
    for (const auto& radius : reference_mm) round.emplace_back(radius.size(), 1.0);
    healthy.state = march_prescribed(network_of(tree, reference_mm, round, hyperaemia),
                                     {healthy.targets.outlet, healthy.targets.leak});
    healthy.driving = hyperaemia.aortic_pressure - hyperaemia.venous_pressure;
    healthy.least = least_outlet_fraction * healthy.driving;
    return healthy;
}

// Beds wide open. What an occlusion cuts off has its part of the healthy flow, but no bed: how much
// collaterals bring there is not known.
void open_beds(const CoronaryTree& tree, const std::vector<std::vector<double>>& reference_mm,
               const HealthyTree& healthy, double microvascular_factor, FlowProblem& problem,
               const Run& run) {
    const Hyperaemia& hyperaemia = problem.hyperaemia;
    const OpenTree open = open_tree(tree);
    for (const Branch& branch : tree.branches) {
        const auto b = static_cast<std::size_t>(branch.id);
        std::vector<double> conductance(healthy.targets.leak[b].size(), 0.0);
        if (!open.flows[b]) {
            problem.leak.push_back(std::move(conductance));
            continue;
        }
        for (std::size_t i = 0; i < conductance.size(); ++i)
            conductance[i] = healthy.targets.leak[b][i] /
                             healthy.over(healthy.state.leak_pressure[b][i], hyperaemia) /
                             microvascular_factor;
        problem.leak.push_back(std::move(conductance));
        if (!tree.children_of(branch.id).empty()) continue;
        const double pressure = healthy.state.pressure[b].back() - hyperaemia.venous_pressure;
        if (pressure < healthy.least)
            run.warn(
                "Branch {} ({}) loses {:.0f} % of the pressure even without lesions: its lumen is probably "
                "drawn too thin.",
                branch.id, segment_name(branch.segment), 100 * (1 - pressure / healthy.driving));
        problem.outlets.push_back(
            {branch.id, microvascular_factor * std::max(pressure, healthy.least) / healthy.targets.outlet[b],
             healthy.targets.outlet[b], reference_mm[b].back()});
    }
}

// From the open beds to those that want the flow of another state, before any lesion.
void close_beds(const HealthyTree& healthy, FlowProblem& problem) {
    BedReserve& reserve = problem.reserve;
    reserve.leak_open = problem.leak, reserve.leak_demand = healthy.targets.leak;
    const Hyperaemia& hyperaemia = problem.hyperaemia;
    for (Outlet& outlet : problem.outlets) {
        const auto b = static_cast<std::size_t>(outlet.branch);
        reserve.outlet_open.push_back(1 / outlet.resistance);
        outlet.target_flow = healthy.targets.outlet[b];
        outlet.resistance =
            1 / regulated_conductance(outlet.target_flow, reserve.outlet_open.back(),
                                      healthy.over(healthy.state.pressure[b].back(), hyperaemia));
    }
    for (std::size_t b = 0; b < problem.leak.size(); ++b)
        for (std::size_t i = 0; i < problem.leak[b].size(); ++i)
            problem.leak[b][i] =
                regulated_conductance(reserve.leak_demand[b][i], reserve.leak_open[b][i],
                                      healthy.over(healthy.state.leak_pressure[b][i], hyperaemia));
}

}  // namespace

FlowProblem run_boundary(const CoronaryTree& tree, const LumenSurface& lumen, const HeartFrame& heart,
                         const PatientFacts& facts, const BoundaryOptions& options, const Run& run,
                         const Segmentation* labels) {
    run.progress("boundary conditions", 0);
    check_tree(tree);
    require_range("outlet_exponent", {options.outlet_exponent, Origin::defaulted, "option"}, 1, 4, "");
    const PatientValue microvascular{options.microvascular_factor, Origin::defaulted, "option"};
    require_range("microvascular_factor", microvascular, 0.3, 5, "");
    const FlowState state = state_of(options);
    FlowProblem problem;
    problem.hyperaemia =
        hyperaemia_of(facts, heart,
                      {options.aortic_pressure_mmhg, options.total_flow_ml_min, options.venous_pressure_mmhg,
                       options.viscosity_mpa_s, options.density_kg_m3, options.flow_factor});
    Hyperaemia& hyperaemia = problem.hyperaemia;
    note_systems(tree, run);

    const SectionMeasures sections = measure_sections(tree, lumen);
    const auto reference = reference_radius_mm(tree, sections);
    FlowSplit split = split_flow(tree, reference, heart, labels, hyperaemia, options, run);
    HealthyTree healthy = healthy_tree(tree, reference, hyperaemia, options, split);
    open_beds(tree, reference, healthy, options.microvascular_factor, problem, run);
    if (state != FlowState::hyperaemia) {
        hyperaemia = in_state(hyperaemia, state, options.exercise_mets);
        healthy = healthy_tree(tree, reference, hyperaemia, options, split);
        close_beds(healthy, problem);
        regulate_beds(tree, sections, problem, run);
    }

    const double healthy_ratio = lowest_ffr(healthy.state, reference, hyperaemia.aortic_pressure);
    const double modelled_ml_min = ml_min_from_m3_s(healthy.targets.total);
    hyperaemia.patient["healthy_equivalent_ffr"] = {healthy_ratio, Origin::estimated,
                                                    "lowest, same tree on its healthy radii"};
    hyperaemia.patient["modelled_flow_ml_min"] = {modelled_ml_min, Origin::estimated,
                                                  "healthy flow of the coronary systems that were found"};
    hyperaemia.patient["outlet_exponent"] = {options.outlet_exponent, Origin::defaulted, "option"};
    hyperaemia.patient["microvascular_factor"] = microvascular;
    hyperaemia.patient["share_lad_pct"] = {100 * split.shares.lad, split.origin, split.source};
    hyperaemia.patient["share_lcx_pct"] = {100 * split.shares.lcx, split.origin, split.source};
    hyperaemia.patient["share_rca_pct"] = {100 * split.shares.rca, split.origin, split.source};
    problem.muscle = std::move(split.muscle);
    run.info(
        "State {}: aortic pressure {:.1f} mmHg, flow {:.0f} mL/min, viscosity {:.2f} mPa s, {} outlets, "
        "split "
        "by {}; lowest {} of the healthy equivalent {:.3f}.",
        flow_state_name(state), mmhg_from_pa(hyperaemia.aortic_pressure), modelled_ml_min,
        hyperaemia.viscosity * 1e3, problem.outlets.size(), problem.muscle.split_by, ratio_name(state),
        healthy_ratio);
    run.progress("boundary conditions", 1);
    return problem;
}

}  // namespace ctffr
