// SPDX-License-Identifier: Apache-2.0
#include "stages/steady_regions.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "ctffr/core/error.hpp"
#include "ctffr/core/units.hpp"
#include "ctffr/data/mesh_regions.hpp"
#include "ctffr/parallel/parallel.hpp"
#include "flow/point_tree.hpp"
#include "flow/steady_solver.hpp"

namespace ctffr {

namespace {

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

std::vector<TreePlace> places_of_cells(const FlowMesh& mesh, const CoronaryTree& tree, const Run& run) {
    std::vector<Vec3> centre_mm;
    for (const Vec3& c : mesh.cell_centre) centre_mm.push_back(1e3 * c);
    return places_in_tree(centre_mm, tree, run);
}

// m3/s through the wall faces of a region, made to add up to the outflow that the solver found.
void add_leak(const MeshRegion& region, const MeshProblem& on, double venous_pressure, double outflow,
              MeshFlow& whole) {
    const FlowPatch& wall = on.mesh.patches[static_cast<std::size_t>(on.roles.wall)];
    std::vector<std::size_t> faces;
    double sum = 0;
    for (std::int32_t face : region.face) {
        const Index n = face - wall.first_face;
        if (n < 0 || n >= wall.faces) continue;
        const double pressure = whole.state[4 * at(on.mesh.owner[at(face)]) + 3];
        const double flow = static_cast<double>(on.leak.conductance[at(n)]) *
                            norm(on.mesh.face_area[at(face)]) * (pressure - venous_pressure);
        faces.push_back(at(n));
        sum += whole.leak_flow[at(n)] = flow;
    }
    if (sum > 0)
        for (std::size_t n : faces) whole.leak_flow[n] *= outflow / sum;
}

void merge_fields(const MeshRegion& region, const FlowMesh& mesh, const SteadyResult& result,
                  MeshFlow& whole) {
    for (std::size_t c = 0; c < region.cell.size(); ++c) {
        std::copy_n(&result.state[4 * c], 4, &whole.state[4 * at(region.cell[c])]);
        if (!result.gradient.empty())
            std::copy_n(&result.gradient[12 * c], 12, &whole.gradient[12 * at(region.cell[c])]);
    }
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
void merge_status(const SteadyResult& result, double pressure_scale, FlowSolution& solution) {
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
    solution.convection = std::max(solution.convection, result.convection);
    solution.unsteadiness = std::max(solution.unsteadiness, result.unsteadiness * pressure_scale);
}

SteadyOptions solver_options(const FlowProblem& problem, const SteadyFlowOptions& options) {
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
    solver.weaker_last = true;
    // Where jets are resolved, loose inner solves leave the acceleration little to work with: the stenosed Y
    // took 250 iterations instead of 48, at 1.3 times the cost of each.
    solver.mixing_depth = kernels::mixing_depth_limit;
    solver.pressure_tolerance = 0.04;
    return solver;
}

std::string inlet_name(const FlowMesh& mesh) {
    for (const FlowPatch& patch : mesh.patches)
        if (patch.kind == FlowPatch::Kind::inlet) return patch.name;
    return {};
}

std::vector<double> part_of(const std::vector<double>& state, const MeshRegion& region) {
    std::vector<double> part;
    if (!state.empty())
        for (std::int32_t c : region.cell) part.insert(part.end(), &state[4 * at(c)], &state[4 * at(c)] + 4);
    return part;
}

}  // namespace

MeshProblem::MeshProblem(const FlowMesh& of, const LumenSurface& lumen, const CoronaryTree& tree,
                         const FlowProblem& problem, const Run& run)
    : mesh(of),
      roles(patch_roles(of, lumen, problem)),
      leak(wall_leak(of, roles, tree, problem, run)),
      conditions(flow_conditions(of, roles, problem, leak)),
      place_of_cell(places_of_cells(of, tree, run)) {}

MeshFlow solve_regions(const MeshProblem& on, const std::vector<double>& start, const RegionHints& coarse,
                       bool keep_gradient, const FlowProblem& problem, const SteadyFlowOptions& options,
                       const Run& run) {
    const FlowMesh& mesh = on.mesh;
    MeshFlow whole;
    whole.state.resize(4 * at(mesh.cells));
    whole.gradient.resize(keep_gradient ? 12 * at(mesh.cells) : 0);
    whole.opening.resize(mesh.patches.size());
    whole.shear.resize(3 * at(mesh.faces() - mesh.internal_faces()));
    whole.leak_flow.resize(on.leak.conductance.size());
    const Fluid fluid{problem.hyperaemia.density, problem.hyperaemia.viscosity, {}};
    const std::vector<std::int32_t> region_of_cell = region_of_cells(mesh);
    const std::int32_t regions = 1 + *std::max_element(region_of_cell.begin(), region_of_cell.end());
    for (std::int32_t r = 0; r < regions; ++r) {
        const MeshRegion region = extract_region(mesh, region_of_cell, r);
        const double root = std::sqrt(static_cast<double>(region.mesh.cells));
        const std::string inlet = inlet_name(region.mesh);
        SteadyOptions solver = solver_options(problem, options);
        solver.keep_gradient = keep_gradient;
        if (const auto hint = coarse.find(inlet); hint != coarse.end()) {
            solver.residual_scale = hint->second.residual_scale / root;
            solver.from_first_order = hint->second.from_first_order;
            solver.window = 6, solver.min_iterations = 14;  // the slow start lies behind
        }
        const SteadyResult result = solve_steady(region.mesh, conditions_of(region, mesh, on.conditions),
                                                 fluid, solver, part_of(start, region), run);
        if (!result.status.converged())
            throw Error(ExitCode::not_converged,
                        "The 3-D flow solver ended as '{}' after {} iterations on {} cells (residual "
                        "{:.1e}{}{}): no FFR is given; try --flow reduced, or another "
                        "--mesh-cells-per-diameter.",
                        reason_name(result.status.reason), result.status.iterations, region.mesh.cells,
                        result.status.residual, result.status.note.empty() ? "" : "; ", result.status.note);
        run.info(
            "3-D flow: tree {} of {}, {} cells, {} after {} iterations, residual {:.1e}, remaining error of "
            "FFR {:.1e}, mass imbalance {:.1e}, worst cell {:.1e}.",
            r + 1, regions, region.mesh.cells, reason_name(result.status.reason), result.status.iterations,
            result.status.residual, result.remaining_error, result.status.mass_imbalance,
            result.cell_imbalance);
        if (result.unsteadiness > 0)
            run.info("3-D flow: it does not come to rest; a mean, deviation {:.4f} of FFR.",
                     result.unsteadiness);
        merge_fields(region, mesh, result, whole);
        merge_status(result, problem.hyperaemia.aortic_pressure, whole.summary);
        whole.hints[inlet] = {result.residual_scale * root, result.convection != Convection::second_order};
        for (std::size_t q = 0; q < region.patch.size(); ++q)
            if (region.patch[q] == on.roles.wall)
                add_leak(region, on, problem.hyperaemia.venous_pressure, result.openings[q].outflow, whole);
    }
    return whole;
}

std::vector<double> field_from_coarse(const FlowMesh& mesh, const FlowMesh& coarse, const MeshFlow& flow,
                                      const Run& run) {
    const PointTree cells(coarse.cell_centre);
    std::vector<double> field(4 * at(mesh.cells));
    run.check_cancel();
    parallel_for(Cpu{}, "field from coarse", mesh.cells, [&](Index i) {
        const Vec3 here = mesh.cell_centre[at(i)];
        const auto c = static_cast<std::size_t>(cells.nearest(here, 1).front());
        const Vec3 d = here - coarse.cell_centre[c];
        for (std::size_t k = 0; k < 4; ++k) {
            double value = flow.state[4 * c + k];
            for (std::size_t a = 0; a < 3; ++a)
                value += static_cast<double>(flow.gradient[12 * c + 3 * k + a]) * d[static_cast<int>(a)];
            field[4 * at(i) + k] = value;
        }
    });
    return field;
}

}  // namespace ctffr
