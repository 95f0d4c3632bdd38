// SPDX-License-Identifier: Apache-2.0
// Detection of stenoses, plaque volumes and CAD-RADS of made-up results.
#include <gtest/gtest.h>

#include "ctffr/stages/evaluate.hpp"
#include "stages/evaluate_parts.hpp"

namespace ctffr {
namespace {

// A left system of two straight branches with a narrowing in the second.
EvaluationSide left_system() {
    EvaluationSide side;
    for (int b = 0; b < 2; ++b) {
        Branch branch;
        branch.id = b, branch.parent = b - 1;
        branch.segment = b == 0 ? Segment::lm : Segment::p_lad;
        for (int i = 0; i <= 40 + 40 * b; ++i) {
            CenterlinePoint point;
            point.position_lps_mm = {0.5 * i + 20 * b, 0, 0};
            point.radius_mm = b == 1 && i >= 36 && i <= 44 ? 0.8 : 1.6;
            branch.points.push_back(point);
        }
        update_arc_and_tangents(branch);
        side.tree.branches.push_back(branch);
        side.ffr.emplace_back(branch.points.size(), b == 0 ? 0.98 : 0.85);
    }
    Lesion lesion;
    lesion.segment = "pLAD", lesion.branch = 1, lesion.start_mm = 15, lesion.end_mm = 25;
    side.lesions.push_back(lesion);
    return side;
}

// Found and true lesions at the same place of the left system, with other stenoses.
Evaluation detection(double true_pct, double found_pct, double found_throat_mm = 20) {
    EvaluationSide truth = left_system(), found = left_system();
    Lesion& lesion = truth.lesions[0];
    lesion.throat_mm = 20, lesion.length_mm = 10, lesion.reference_diameter_mm = 3.2;
    found.lesions[0] = lesion;
    lesion.diameter_stenosis_pct = true_pct;
    found.lesions[0].diameter_stenosis_pct = found_pct, found.lesions[0].throat_mm = found_throat_mm;
    return run_evaluate(found, truth, {}, ctffr::Run{});
}

TEST(EvaluateFindings, StenosesAreCountedBothWays) {
    const DetectionFigures hit = detection(60, 55).detection;
    EXPECT_EQ(hit.significant, 1);
    EXPECT_EQ(hit.detected, 1);
    EXPECT_EQ(hit.found, 1);
    EXPECT_EQ(hit.right, 1);
    const DetectionFigures low = detection(52, 46).detection;
    EXPECT_EQ(low.detected, 0);
    EXPECT_EQ(low.nearly_detected, 1);
    EXPECT_EQ(low.found, 0);
    const DetectionFigures high = detection(46, 52).detection;
    EXPECT_EQ(high.significant, 0);
    EXPECT_EQ(high.right, 0);
    EXPECT_EQ(high.nearly_right, 1);
    const DetectionFigures away = detection(60, 55, 36).detection;
    EXPECT_EQ(away.detected, 0);
    EXPECT_EQ(away.found_nowhere, 1);
    EXPECT_NEAR(detection(60, 55).lesions[0].found_stenosis_pct, 55, 1e-9);
    EXPECT_FALSE(detection(60, 55, 36).lesions[0].listed);
}

TEST(EvaluateFindings, PlaqueGoesToTheTrueOneOrNowhere) {
    EvaluationSide truth = left_system(), found = left_system();
    truth.plaque = {{1, "mixed", 15, 25, 40, 200, 10}};
    PlaqueDeposit near, far;
    near.branch = far.branch = 1;
    near.start_mm = 16, near.end_mm = 24, near.measure.plaque = {5, 10, 15, 8};
    far.start_mm = 36, far.end_mm = 39, far.measure.plaque = {0, 3, 0, 0};
    found.plaque_report.deposits = {near, far};
    const Evaluation e = run_evaluate(found, truth, {}, ctffr::Run{});
    ASSERT_TRUE(e.plaque_compared);
    ASSERT_EQ(e.plaque.size(), 1u);
    EXPECT_EQ(e.plaque[0].true_mm3, 40);
    EXPECT_EQ(e.plaque[0].found_mm3, 38);
    EXPECT_EQ(e.plaque[0].found_calcified_mm3, 8);
    EXPECT_EQ(e.false_plaque_mm3, 3);
    // In a healthy patient all of it is false; without a word on plaque in the truth nothing is compared.
    truth.plaque.clear();
    const Evaluation healthy = run_evaluate(found, truth, {}, ctffr::Run{});
    EXPECT_TRUE(healthy.plaque_compared);
    EXPECT_EQ(healthy.false_plaque_mm3, 41);
    truth.plaque_report.why_not = "the truth lists no plaque";
    EXPECT_FALSE(run_evaluate(found, truth, {}, ctffr::Run{}).plaque_compared);
    EXPECT_EQ(evaluation::cad_rads_rank("4B"), 5);
    EXPECT_EQ(evaluation::cad_rads_rank("N"), -1);
}

}  // namespace
}  // namespace ctffr
