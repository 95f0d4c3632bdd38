// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "anatomy/lesion_detect.hpp"
#include "anatomy/reference_radius.hpp"
#include "anatomy/reference_sections.hpp"
#include "ctffr/core/error.hpp"
#include "ctffr/core/units.hpp"
#include "ctffr/stages/flow.hpp"
#include "flow/network_solve.hpp"
#include "stages/reduced_network.hpp"

namespace ctffr {

namespace {

// What enters at the roots less what leaves at outlets and leaks, over what enters.
double mass_imbalance(const Network& network, const NetworkState& state) {
    double in = 0, out = 0;
    for (std::size_t b = 0; b < network.branches.size(); ++b) {
        const NetworkBranch& branch = network.branches[b];
        const auto& flow = state.flow[b];
        if (branch.parent < 0) in += flow.front();
        if (branch.children.empty()) out += flow.back();
        for (std::size_t i = 0; i + 1 < flow.size(); ++i) out += flow[i] - flow[i + 1];
    }
    return in > 0 ? std::abs(in - out) / in : 0;
}

FlowLaw flow_law(ReducedLaw law) {
    switch (law) {
        case ReducedLaw::profile: return FlowLaw::profile;
        case ReducedLaw::young_tsai: return FlowLaw::young_tsai;
        case ReducedLaw::itu: return FlowLaw::itu;
        case ReducedLaw::huo_kassab: return FlowLaw::huo_kassab;
    }
    return FlowLaw::profile;
}

// Textbook laws need to know where a stenosis begins and ends: the lesions of at least 20 %.
void mark_stenoses(const CoronaryTree& tree, const SectionMeasures& sections, Network& network) {
    constexpr double least_ds_pct = 20;
    const auto reference = reference_radius_mm(tree, sections);
    for (const PlacedLesion& placed :
         find_lesions(tree, vessel_lines(tree), sections, reference, least_ds_pct)) {
        const auto b = static_cast<std::size_t>(placed.lesion.branch);
        const auto& points = tree.branches[b].points;
        StenosisSpan span{0, points.size() - 1,
                          pi * std::pow(placed.lesion.reference_diameter_mm / 2 * m_per_mm, 2)};
        while (span.first + 2 < points.size() && points[span.first + 1].arc_mm <= placed.lesion.start_mm)
            ++span.first;
        while (span.last > span.first + 1 && points[span.last - 1].arc_mm >= placed.lesion.end_mm)
            --span.last;
        network.branches[b].stenoses.push_back(span);
    }
}

}  // namespace

FlowSolution run_solve_reduced(const CoronaryTree& tree, const LumenSurface& lumen,
                               const FlowProblem& problem, const ReducedOptions& options, const Run& run) {
    run.progress("reduced flow", 0);
    const SectionMeasures sections = measure_sections(tree, lumen);
    Network network = reduced_network(tree, sections, problem);
    network.law = flow_law(options.law);
    if (network.law != FlowLaw::profile) mark_stenoses(tree, sections, network);
    NetworkSolution solved = solve_network(network, options.max_iterations, options.tolerance, run);
    FlowSolution solution;
    solution.model = "reduced";
    solution.status = solved.status;
    solution.residual_history = std::move(solved.residual_history);
    solution.status.mass_imbalance = mass_imbalance(network, solved.state);
    for (const Outlet& outlet : problem.outlets)
        solution.outlet_flow.push_back(solved.state.flow[static_cast<std::size_t>(outlet.branch)].back());
    solution.pressure = std::move(solved.state.pressure);
    solution.flow = std::move(solved.state.flow);
    run.info("Reduced flow: {} after {} iterations, residual {:.1e}, mass imbalance {:.1e}.",
             reason_name(solution.status.reason), solution.status.iterations, solution.status.residual,
             solution.status.mass_imbalance);
    run.progress("reduced flow", 1);
    return solution;
}

}  // namespace ctffr
