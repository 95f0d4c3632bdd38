// SPDX-License-Identifier: Apache-2.0
// Which calcium of a scan is coronary, and which scans are refused.
#include <cmath>

#include <gtest/gtest.h>

#include "ctffr/core/error.hpp"
#include "ctffr/stages/plaque.hpp"

namespace ctffr {
namespace {

// A vessel of 40 mm along z, 2 mm wide, in a scan without contrast of 3 mm slices and pixels of 0.5 mm.
struct Scene {
    CoronaryTree tree;
    Volume scan;
    Segmentation heart;
    Acquisition cta;

    Scene() {
        Branch branch;
        branch.segment = Segment::p_lad;
        for (int i = 0; i <= 80; ++i) branch.points.push_back({{20, 20, 5 + 0.5 * i}, {0, 0, 1}, 0, 1.0});
        update_arc_and_tangents(branch);
        tree.branches.push_back(std::move(branch));
        scan.geometry.size = {80, 80, 18};
        scan.geometry.spacing_mm = {0.5, 0.5, 3};
        scan.hu.assign(static_cast<std::size_t>(scan.geometry.size.count()), 45);
        scan.acquisition.frame_of_reference_uid = cta.frame_of_reference_uid = "1.2.3";
        scan.acquisition.patient_id = cta.patient_id = "A";
        scan.acquisition.kvp = 120;
    }
    // A square of 2 x 2 mm centred at a place of the slice at z = 24 mm.
    void calcify(double x_mm, double y_mm, int hu) {
        for (int j = 0; j < 4; ++j)
            for (int i = 0; i < 4; ++i)
                scan.hu[static_cast<std::size_t>(scan.geometry.offset(
                    static_cast<int>(2 * x_mm) - 2 + i, static_cast<int>(2 * y_mm) - 2 + j, 8))] =
                    static_cast<std::int16_t>(hu);
    }
    CalciumScore score(const FindingOptions& options = {}) const {
        return run_calcium_score(scan, cta, heart, tree, options, Run{});
    }
    ExitCode refusal(const FindingOptions& options = {}) const {
        try {
            score(options);
        } catch (const Error& error) {
            return error.code();
        }
        return ExitCode::ok;
    }
};

TEST(CalciumScore, CountsTheArteryAndNothingElse) {
    Scene scene;
    scene.calcify(20, 22, 350);  // in the wall: 4 mm2 x 3
    scene.calcify(33, 20, 900);  // 13 mm away
    const CalciumScore score = scene.score();
    EXPECT_TRUE(score.measured);
    EXPECT_DOUBLE_EQ(score.agatston, 12);
    EXPECT_DOUBLE_EQ(score.volume_mm3, 12);
    ASSERT_EQ(score.vessels.size(), 4u);
    EXPECT_EQ(score.vessels[1].name, "LAD");
    EXPECT_DOUBLE_EQ(score.vessels[1].agatston, 12);
    EXPECT_DOUBLE_EQ(score.vessels[3].agatston, 0);
}

TEST(CalciumScore, CalciumOfTheAorticWallIsLeftOut) {
    Scene scene;
    scene.calcify(20, 22, 350);
    scene.heart.geometry = scene.scan.geometry;
    scene.heart.labels.assign(scene.scan.hu.size(), 0);
    EXPECT_DOUBLE_EQ(scene.score().agatston, 12);
    // The same voxels as part of the aorta.
    for (int j = 40; j < 50; ++j)
        for (int i = 30; i < 50; ++i)
            scene.heart.labels[static_cast<std::size_t>(scene.scan.geometry.offset(i, j, 8))] =
                static_cast<std::uint8_t>(Label::aorta);
    EXPECT_DOUBLE_EQ(scene.score().agatston, 0);
}

TEST(CalciumScore, NoCalciumIsAScoreOfZero) {
    const CalciumScore score = Scene().score();
    EXPECT_TRUE(score.measured);
    EXPECT_EQ(score.agatston, 0);
    EXPECT_EQ(score.regions, 0);
}

TEST(CalciumScore, UnnamedArteriesCountAsCoronary) {
    Scene scene;
    scene.calcify(20, 22, 150);
    scene.tree.branches[0].segment = Segment::unknown;
    const CalciumScore score = scene.score();
    EXPECT_DOUBLE_EQ(score.agatston, 4);
    EXPECT_EQ(score.vessels.back().name, "coronary");
}

TEST(CalciumScore, OtherFramesPatientsAndScansAreRefused) {
    Scene frame;
    frame.scan.acquisition.frame_of_reference_uid = "9.9";
    EXPECT_EQ(frame.refusal(), ExitCode::input_geometry);
    FindingOptions agrees;
    agrees.calcium_frame_agrees = true;
    EXPECT_EQ(frame.refusal(agrees), ExitCode::ok);
    EXPECT_NE(frame.score(agrees).restricted_by.find("user's word"), std::string::npos);

    Scene unknown;
    unknown.scan.acquisition.frame_of_reference_uid = unknown.cta.frame_of_reference_uid = "";
    EXPECT_EQ(unknown.refusal(), ExitCode::input_geometry);

    Scene patient;
    patient.scan.acquisition.patient_id = "B";
    EXPECT_EQ(patient.refusal(), ExitCode::input_ambiguous);

    Scene short_scan;
    short_scan.scan.geometry.origin_lps_mm.z = 20;
    EXPECT_EQ(short_scan.refusal(), ExitCode::input_geometry);

    Scene voltage;
    voltage.scan.acquisition.kvp = 80;
    EXPECT_EQ(voltage.refusal(), ExitCode::input_unsupported);

    Scene contrast;
    contrast.heart.geometry = contrast.scan.geometry;
    contrast.heart.labels.assign(contrast.scan.hu.size(), static_cast<std::uint8_t>(Label::aorta));
    std::fill(contrast.scan.hu.begin(), contrast.scan.hu.end(), std::int16_t{380});
    EXPECT_EQ(contrast.refusal(), ExitCode::input_not_ct);
}

}  // namespace
}  // namespace ctffr
