// SPDX-License-Identifier: Apache-2.0
// The pressure equation of a mesh by itself, as the flow solver meets it:
//   ctffr-pressure-case MESH [--device cpu|cuda] [--threads N]
// MESH as in meshes/case_inputs.hpp; outlets at resistances, inlet at a fixed pressure. Conjugate gradients
// with one multigrid cycle to 1e-8 from a random right-hand side, and a cycle alone against the bytes that it
// must move and the copy bandwidth measured in the same run. Prints lines "FIGURE VALUE UNIT".
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <string>

#include "ctffr/core/error.hpp"
#include "ctffr/core/random.hpp"
#include "ctffr/linear/conjugate_gradient.hpp"
#include "ctffr/parallel/parallel.hpp"
#include "ctffr/parallel/process.hpp"
#include "ctffr/stages/copy_bandwidth.hpp"
#include "flow/fv_mesh.hpp"
#include "meshes/case_inputs.hpp"

namespace ctffr {

namespace {

double now_s() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

template <class Exec>
void solve(const Exec& plain, const FlowMesh& mesh, double bandwidth) {
    std::vector<FlowCondition> conditions(mesh.patches.size());
    for (std::size_t q = 0; q < conditions.size(); ++q) {
        if (mesh.patches[q].kind == FlowPatch::Kind::wall) continue;
        conditions[q].kind = kernels::FvPatchKind::pressure;
        if (mesh.patches[q].kind == FlowPatch::Kind::outlet) conditions[q].resistance = 5e9;
    }
    const FvTables tables(mesh, conditions);
    const FvMesh<Exec> fv(plain, tables, {3.5e-3f}, 1060);
    // Away from walls the flow solver's coefficient is the pseudo-time step over the density.
    const Array<float, Exec> coefficient(plain,
                                         std::vector<float>(static_cast<std::size_t>(mesh.cells), 1e-5f));
    std::vector<float> conductance;
    for (std::int32_t q : tables.pressure_patch) {
        const double r = conditions[static_cast<std::size_t>(q)].resistance;
        conductance.push_back(r > 0 ? static_cast<float>(1 / r) : -1.0f);
    }
    const Array<float, Exec> patch(plain, conductance);
    Array<float, Exec> value(plain, static_cast<Index>(tables.column.size())), diagonal(plain, tables.rows);
    kernels::fv_pressure_matrix<Exec>(plain, fv.view(), coefficient.view(), patch.view(), value.view(),
                                      diagonal.view());
    linear::RowGeometry place;
    place.centre = mesh.cell_centre;
    for (double v : mesh.cell_volume) place.size.push_back(std::cbrt(v));
    place.centre.resize(static_cast<std::size_t>(tables.rows));
    place.size.resize(static_cast<std::size_t>(tables.rows), 0);

    double start = now_s();
    linear::MultigridOptions options;
    options.coarsest_rows = 200;
    linear::Multigrid<Exec> multigrid(plain, {tables.row_start, tables.column}, value.to_host(),
                                      diagonal.to_host(), place, options);
    std::printf("rows %lld -\nset-up %.3f s\nlevels %d -\noperator-complexity %.3f -\n",
                static_cast<long long>(tables.rows), now_s() - start, multigrid.levels(),
                multigrid.operator_complexity());
    std::vector<float> right(static_cast<std::size_t>(tables.rows));
    for (std::size_t i = 0; i < right.size(); ++i) {
        const Philox4 bits = philox(1, 0, i);
        right[i] = static_cast<float>(uniform_from_bits(bits.v[0], bits.v[1]) - 0.5);
    }
    const Array<float, Exec> b(plain, right);

    // In double precision, as the residual of 1e-8 asks for.
    std::vector<double> wide(right.begin(), right.end());
    const std::vector<float> v = value.to_host(), d = diagonal.to_host();
    const Array<std::int32_t, Exec> row_start(plain, tables.row_start), column(plain, tables.column);
    const Array<double, Exec> value64(plain, std::vector<double>(v.begin(), v.end())),
        diagonal64(plain, std::vector<double>(d.begin(), d.end())), b64(plain, wide);
    Array<double, Exec> x64(plain, std::vector<double>(wide.size(), 0.0));
    linear::ConjugateGradient<Exec> cg(plain, tables.rows);
    start = now_s();
    const linear::LinearStatus status =
        cg.solve({tables.rows, row_start.view(), column.view(), value64.view(), diagonal64.view()}, multigrid,
                 b64.view(), x64.view(), 1e-8, 100);
    if (!status.converged()) throw Error(ExitCode::not_converged, "The pressure equation did not converge.");
    std::printf("iterations-to-1e-8 %d -\nsolve %.4f s\n", status.iterations, now_s() - start);

    constexpr int cycles = 20;
    const View<const float> first{b.data(), 1};
    const auto wait = [&] { (void)kernels::dot_product<Exec, float>(plain, first, first); };
    multigrid.apply(b.view());
    wait();
    start = now_s();
    for (int k = 0; k < cycles; ++k) multigrid.apply(b.view());
    wait();
    const double seconds = (now_s() - start) / cycles;

    // The bytes of a cycle, by a second hierarchy: a profile stops the clock, and the device, at every
    // launch.
    Profiler profiler;
    Exec counting = plain;
    counting.profiler = &profiler;
    linear::Multigrid<Exec> counted(counting, {tables.row_start, tables.column}, value.to_host(),
                                    diagonal.to_host(), place, options);
    const auto bytes_so_far = [&] {
        double bytes = 0;
        for (const auto& [name, entry] : profiler.entries()) bytes += entry.bytes;
        return bytes;
    };
    const double before = bytes_so_far();
    counted.apply(b.view());
    const double bytes = bytes_so_far() - before;
    std::printf(
        "cycle %.3f ms\ncycle-bytes %.1f B/row\ncycle-rate %.2f GB/s\ncopy %.2f GB/s\nof-copy %.1f %%\n",
        1e3 * seconds, bytes / static_cast<double>(tables.rows), bytes / seconds * 1e-9, bandwidth * 1e-9,
        100 * bytes / seconds / bandwidth);
}

}  // namespace

}  // namespace ctffr

int main(int argc, char** argv) {
    ctffr::wait_without_spinning(argv);
    using namespace ctffr;
    if (argc < 2) {
        std::fprintf(stderr, "usage: ctffr-pressure-case MESH [--device cpu|cuda] [--threads N]\n");
        return static_cast<int>(ExitCode::usage);
    }
    try {
        Run run;
        for (int i = 2; i + 1 < argc; i += 2) {
            if (std::string(argv[i]) == "--device") run.device = choose_device(argv[i + 1]);
            if (std::string(argv[i]) == "--threads") set_threads(std::stoi(argv[i + 1]));
        }
        const FlowMesh mesh = mesh_of(argv[1]);
        const double bandwidth = copy_bandwidth(run);
        on_device(run, [&](const auto& exec) { solve(exec, mesh, bandwidth); });
        return 0;
    } catch (const Error& error) {
        std::fprintf(stderr, "ctffr-pressure-case: %s\n", error.what());
        return static_cast<int>(error.code());
    } catch (const std::exception& error) {
        std::fprintf(stderr, "ctffr-pressure-case: %s\n", error.what());
        return static_cast<int>(ExitCode::usage);
    }
}
