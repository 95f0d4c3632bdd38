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

// Ends of branches, and of the lesions inside them, with their throats.
std::vector<std::vector<std::size_t>> knots_of(const FlowSolution& solution,
                                               const std::vector<VesselLine>& lines,
                                               const std::vector<PlacedLesion>& lesions) {
    std::vector<std::vector<std::size_t>> knots;
    for (const auto& points : solution.pressure) knots.push_back({0, points.size() - 1});
    for (const PlacedLesion& lesion : lesions) {
        const auto& points = lines[static_cast<std::size_t>(lesion.line)].points;
        const auto add = [&](double arc_mm) {
            const auto near =
                std::min_element(points.begin(), points.end(), [&](const auto& a, const auto& b) {
                    return std::abs(a.arc_mm - arc_mm) < std::abs(b.arc_mm - arc_mm);
                });
            knots[static_cast<std::size_t>(near->branch)].push_back(static_cast<std::size_t>(near->point));
        };
        add(lesion.start_arc_mm);
        add(lesion.throat_arc_mm);
        add(lesion.end_arc_mm);
    }
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
    for (const Outlet& outlet : problem.outlets)
        network.branches[static_cast<std::size_t>(outlet.branch)].outlet_resistance = outlet.resistance;
    return network;
}

ReducedMisfit fit_to_solution(Network& network, const FlowSolution& solution,
                              const std::vector<VesselLine>& lines, const std::vector<PlacedLesion>& lesions,
                              const Run& run) {
    ReducedMisfit misfit;
    misfit.before = misfit_of(network, solution, run);
    NetworkState target;
    target.pressure = solution.pressure, target.flow = solution.flow;
    Network fitted = network;
    try {
        fit_network(fitted, target, knots_of(solution, lines, lesions));
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
