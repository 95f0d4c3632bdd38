// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "ctffr/core/error.hpp"
#include "ctffr/core/units.hpp"
#include "ctffr/stages/flow3d.hpp"
#include "stages/steady_readout.hpp"
#include "stages/steady_regions.hpp"

namespace ctffr {

namespace {

using PerPoint = std::vector<std::vector<double>>;

double largest(const PerPoint& values) {
    double most = 0;
    for (const auto& branch : values)
        for (double value : branch)
            if (std::isfinite(value)) most = std::max(most, value);
    return most;
}

std::vector<double> pressures_of(const MeshFlow& flow) {
    std::vector<double> pressure(flow.state.size() / 4);
    for (std::size_t c = 0; c < pressure.size(); ++c) pressure[c] = flow.state[4 * c + 3];
    return pressure;
}

// |error| of the finer of two solutions whose spacings have the given ratio, for a method of that order
// (Richardson's extrapolation). Where the coarse one has no section: as large as anywhere.
PerPoint richardson_error(const PerPoint& fine, const PerPoint& coarse, double ratio, int order) {
    PerPoint error = fine;
    for (std::size_t b = 0; b < error.size(); ++b)
        for (std::size_t i = 0; i < error[b].size(); ++i)
            error[b][i] = std::abs(fine[b][i] - coarse[b][i]) / (std::pow(ratio, order) - 1);
    const double most = largest(error);
    for (auto& branch : error)
        for (double& e : branch)
            if (!std::isfinite(e)) e = most;
    return error;
}

double largest_difference(const PerPoint& a, const PerPoint& b) {
    double most = 0;
    for (std::size_t k = 0; k < a.size(); ++k)
        for (std::size_t i = 0; i < a[k].size(); ++i) most = std::max(most, std::abs(a[k][i] - b[k][i]));
    return most;
}

// The mesh ends at occlusions: the pressure beyond is that of the last place before. A blind end is too
// narrow to be read up to its tip, and a tree without any open end is not in the mesh at all.
void fill_occluded(const CoronaryTree& tree, double aortic_pressure, PerPoint& pressure) {
    const OpenTree open = open_tree(tree);
    for (std::size_t b = 0; b < pressure.size(); ++b) {
        if (open.flows[b]) continue;
        const int parent = tree.branches[b].parent;
        double last = parent < 0 ? aortic_pressure : pressure[static_cast<std::size_t>(parent)].back();
        for (std::size_t i = 0; i < pressure[b].size(); ++i)
            if (open.reaches(b, i) && std::isfinite(pressure[b][i]))
                last = pressure[b][i];
            else
                pressure[b][i] = last;
    }
}

// Broken read-outs are not results.
void require_numbers(const FlowSolution& solution, const CoronaryTree& tree) {
    for (std::size_t b = 0; b < solution.pressure.size(); ++b)
        for (std::size_t i = 0; i < solution.pressure[b].size(); ++i)
            if (!std::isfinite(solution.pressure[b][i]) || !std::isfinite(solution.flow[b][i]))
                throw Error(
                    ExitCode::not_converged,
                    "The 3-D flow has no section at {:.1f} mm of branch {} ({}): the mesh does not reach it; "
                    "no FFR is given.",
                    tree.branches[b].points[i].arc_mm, tree.branches[b].id,
                    segment_name(tree.branches[b].segment));
}

}  // namespace

SteadyFlow run_solve_steady(const CoronaryTree& tree, const LumenSurface& lumen, const FlowMesh& mesh,
                            std::optional<FlowMesh> coarse_mesh, const FlowProblem& problem,
                            const FlowSolution& reduced, const SteadyFlowOptions& options, const Run& run) {
    run.progress("3-D flow", 0);
    const auto first_guess = [&](const MeshProblem& on) {
        return options.start_from_reduced && reduced.status.converged()
                   ? field_along(on.mesh, on.place_of_cell, tree, reduced)
                   : std::vector<double>{};
    };
    std::optional<MeshFlow> coarse;
    PerPoint coarse_pressure;
    if (coarse_mesh) {
        run.info("3-D flow: first on a mesh of {} cells.", coarse_mesh->cells);
        try {
            const MeshProblem on(*coarse_mesh, lumen, tree, problem, run);
            coarse = solve_regions(on, first_guess(on), {}, true, problem, options, run);
            coarse_pressure =
                section_pressures(*coarse_mesh, pressures_of(*coarse), on.place_of_cell, tree, run);
            fill_occluded(tree, problem.hyperaemia.aortic_pressure, coarse_pressure);
        } catch (const Error& error) {
            if (error.code() != ExitCode::not_converged) throw;
            run.warn("The 3-D flow has no solution on the coarser mesh: the error of the mesh is not known.");
            coarse.reset();
        }
    }
    const MeshProblem on(mesh, lumen, tree, problem, run);
    const double coarse_ratio =
        coarse ? std::cbrt(static_cast<double>(mesh.cells) / static_cast<double>(coarse_mesh->cells)) : 0;
    RegionHints hints;
    int coarse_order = 2;
    std::vector<double> start;
    if (coarse) {
        start = field_from_coarse(mesh, *coarse_mesh, *coarse, run);
        hints = std::move(coarse->hints);
        if (coarse->summary.convection != Convection::second_order) coarse_order = 1;
    } else {
        start = first_guess(on);
    }
    // The finer solution needs the memory.
    coarse.reset(), coarse_mesh.reset();
    const MeshFlow whole = solve_regions(on, start, hints, false, problem, options, run);

    SteadyFlow flow;
    FlowSolution& solution = flow.solution;
    solution = whole.summary;
    solution.model = "steady-3d";
    solution.cells = static_cast<long>(mesh.cells);
    for (std::size_t o = 0; o < problem.outlets.size(); ++o) {
        const int patch = on.roles.outlet[o];
        if (patch < 0)
            run.warn("The end of branch {} has no opening in the lumen: no flow leaves there.",
                     problem.outlets[o].branch);
        solution.outlet_flow.push_back(patch < 0 ? 0.0
                                                 : whole.opening[static_cast<std::size_t>(patch)].outflow);
    }
    const std::vector<double> pressure = pressures_of(whole);
    solution.pressure = section_pressures(mesh, pressure, on.place_of_cell, tree, run);
    fill_occluded(tree, problem.hyperaemia.aortic_pressure, solution.pressure);
    solution.flow = flows_along(tree, problem, solution.outlet_flow, on.leak, whole.leak_flow);
    require_numbers(solution, tree);
    if (coarse_ratio > 0) {
        // Where one of the two is not of second order throughout, order 1 is on the safe side.
        solution.mesh_error =
            richardson_error(solution.pressure, coarse_pressure, coarse_ratio,
                             solution.convection == Convection::second_order ? coarse_order : 1);
        run.info("3-D flow: estimated error of the mesh at most {:.4f} of FFR.",
                 solution.largest_mesh_error() / problem.hyperaemia.aortic_pressure);
    }
    flow.wall = wall_field(mesh, on.roles, pressure, whole.shear, lumen.mesh, run);
    flow.field.pressure.assign(pressure.begin(), pressure.end());
    for (std::size_t c = 0; c < pressure.size(); ++c)
        for (std::size_t k = 0; k < 3; ++k)
            flow.field.velocity.push_back(static_cast<float>(whole.state[4 * c + k]));
    if (reduced.status.converged())
        run.info(
            "3-D flow: FFR of the reduced model differs by at most {:.3f}.",
            largest_difference(solution.pressure, reduced.pressure) / problem.hyperaemia.aortic_pressure);
    run.progress("3-D flow", 1);
    return flow;
}

}  // namespace ctffr
