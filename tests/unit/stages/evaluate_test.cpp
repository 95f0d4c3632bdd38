// SPDX-License-Identifier: Apache-2.0
#include "ctffr/stages/evaluate.hpp"

#include <cmath>

#include <gtest/gtest.h>

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

TEST(Evaluate, ATreeAgainstItselfIsPerfect) {
    const EvaluationSide side = left_system();
    const Evaluation e = run_evaluate(side, side, {}, ctffr::Run{});
    EXPECT_EQ(e.left_ostium_mm, 0);
    EXPECT_EQ(e.right_ostium_mm, -1);
    ASSERT_FALSE(e.vessels.empty());
    EXPECT_EQ(e.vessels[0].name, "LAD");
    EXPECT_NEAR(e.vessels[0].overlap, 1, 1e-12);
    EXPECT_EQ(e.vessels[0].true_ffr, 0.85);
    EXPECT_EQ(e.vessels[0].found_ffr, 0.85);
    EXPECT_EQ(e.radius_mean_abs_mm, 0);
    EXPECT_EQ(e.false_positive_mm, 0);
    ASSERT_EQ(e.lesions.size(), 1u);
    EXPECT_EQ(e.lesions[0].true_mld_mm, 1.6);
    EXPECT_EQ(e.lesions[0].found_mld_mm, 1.6);
}

TEST(Evaluate, KnownErrorsComeOutAsPutIn) {
    const EvaluationSide truth = left_system();
    EvaluationSide found = truth;
    for (Branch& branch : found.tree.branches)
        for (CenterlinePoint& point : branch.points) {
            point.position_lps_mm.y += 0.3;
            point.radius_mm *= 1.05;
        }
    for (auto& values : found.ffr)
        for (double& v : values) v += 0.02;
    const Evaluation e = run_evaluate(found, truth, {}, ctffr::Run{});
    EXPECT_NEAR(e.left_ostium_mm, 0.3, 1e-12);
    EXPECT_NEAR(e.radius_bias_pct, 5, 1e-9);
    EXPECT_GT(e.radius_mean_abs_mm, 0.05 * 0.8);
    EXPECT_LT(e.radius_mean_abs_mm, 0.05 * 1.6);
    EXPECT_NEAR(e.lesions[0].found_mld_mm, 1.68, 1e-9);
    EXPECT_NEAR(e.vessels[0].found_ffr - e.vessels[0].true_ffr, 0.02, 1e-12);
    EXPECT_NEAR(e.vessels[0].inside_mm, 0.3, 0.02);
}

TEST(Evaluate, AMissingDistalHalfShowsInOverlapAndLesion) {
    const EvaluationSide truth = left_system();
    EvaluationSide found = truth;
    found.tree.branches[1].points.resize(20);  // ends 9.5 mm into the second branch, before the lesion
    found.ffr[1].resize(20);
    const Evaluation e = run_evaluate(found, truth, {}, ctffr::Run{});
    EXPECT_LT(e.vessels[0].overlap, 0.7);
    EXPECT_EQ(e.lesions[0].found_mld_mm, -1);
    EXPECT_EQ(e.vessels[0].found_ffr, 0.85);  // compared where the found vessel ends
    const std::string lines = evaluation_lines(e, "case");
    EXPECT_NE(lines.find("case lesion-0-pLAD-found-MLD -1.0000 mm - info"), std::string::npos) << lines;
}

}  // namespace
}  // namespace ctffr
