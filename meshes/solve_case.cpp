// SPDX-License-Identifier: Apache-2.0
// Our steady solver on a case that ctffr-foam-case also sets up for the peer:
//   ctffr-solve-case MESH MEAN_SPEED_M_S [--radius-mm R] [--device cpu|cuda] [--threads N] [--profile]
//   [--start uniform|potential] [--tolerance T] [--residual-drop D] [--pressure-tolerance T] [--mixing-depth
//   N]
// MESH and inflow as in meshes/case_inputs.hpp; blood of 1060 kg/m3 and 3.5 mPa s; outlets at pressure 0.
// Prints lines "FIGURE VALUE UNIT".
#include <chrono>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <string>

#include <sys/resource.h>

#include "ctffr/core/error.hpp"
#include "ctffr/core/units.hpp"
#include "ctffr/data/renumber.hpp"
#include "ctffr/parallel/exec.hpp"
#include "ctffr/parallel/process.hpp"
#include "ctffr/parallel/profiler.hpp"
#include "ctffr/stages/copy_bandwidth.hpp"
#include "flow/steady_solver.hpp"
#include "meshes/case_inputs.hpp"
#include "meshes/flow_figures.hpp"

namespace ctffr {

namespace {

double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

std::vector<FlowCondition> conditions_of(const FlowMesh& mesh, double mean_m_s, double radius_m,
                                         Vec3& mean_velocity) {
    std::vector<FlowCondition> conditions(mesh.patches.size());
    for (std::size_t q = 0; q < conditions.size(); ++q) {
        const FlowPatch& patch = mesh.patches[q];
        FlowCondition& condition = conditions[q];
        switch (patch.kind) {
            case FlowPatch::Kind::wall: break;
            case FlowPatch::Kind::symmetry: condition.kind = kernels::FvPatchKind::symmetry; break;
            case FlowPatch::Kind::outlet: condition.kind = kernels::FvPatchKind::pressure; break;
            case FlowPatch::Kind::inlet: {
                condition.kind = kernels::FvPatchKind::velocity;
                const Inflow inflow = parabola(mesh, patch, mean_m_s, radius_m);
                mean_velocity = mean_m_s * inflow.direction;
                for (double speed : inflow.speed_m_s)
                    for (int a = 0; a < 3; ++a)
                        condition.velocity.push_back(static_cast<float>(speed * inflow.direction[a]));
                break;
            }
        }
    }
    return conditions;
}

void solve(const std::string& mesh_text, double speed, double radius_m, const std::string& start,
           const SteadyOptions& options, Run& run) {
    const auto clock_start = std::chrono::steady_clock::now();
    const auto wall_seconds = [&] {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - clock_start).count();
    };
    FlowMesh mesh = mesh_of(mesh_text);
    renumber_cells(mesh);
    const double mesh_wall = wall_seconds(), mesh_cpu = cpu_seconds();
    Vec3 mean_velocity;
    const std::vector<FlowCondition> conditions = conditions_of(mesh, speed, radius_m, mean_velocity);
    std::vector<double> field;
    if (start == "uniform")
        for (Index i = 0; i < mesh.cells; ++i)
            field.insert(field.end(), {mean_velocity.x, mean_velocity.y, mean_velocity.z, 0.0});
    double first_wall = 0;  // when the first iteration is done
    run.progress_sink = [&](std::string_view, double) {
        if (first_wall == 0) first_wall = wall_seconds();
    };
    const SteadyResult result = solve_steady(mesh, conditions, Fluid{}, options, field, run);
    const double solve_wall = wall_seconds() - mesh_wall, solve_cpu = cpu_seconds() - mesh_cpu;
    if (!result.status.converged())
        throw Error(ExitCode::not_converged, "The solver ended as '{}' after {} iterations.",
                    reason_name(result.status.reason), result.status.iterations);
    std::printf("cells %lld -\nmesh-wall %.3f s\nsolve-wall %.3f s\nsolve-processor-time %.3f s\n",
                static_cast<long long>(mesh.cells), mesh_wall, solve_wall, solve_cpu);
    std::printf("solve-to-first-iteration-wall %.3f s\niterations %d -\n", first_wall - mesh_wall,
                result.status.iterations);
    for (std::size_t q = 0; q < conditions.size(); ++q) {
        if (mesh.patches[q].kind == FlowPatch::Kind::inlet)
            std::printf("inlet-pressure %.3f Pa\n", result.openings[q].pressure);
        if (mesh.patches[q].kind == FlowPatch::Kind::outlet)
            std::printf("flow-%s %.6g m3/s\n", mesh.patches[q].name.c_str(), result.openings[q].outflow);
        if (mesh.patches[q].kind != FlowPatch::Kind::inlet) continue;
        const double last = result.opening_history.back()[q].pressure;
        for (const double share : {0.01, 0.001, 0.0001}) {
            std::size_t k = result.opening_history.size();
            while (k > 0 &&
                   std::abs(result.opening_history[k - 1][q].pressure - last) < share * std::abs(last))
                --k;
            const double part = static_cast<double>(k + 1) / result.status.iterations;
            std::printf("iterations-to-%g%% %zu -\nprocessor-time-to-%g%% %.3f s\n", 100 * share, k + 1,
                        100 * share, part * solve_cpu);
        }
    }
    if (mesh_text.find("stenosis") != std::string::npos)  // along z, the throat at 3 mm
        std::printf("reattachment %.3f mm\n", 1e3 * reattachment(mesh, result.wall_shear, {}, 6e-3, 45e-3));
    std::printf("cell-imbalance %.2e -\n", result.cell_imbalance);
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    std::printf("peak-memory %.0f MB\n", static_cast<double>(usage.ru_maxrss) / 1024);
}

}  // namespace

}  // namespace ctffr

