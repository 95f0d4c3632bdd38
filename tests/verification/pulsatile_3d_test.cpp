// SPDX-License-Identifier: Apache-2.0
// A heart beat in 3-D on a small tree with a stenosis, against the beat of the network and the steady 3-D
// flow.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include <gtest/gtest.h>

#include "ctffr/stages/flow3d.hpp"
#include "ctffr/stages/mesh.hpp"
#include "ctffr/stages/pulsatile3d.hpp"
#include "support/round_lumen.hpp"

namespace ctffr {
namespace {

struct Patient {
    CoronaryTree tree;
    LumenSurface lumen;
    FlowProblem problem;
    FlowMesh mesh;
    SteadyFlow steady;
    FfrOutcome ffr;

    explicit Patient(CoronaryTree given) : tree(std::move(given)), lumen(test::round_lumen(tree)) {
        MeshOptions options;
        options.cells_per_diameter = 6;
        mesh = run_mesh(lumen, tree, options, {});
        problem = run_boundary(tree, lumen, {}, {}, {}, {});
        const FlowSolution reduced = run_solve_reduced(tree, lumen, problem, {}, {});
        steady = run_solve_steady(tree, lumen, mesh, {}, problem, reduced, {}, {});
        FfrOptions quick;
        quick.uncertainty_samples = 0;
        ffr = run_ffr(tree, lumen, problem, steady.solution, quick, {});
    }
    PulsatileFlow beat(const Beat3dOptions& options, const BeatOptions& network = {}) const {
        return run_pulsatile_3d(tree, lumen, mesh, problem, steady.solution, ffr.map.reference_radius_mm,
                                ffr.lesions, mesh.cell_centre, network, options, {});
    }
    PulsatileFlow network_beat(const BeatOptions& network = {}) const {
        return run_pulsatile(tree, lumen, problem, steady.solution, ffr.map.reference_radius_mm, network, {});
    }
};

TEST(Pulsatile3d, MeetsTheNetworksBeatAndTheSteadyFlow) {
    const Patient p(test::small_tree(0.35));
    const PulsatileFlow beat = p.beat({}), network = p.network_beat();
    ASSERT_TRUE(beat.converged()) << beat.status.note;
    ASSERT_TRUE(network.converged());
    ASSERT_EQ(beat.probes.size(), network.probes.size());
    EXPECT_GE(beat.time.size(), 200u);
    EXPECT_LE(beat.cycles, 3);  // it starts from the network's periodic beds
    EXPECT_LT(beat.status.mass_imbalance, 1e-8);
    for (std::size_t k = 0; k < beat.probes.size(); ++k) {
        const PulsatileProbe &a = beat.probes[k], &b = network.probes[k];
        std::printf(
            "%s %s: mean ratio %.4f (network %.4f, steady %.4f), flow %.1f (network %.1f) mm3/s, "
            "diastolic share %.3f (%.3f)\n",
            probe_kind_name(a.kind), a.name.c_str(), a.mean_pressure_ratio, b.mean_pressure_ratio,
            a.steady_ratio, 1e9 * a.mean_flow, 1e9 * b.mean_flow, a.diastolic_share, b.diastolic_share);
        // The network is fitted to this steady flow: what is left are unsteady jets and profiles. Pulsatile
        // FFR lies within 0.01 to 0.02 of the steady one (docs/theory/pulsatile-flow.md).
        EXPECT_NEAR(a.mean_pressure_ratio, b.mean_pressure_ratio, 0.01) << a.name;
        EXPECT_NEAR(a.mean_pressure_ratio, a.steady_ratio, 0.02) << a.name;
        EXPECT_NEAR(a.mean_flow / b.mean_flow, 1, 0.02) << a.name;
        EXPECT_NEAR(a.diastolic_share, b.diastolic_share, 0.02) << a.name;
    }
    const BeatWall& wall = beat.wall;
    ASSERT_EQ(wall.mean_shear.size(), p.lumen.mesh.points_lps_mm.size());
    double shear = 0, steady = 0, least = 1, most = 0;
    for (std::size_t n = 0; n < wall.mean_shear.size(); ++n) {
        shear += static_cast<double>(wall.mean_shear[n]);
        steady += static_cast<double>(p.steady.wall.shear[n]);
        least = std::min(least, static_cast<double>(wall.oscillation[n]));
        most = std::max(most, static_cast<double>(wall.oscillation[n]));
        EXPECT_TRUE(std::isfinite(wall.residence[n]));
    }
    ASSERT_EQ(beat.lesions.size(), p.ffr.lesions.size());
    ASSERT_FALSE(beat.lesions.empty());
    const BeatLesion& lesion = beat.lesions.front();
    std::printf(
        "%ld cells, %d beats, %d iterations, change %.1e, Courant %.0f, mass %.1e; TAWSS over steady shear "
        "%.3f; OSI %.3f to %.3f; lesion: TAWSS up to %.1f Pa, OSI below it up to %.3f\n",
        beat.cells, beat.cycles, beat.status.iterations, beat.status.residual, beat.largest_courant,
        beat.status.mass_imbalance, shear / steady, least, most, lesion.within.largest_shear,
        lesion.below.largest_oscillation);
    // Shear goes with the flow where it is developed and with its power 1.5 where boundary layers are thin.
    double linear = 0, thin = 0;
    const PulsatileProbe& inlet = beat.probes.front();
    for (double q : inlet.flow) {
        const double share = std::abs(q) / inlet.mean_flow / static_cast<double>(inlet.flow.size());
        linear += share, thin += share * std::sqrt(std::abs(q) / inlet.mean_flow);
    }
    std::printf("between %.3f and %.3f\n", linear, thin);
    EXPECT_GT(shear / steady, linear);
    EXPECT_LT(shear / steady, thin);
    EXPECT_GE(least, 0);
    EXPECT_LE(most, 0.5);
    EXPECT_GT(lesion.within.largest_shear, 2 * lesion.below.mean_shear);
    EXPECT_GT(lesion.below.largest_oscillation, lesion.within.mean_oscillation);
    ASSERT_EQ(beat.mean_field.pressure.size(), p.mesh.cell_centre.size());
}

TEST(Pulsatile3d, NoNumbersWithoutAgreementOrStart) {
    const Patient p(test::straight_tree(16, 1.5));
    Beat3dOptions options;
    options.steps = 50, options.max_cycles = 2, options.tolerance = 1e-13;
    const PulsatileFlow beat = p.beat(options);
    EXPECT_EQ(beat.status.reason, SolveStatus::Reason::max_iterations);
    EXPECT_NE(beat.status.note.find("not periodic"), std::string::npos) << beat.status.note;
    EXPECT_TRUE(beat.time.empty() && beat.probes.empty() && beat.wall.mean_shear.empty() &&
                beat.mean_pressure_ratio.empty() && beat.mean_field.pressure.empty());
    // A network without a steady solution: a state with a reason, not an error, for the steady FFR is there.
    BeatOptions network;
    network.network.max_iterations = 1, network.network.tolerance = 1e-14;
    for (const PulsatileFlow& none : {p.beat(options, network), p.network_beat(network)}) {
        EXPECT_FALSE(none.converged());
        EXPECT_NE(none.status.note.find("no start"), std::string::npos) << none.status.note;
        EXPECT_TRUE(none.time.empty() && none.probes.empty());
        EXPECT_GT(none.period, 0.3);  // what is known of the patient stays
    }
}

}  // namespace
}  // namespace ctffr
