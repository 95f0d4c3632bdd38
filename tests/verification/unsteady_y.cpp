// SPDX-License-Identifier: Apache-2.0
// The mean in time of the flow in the stenosed Y that tests/unit/stages/solve_steady_test.cpp solves by the
// steady solver, whose iteration does not come to rest there:
//   ctffr-unsteady-y [STEPS [STEP_S]]      600 steps of 0.0002 s
// Prints "FIGURE VALUE UNIT" lines, of the last two thirds of the steps. Half an hour on one core.
#include <cmath>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "ctffr/core/error.hpp"
#include "ctffr/parallel/process.hpp"
#include "ctffr/stages/flow.hpp"
#include "ctffr/stages/flow3d.hpp"
#include "ctffr/stages/mesh.hpp"
#include "flow/transient_solver.hpp"
#include "stages/steady_conditions.hpp"
#include "support/round_lumen.hpp"

namespace ctffr {

namespace {

void march(int steps, double step_s) {
    const CoronaryTree tree = test::small_tree();
    const LumenSurface lumen = test::round_lumen(tree);
    MeshOptions mesh_options;
    mesh_options.cells_per_diameter = 12;
    const FlowMesh mesh = run_mesh(lumen, tree, mesh_options, Run{});
    const FlowProblem problem = run_boundary(tree, lumen, {}, {}, {}, Run{});
    const FlowSolution reduced = run_solve_reduced(tree, lumen, problem, {}, Run{});
    const SteadyFlow steady = run_solve_steady(tree, lumen, mesh, {}, problem, reduced, {}, Run{});
    const PatchRoles roles = patch_roles(mesh, lumen, problem);
    const WallLeak leak = wall_leak(mesh, roles, tree, problem, Run{});
    std::vector<TransientCondition> conditions;
    for (const FlowCondition& fixed : flow_conditions(mesh, roles, problem, leak))
        conditions.emplace_back().fixed = fixed;
    std::vector<double> start;
    for (std::size_t c = 0; c < steady.field.pressure.size(); ++c) {
        for (std::size_t k = 0; k < 3; ++k)
            start.push_back(static_cast<double>(steady.field.velocity[3 * c + k]));
        start.push_back(static_cast<double>(steady.field.pressure[c]));
    }
    TransientOptions options;
    options.step = step_s, options.steps = steps;
    const TransientResult result =
        solve_transient(mesh, conditions, Fluid{problem.hyperaemia.density, problem.hyperaemia.viscosity, {}},
                        options, start, Run{});
    if (!result.status.converged())
        throw Error(ExitCode::not_converged, "The march ended as '{}' after {} iterations.",
                    reason_name(result.status.reason), result.status.iterations);
    std::printf("cells %lld -\niterations %d -\n", static_cast<long long>(mesh.cells),
                result.status.iterations);
    for (std::size_t o = 0; o < problem.outlets.size(); ++o) {
        const Outlet& outlet = problem.outlets[o];
        // Behind the outlet: venous pressure and what the resistance takes.
        const auto ffr = [&](double flow) {
            return (problem.hyperaemia.venous_pressure + outlet.resistance * flow) /
                   problem.hyperaemia.aortic_pressure;
        };
        double n = 0, sum = 0, squares = 0;
        for (std::size_t k = result.steps.size() / 3; k < result.steps.size(); ++k) {
            const double value =
                ffr(result.steps[k].openings[static_cast<std::size_t>(roles.outlet[o])].outflow);
            n += 1, sum += value, squares += value * value;
        }
        const double mean = sum / n, deviation = std::sqrt(std::max(0.0, squares / n - mean * mean));
        std::printf("outlet-%zu-mean %.5f -\noutlet-%zu-deviation %.5f -\noutlet-%zu-steady %.5f -\n", o,
                    mean, o, deviation, o, ffr(steady.solution.outlet_flow[o]));
    }
}

}  // namespace

}  // namespace ctffr

int main(int argc, char** argv) {
    ctffr::wait_without_spinning(argv);
    try {
        ctffr::march(argc > 1 ? std::stoi(argv[1]) : 600, argc > 2 ? std::stod(argv[2]) : 2e-4);
        return 0;
    } catch (const ctffr::Error& error) {
        std::fprintf(stderr, "ctffr-unsteady-y: %s\n", error.what());
        return static_cast<int>(error.code());
    } catch (const std::exception& error) {
        std::fprintf(stderr, "usage: ctffr-unsteady-y [STEPS [STEP_S]] (%s)\n", error.what());
        return static_cast<int>(ctffr::ExitCode::usage);
    }
}
