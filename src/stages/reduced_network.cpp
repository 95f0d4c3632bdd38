// SPDX-License-Identifier: Apache-2.0
#include "stages/reduced_network.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ctffr/core/error.hpp"
#include "ctffr/stages/flow.hpp"
#include "flow/network_fit.hpp"
#include "flow/network_solve.hpp"
#include "flow/tree_network.hpp"

namespace ctffr {

namespace {

// NaN when the network does not converge.
double misfit_of(const Network& network, const FlowSolution& solution, const Run& run) {
    const NetworkSolution own = solve_network(network, ReducedOptions{}.max_iterations, 1e-8, run);
    if (!own.status.converged()) return std::numeric_limits<double>::quiet_NaN();
    double most = 0;
    for (std::size_t b = 0; b < solution.pressure.size(); ++b)
        for (std::size_t i = 0; i < solution.pressure[b].size(); ++i)
            most = std::max(most, std::abs(own.state.pressure[b][i] - solution.pressure[b][i]));
    return most / network.aortic_pressure;
}

// Where the reduced model is made to meet the 3-D pressures: every point in a lesion and along the jet behind
// it, where static pressure dips and recovers as the march does not know it, and elsewhere a point every few
// millimetres.
std::vector<std::vector<std::size_t>> knots_of(const CoronaryTree& tree, const std::vector<VesselLine>& lines,
                                               const std::vector<PlacedLesion>& lesions) {
    constexpr double jet_mm = 25, spacing_mm = 4;
    std::vector<std::vector<std::size_t>> knots;
    for (const Branch& branch : tree.branches) {
        std::vector<std::size_t>& here = knots.emplace_back(std::vector<std::size_t>{0});
        const std::size_t last = branch.points.size() - 1;
        for (std::size_t i = 1; i <= last; ++i)
            if (i == last || branch.points[i].arc_mm >= branch.points[here.back()].arc_mm + spacing_mm)
                here.push_back(i);
    }
    for (const PlacedLesion& lesion : lesions)
        for (const VesselPoint& p : lines[static_cast<std::size_t>(lesion.line)].points)
            if (p.arc_mm >= lesion.start_arc_mm && p.arc_mm <= lesion.end_arc_mm + jet_mm)
                knots[static_cast<std::size_t>(p.branch)].push_back(static_cast<std::size_t>(p.point));
    for (auto& branch : knots) {
        std::sort(branch.begin(), branch.end());
        branch.erase(std::unique(branch.begin(), branch.end()), branch.end());
    }
    return knots;
}

}  // namespace

Network reduced_network(const CoronaryTree& tree, const SectionMeasures& sections,
                        const FlowProblem& problem) {
    Network network = network_of(tree, sections.radius_mm, sections.shape, problem.hyperaemia);
    CTFFR_CHECK_OP(problem.leak.size(), ==, tree.branches.size());
    for (std::size_t b = 0; b < problem.leak.size(); ++b) {
        CTFFR_CHECK_OP(problem.leak[b].size(), ==, tree.branches[b].points.size());
        network.branches[b].leak = problem.leak[b];
    }
    // Ends without a bed lie behind an occlusion: next to nothing flows there, 1e-16 m3/s or less.
    constexpr double closed = 1e20;  // Pa s / m3
    for (NetworkBranch& branch : network.branches)
        if (branch.children.empty()) branch.outlet_resistance = closed;
    for (const Outlet& outlet : problem.outlets)
        network.branches[static_cast<std::size_t>(outlet.branch)].outlet_resistance = outlet.resistance;
    return network;
}

ReducedMisfit fit_to_solution(Network& network, const CoronaryTree& tree, const FlowSolution& solution,
                              const std::vector<VesselLine>& lines, const std::vector<PlacedLesion>& lesions,
                              const Run& run) {
    ReducedMisfit misfit;
    misfit.before = misfit_of(network, solution, run);
    NetworkState target;
    target.pressure = solution.pressure, target.flow = solution.flow;
    Network fitted = network;
    try {
        fit_network(fitted, target, knots_of(tree, lines, lesions));
    } catch (const Error& error) {
        if (error.code() != ExitCode::not_converged) throw;
        run.warn("The reduced model is not fitted to the 3-D flow: {}", error.what());
        return misfit;
    }
    misfit.after = misfit_of(fitted, solution, run);
    if (!std::isfinite(misfit.after)) {
        run.warn("The reduced model fitted to the 3-D flow has no solution: it is used as it was.");
        return misfit;
    }
    network = std::move(fitted);
    run.info("Reduced model against 3-D flow: FFR differs by at most {:.4f}, after the fit by {:.4f}.",
             misfit.before, misfit.after);
    return misfit;
}

}  // namespace ctffr
