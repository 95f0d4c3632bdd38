// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <map>

#include <gtest/gtest.h>

#include "ctffr/parallel/exec.hpp"
#include "ctffr/stages/phantom.hpp"

namespace ctffr {
namespace {

// A whole patient on a grid so coarse that it takes a second or two.
PhantomOptions quick(std::uint64_t seed) {
    PhantomOptions options = phantom_preset("diseased");
    options.seed = seed;
    options.scanner.matrix = 96, options.scanner.slices = 72;
    options.scanner.noise_sd_hu = {20, 20};
    options.scanner.motion_chance = 1, options.scanner.slab_chance = 1;
    return options;
}

// Made once, on two threads, for all tests.
const Phantom& patient() {
    static const Phantom phantom = [] {
        set_threads(2);
        return run_phantom(quick(301), ctffr::Run{});
    }();
    return phantom;
}

TEST(PhantomStage, SameBitsOnOneAndTwoThreads) {
    const Phantom& two = patient();
    set_threads(1);
    const Phantom one = run_phantom(quick(301), ctffr::Run{});
    set_threads(2);
    EXPECT_EQ(one.volume.hu, two.volume.hu);
    EXPECT_EQ(one.truth.labels.labels, two.truth.labels.labels);
    EXPECT_EQ(one.config_toml, two.config_toml);
    ASSERT_EQ(one.truth.lumen.mesh.points_lps_mm.size(), two.truth.lumen.mesh.points_lps_mm.size());
    EXPECT_EQ(one.truth.lumen.mesh.points_lps_mm, two.truth.lumen.mesh.points_lps_mm);
    EXPECT_EQ(one.truth.tree.branches.size(), two.truth.tree.branches.size());
}

TEST(PhantomStage, VolumeAndTruthAreConsistent) {
    const Phantom& phantom = patient();
    EXPECT_TRUE(check(phantom.volume).empty());
    EXPECT_TRUE(check(phantom.truth.labels).empty());
    EXPECT_TRUE(check(phantom.truth.tree).empty());
    EXPECT_TRUE(check(phantom.truth.lumen).empty());
    EXPECT_EQ(open_edges(phantom.truth.lumen.mesh), 0);
    const ImageGeometry& grid = phantom.volume.geometry;
    EXPECT_EQ(grid.size, phantom.truth.labels.geometry.size);

    std::map<Label, double> volume_ml, mean_hu;
    const double voxel_ml = grid.spacing_mm.x * grid.spacing_mm.y * grid.spacing_mm.z / 1000;
    for (std::size_t n = 0; n < phantom.volume.hu.size(); ++n) {
        const auto label = static_cast<Label>(phantom.truth.labels.labels[n]);
        volume_ml[label] += voxel_ml;
        mean_hu[label] += voxel_ml * phantom.volume.hu[n];
    }
    for (auto& [label, sum] : mean_hu) sum /= volume_ml[label];
    EXPECT_NEAR(1.05 * volume_ml[Label::lv_myocardium], *phantom.patient.lv_mass_g,
                0.05 * *phantom.patient.lv_mass_g);
    EXPECT_GT(volume_ml[Label::lv_cavity], 60);
    EXPECT_GT(volume_ml[Label::left_atrium], 40);
    EXPECT_GT(volume_ml[Label::rv_cavity], 80);
    EXPECT_GT(mean_hu[Label::aorta], 300);
    EXPECT_GT(mean_hu[Label::lv_cavity], mean_hu[Label::lv_myocardium] + 150);
    EXPECT_GT(mean_hu[Label::lv_myocardium], 70);
    EXPECT_LT(mean_hu[Label::lv_myocardium], 160);
    for (const Ostium& ostium : phantom.truth.ostia)
        EXPECT_TRUE(grid.contains(grid.index_from_lps(ostium.position_lps_mm)));
    for (const Branch& branch : phantom.truth.tree.branches)
        for (const CenterlinePoint& point : branch.points)
            EXPECT_TRUE(grid.contains(grid.index_from_lps(point.position_lps_mm)));
    EXPECT_EQ(phantom.volume.acquisition.modality, "CT");
    EXPECT_GE(phantom.volume.acquisition.kvp, 80);
}

TEST(PhantomStage, CancelStopsIt) {
    const std::atomic<bool> cancel{true};
    ctffr::Run run;
    run.cancel = &cancel;
    EXPECT_THROW(run_phantom(quick(303), run), Error);
}

}  // namespace
}  // namespace ctffr