int main(int argc, char** argv) {
    ctffr::wait_without_spinning(argv);
    ctffr::return_freed_memory();
    using namespace ctffr;
    const auto option = [&](const char* name, const char* otherwise) {
        for (int i = 3; i + 1 < argc; ++i)
            if (std::string(argv[i]) == name) return std::string(argv[i + 1]);
        return std::string(otherwise);
    };
    if (argc < 3) {
        std::fprintf(
            stderr,
            "usage: ctffr-solve-case MESH MEAN_SPEED_M_S [--radius-mm R] [--device cpu|cuda] [--threads N] "
            "[--start uniform|potential] [--tolerance T] [--residual-drop D] [--pressure-tolerance T] "
            "[--mixing-depth N] [--profile]\n");
        return static_cast<int>(ExitCode::usage);
    }
    try {
        Run run;
        run.device = choose_device(option("--device", "cpu"));
        set_threads(std::stoi(option("--threads", "0")));
        Profiler profiler;
        const bool profile = std::string(argv[argc - 1]) == "--profile";
        if (profile) run.profiler = &profiler;
        SteadyOptions options;
        // Far enough for the last value to serve as the limit.
        options.tolerance = std::stod(option("--tolerance", "1e-5"));
        options.residual_drop = std::stod(option("--residual-drop", "1e-3"));
        options.pressure_tolerance = std::stod(option("--pressure-tolerance", "0.2"));
        options.mixing_depth = std::stoi(option("--mixing-depth", "6"));
        solve(argv[1], std::stod(argv[2]), m_per_mm * std::stod(option("--radius-mm", "0")),
              option("--start", "uniform"), options, run);
        if (profile) std::fputs(profiler.table(copy_bandwidth(run)).c_str(), stderr);
        return 0;
    } catch (const Error& error) {
        std::fprintf(stderr, "ctffr-solve-case: %s\n", error.what());
        return static_cast<int>(error.code());
    } catch (const std::exception& error) {
        std::fprintf(stderr, "ctffr-solve-case: %s\n", error.what());
        return static_cast<int>(ExitCode::usage);
    }
}
