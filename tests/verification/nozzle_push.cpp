// SPDX-License-Identifier: Apache-2.0
// Whether the jet of the FDA nozzle at Re 500 is steady: the steady flow on the mesh of level 0.5 is pushed
// to one side behind the step and followed in time:
//   ctffr-nozzle-push [STEPS [STEP_S]]      1000 steps of 0.003 s
// Prints "FIGURE VALUE UNIT" lines. A few minutes on one core.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "ctffr/core/error.hpp"
#include "ctffr/parallel/process.hpp"
#include "flow/transient_solver.hpp"
#include "support/nozzle_case.hpp"

namespace ctffr::test {

namespace {

// Velocity along x behind the step, root of the mean square over the volume, m/s. Not 0 at rest: jets widen.
double sideways(const FlowMesh& mesh, const std::vector<double>& state) {
    double sum = 0, volume = 0;
    for (std::size_t i = 0; i < mesh.cell_volume.size(); ++i)
        if (mesh.cell_centre[i].z > 0)
            sum += mesh.cell_volume[i] * state[4 * i] * state[4 * i], volume += mesh.cell_volume[i];
    return std::sqrt(sum / volume);
}

void push(int steps, double step_s) {
    const FlowCase c = nozzle_case(0.5);
    const SteadyResult steady = c.solve();
    if (!steady.status.converged())
        throw Error(ExitCode::not_converged, "The steady flow ended as '{}' after {} iterations.",
                    reason_name(steady.status.reason), steady.status.iterations);
    std::vector<double> start = steady.state;
    for (std::size_t i = 0; i < c.mesh.cell_centre.size(); ++i) {
        const Vec3 x = c.mesh.cell_centre[i];
        if (x.z > 0 && x.z < 20e-3) start[4 * i] += 0.02 * std::exp(-(x.x * x.x + x.y * x.y) / 4e-6);
    }
    std::vector<TransientCondition> conditions;
    for (const FlowCondition& fixed : c.conditions) conditions.emplace_back().fixed = fixed;
    TransientOptions options;
    options.step = step_s, options.steps = steps;
    std::vector<double> history;
    options.observe = [&](const TransientMoment& m) { history.push_back(sideways(c.mesh, m.state)); };
    const TransientResult r = solve_transient(c.mesh, conditions, c.fluid, options, start, ctffr::Run{});
    if (!r.status.converged())
        throw Error(ExitCode::not_converged, "The march ended as '{}' after {} iterations.",
                    reason_name(r.status.reason), r.status.iterations);
    const auto peak = std::max_element(history.begin(), history.end());
    std::printf("sideways-steady %.3e m/s\nsideways-pushed %.3e m/s\nsideways-peak %.3e m/s\n",
                sideways(c.mesh, steady.state), sideways(c.mesh, start), *peak);
    std::printf("peak-after %.3f s\nsideways-end %.3e m/s\nend-after %.3f s\n",
                step_s * static_cast<double>(peak - history.begin() + 1), history.back(), step_s * steps);
}

}  // namespace

}  // namespace ctffr::test

int main(int argc, char** argv) {
    ctffr::wait_without_spinning(argv);
    try {
        ctffr::test::push(argc > 1 ? std::stoi(argv[1]) : 1000, argc > 2 ? std::stod(argv[2]) : 3e-3);
        return 0;
    } catch (const ctffr::Error& error) {
        std::fprintf(stderr, "ctffr-nozzle-push: %s\n", error.what());
        return static_cast<int>(error.code());
    } catch (const std::exception& error) {
        std::fprintf(stderr, "usage: ctffr-nozzle-push [STEPS [STEP_S]] (%s)\n", error.what());
        return static_cast<int>(ctffr::ExitCode::usage);
    }
}
