// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <numeric>

#include "ctffr/core/error.hpp"
#include "ctffr/core/units.hpp"
#include "ctffr/data/mesh_regions.hpp"
#include "ctffr/stages/flow3d.hpp"
#include "flow/steady_solver.hpp"
#include "stages/steady_conditions.hpp"
#include "stages/steady_readout.hpp"

namespace ctffr {

namespace {

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

// The solution on the whole mesh, put together from its regions.
struct WholeField {
    std::vector<double> state;          // four a cell
    std::vector<OpeningState> opening;  // per patch; the wall's outflow is the sum over the regions
    std::vector<float> shear;           // three a boundary face
    std::vector<double> leak_flow;      // per wall face, m3/s
};

// m3/s through the wall faces of a region, made to add up to the outflow that the solver found.
void add_leak(const MeshRegion& region, const FlowMesh& mesh, const PatchRoles& roles, const WallLeak& leak,
              double venous_pressure, double outflow, WholeField& whole) {
    const FlowPatch& wall = mesh.patches[static_cast<std::size_t>(roles.wall)];
    std::vector<std::size_t> faces;
    double sum = 0;
    for (std::int32_t face : region.face) {
        const Index n = face - wall.first_face;
        if (n < 0 || n >= wall.faces) continue;
        const double pressure = whole.state[4 * at(mesh.owner[at(face)]) + 3];
        const double flow = static_cast<double>(leak.conductance[at(n)]) * norm(mesh.face_area[at(face)]) *
                            (pressure - venous_pressure);
        faces.push_back(at(n));
        sum += whole.leak_flow[at(n)] = flow;
    }
    if (sum > 0)
        for (std::size_t n : faces) whole.leak_flow[n] *= outflow / sum;
}

void merge(const MeshRegion& region, const FlowMesh& mesh, const SteadyResult& result, WholeField& whole) {
    for (std::size_t c = 0; c < region.cell.size(); ++c)
        std::copy_n(&result.state[4 * c], 4, &whole.state[4 * at(region.cell[c])]);
    for (std::size_t q = 0; q < region.patch.size(); ++q) {
        OpeningState& opening = whole.opening[at(region.patch[q])];
        opening.pressure = result.openings[q].pressure;
        opening.outflow += result.openings[q].outflow;
    }
    const Index inner = region.mesh.internal_faces();
    for (std::size_t b = 0; b < result.wall_shear.size() / 3; ++b)
        std::copy_n(&result.wall_shear[3 * b], 3,
                    &whole.shear[3 * at(region.face[b + at(inner)] - mesh.internal_faces())]);
}

// The worst of the regions in every figure.
void merge(const SteadyResult& result, double pressure_scale, FlowSolution& solution) {
    SolveStatus& all = solution.status;
    const SolveStatus& one = result.status;
    all.reason = SolveStatus::Reason::converged;
    all.iterations = std::max(all.iterations, one.iterations);
    all.residual = std::max(all.residual, one.residual);
    all.mass_imbalance = std::max(all.mass_imbalance, one.mass_imbalance);
    if (!one.note.empty()) all.note = one.note;
    auto& history = solution.residual_history;
    history.resize(std::max(history.size(), result.residual_history.size()), 0.0);
    for (std::size_t k = 0; k < result.residual_history.size(); ++k)
        history[k] = std::max(history[k], result.residual_history[k]);
    solution.iteration_error = std::max(solution.iteration_error, result.remaining_error * pressure_scale);
    solution.unsteadiness = std::max(solution.unsteadiness, result.unsteadiness * pressure_scale);
}

SteadyResult solve_region(const MeshRegion& region, const FlowMesh& mesh,
                          const std::vector<FlowCondition>& conditions, const std::vector<double>& start,
                          const FlowProblem& problem, const SteadyFlowOptions& options, const Run& run) {
    std::vector<double> region_start;
    if (!start.empty())
        for (std::int32_t c : region.cell)
            region_start.insert(region_start.end(), &start[4 * at(c)], &start[4 * at(c)] + 4);
    SteadyOptions solver;
    solver.max_iterations = options.max_iterations;
    solver.tolerance = options.tolerance;
    solver.pressure_scale = problem.hyperaemia.aortic_pressure;
    // Openings can stand still for a while as the jet behind a throat wanders: the residual must fall too,
    // and where it does not, the flow does not come to rest and its mean is the answer.
    solver.residual_drop = 0.02;
    solver.window = 10;
    solver.min_iterations = 30;
    solver.mean_block = 30;
    solver.mean_tolerance = 5e-4;
    // Where jets are resolved, loose inner solves leave the acceleration little to work with: the stenosed Y
    // took 250 iterations instead of 48, at 1.3 times the cost of each.
    solver.mixing_depth = kernels::mixing_depth_limit;
    solver.momentum_sweeps = 20;
    solver.pressure_tolerance = 0.04;
    const Fluid fluid{problem.hyperaemia.density, problem.hyperaemia.viscosity, {}};
    SteadyResult result =
        solve_steady(region.mesh, conditions_of(region, mesh, conditions), fluid, solver, region_start, run);
    if (!result.status.converged())
        throw Error(
            ExitCode::not_converged,
            "The 3-D flow solver ended as '{}' after {} iterations on {} cells (residual {:.1e}{}{}): no FFR "
            "is given; try --flow reduced, or another --mesh-cells-per-diameter.",
            reason_name(result.status.reason), result.status.iterations, region.mesh.cells,
            result.status.residual, result.status.note.empty() ? "" : "; ", result.status.note);
    return result;
}

double largest_difference(const std::vector<std::vector<double>>& a,
                          const std::vector<std::vector<double>>& b) {
    double most = 0;
    for (std::size_t k = 0; k < a.size(); ++k)
        for (std::size_t i = 0; i < a[k].size(); ++i) most = std::max(most, std::abs(a[k][i] - b[k][i]));
    return most;
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
                            const FlowProblem& problem, const FlowSolution& reduced,
                            const SteadyFlowOptions& options, const Run& run) {
    run.progress("3-D flow", 0);
    const PatchRoles roles = patch_roles(mesh, lumen, problem);
    const WallLeak leak = wall_leak(mesh, roles, tree, problem, run);
    const std::vector<FlowCondition> conditions = flow_conditions(mesh, roles, problem, leak);
    std::vector<Vec3> centre_mm;
    for (const Vec3& c : mesh.cell_centre) centre_mm.push_back(1e3 * c);
    const std::vector<TreePlace> place_of_cell = places_in_tree(centre_mm, tree, run);
    std::vector<double> start;
    if (options.start_from_reduced && reduced.status.converged())
        start = field_along(mesh, place_of_cell, tree, reduced);

    SteadyFlow flow;
    FlowSolution& solution = flow.solution;
    solution.model = "steady-3d";
    solution.cells = static_cast<long>(mesh.cells);
    WholeField whole;
    whole.state.resize(4 * at(mesh.cells));
    whole.opening.resize(mesh.patches.size());
    whole.shear.resize(3 * at(mesh.faces() - mesh.internal_faces()));
    whole.leak_flow.resize(leak.conductance.size());
    const std::vector<std::int32_t> region_of_cell = region_of_cells(mesh);
    const std::int32_t regions = 1 + *std::max_element(region_of_cell.begin(), region_of_cell.end());
    for (std::int32_t r = 0; r < regions; ++r) {
        const MeshRegion region = extract_region(mesh, region_of_cell, r);
        const SteadyResult result = solve_region(region, mesh, conditions, start, problem, options, run);
        run.info(
            "3-D flow: tree {} of {}, {} cells, {} after {} iterations, residual {:.1e}, remaining error of "
            "FFR "
            "{:.1e}, mass imbalance {:.1e}, worst cell {:.1e}.",
            r + 1, regions, region.mesh.cells, reason_name(result.status.reason), result.status.iterations,
            result.status.residual, result.remaining_error, result.status.mass_imbalance,
            result.cell_imbalance);
        if (result.unsteadiness > 0)
            run.info("3-D flow: it does not come to rest; a mean, deviation {:.4f} of FFR.",
                     result.unsteadiness);
        merge(region, mesh, result, whole);
        merge(result, problem.hyperaemia.aortic_pressure, solution);
        for (std::size_t q = 0; q < region.patch.size(); ++q)
            if (region.patch[q] == roles.wall)
                add_leak(region, mesh, roles, leak, problem.hyperaemia.venous_pressure,
                         result.openings[q].outflow, whole);
    }
    for (std::size_t o = 0; o < problem.outlets.size(); ++o) {
        const int patch = roles.outlet[o];
        if (patch < 0)
            run.warn("The end of branch {} has no opening in the lumen: no flow leaves there.",
                     problem.outlets[o].branch);
        solution.outlet_flow.push_back(patch < 0 ? 0.0
                                                 : whole.opening[static_cast<std::size_t>(patch)].outflow);
    }
    std::vector<double> pressure(at(mesh.cells));
    for (std::size_t c = 0; c < pressure.size(); ++c) pressure[c] = whole.state[4 * c + 3];
    solution.pressure = section_pressures(mesh, pressure, place_of_cell, tree, run);
    solution.flow = flows_along(tree, problem, solution.outlet_flow, leak, whole.leak_flow);
    require_numbers(solution, tree);
    flow.wall = wall_field(mesh, roles, pressure, whole.shear, lumen.mesh, run);
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
