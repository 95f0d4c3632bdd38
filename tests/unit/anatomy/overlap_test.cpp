// SPDX-License-Identifier: Apache-2.0
// The measures of agreement on straight vessels where they can be worked out by hand.
#include "anatomy/overlap.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace ctffr::anatomy {
namespace {

// A vessel along z from z0 to z1 at x, with one radius.
Branch straight(int id, double x, double z0, double z1, double radius, Side side = Side::left) {
    Branch branch;
    branch.id = id, branch.side = side, branch.segment = side == Side::left ? Segment::p_lad : Segment::p_rca;
    const int n = static_cast<int>(std::lround((z1 - z0) / 0.5));
    for (int i = 0; i <= n; ++i) branch.points.push_back({{x, 0, z0 + 0.5 * i}, {}, 0, radius});
    update_arc_and_tangents(branch);
    return branch;
}

CoronaryTree tree_of(std::vector<Branch> branches) {
    CoronaryTree tree;
    tree.branches = std::move(branches);
    return tree;
}

TEST(CompareTrees, CountsHalfAVesselAsTwoThirds) {
    // 50 of 100 mm found, all of it right: (50 + 50) / (100 + 50).
    const auto result =
        compare_trees(tree_of({straight(0, 0, 0, 50, 1)}), tree_of({straight(0, 0, 0, 100, 1)}));
    const VesselOverlap* lad = result.vessel("LAD");
    ASSERT_NE(lad, nullptr);
    EXPECT_NEAR(lad->overlap, 2.0 / 3, 0.01);
    EXPECT_NEAR(lad->until_first_error, 0.5, 0.02);
    EXPECT_NEAR(lad->last_found_mm, 51, 0.5);
    EXPECT_NEAR(result.missed_relevant_mm, 49, 0.6);
    EXPECT_EQ(result.false_positive_mm, 0);
}

TEST(CompareTrees, UsesTheLocalRadiusAsTolerance) {
    const CoronaryTree truth = tree_of({straight(0, 0, 0, 40, 1)});
    const auto near = compare_trees(tree_of({straight(0, 0.8, 0, 40, 1)}), truth);
    EXPECT_NEAR(near.vessel("LAD")->overlap, 1, 0.01);
    EXPECT_NEAR(near.vessel("LAD")->inside_mm, 0.8, 0.02);
    const auto far = compare_trees(tree_of({straight(0, 1.4, 0, 40, 1)}), truth);
    EXPECT_EQ(far.vessel("LAD")->overlap, 0);
    EXPECT_NEAR(far.false_positive_fraction(), 1, 1e-9);
}

TEST(CompareTrees, LooksAtTheRelevantPartOnly) {
    CoronaryTree truth = tree_of({straight(0, 0, 0, 100, 1)});
    for (CenterlinePoint& p : truth.branches[0].points)
        if (p.arc_mm > 60) p.radius_mm = 0.5;
    const auto result = compare_trees(tree_of({straight(0, 0, 0, 60, 1)}), truth);
    EXPECT_NEAR(result.vessel("LAD")->relevant_length_mm, 60, 0.5);
    EXPECT_NEAR(result.vessel("LAD")->relevant_overlap, 1, 0.01);
    EXPECT_LT(result.vessel("LAD")->overlap, 0.8);
}

TEST(CompareTrees, MeasuresOstiaPerSide) {
    const auto result =
        compare_trees(tree_of({straight(0, 0, 1.5, 40, 1)}),
                      tree_of({straight(0, 0, 0, 40, 1), straight(1, 30, 0, 40, 1, Side::right)}));
    ASSERT_EQ(result.ostia.size(), 2u);
    EXPECT_NEAR(result.ostia[0].error_mm, 1.5, 1e-9);
    EXPECT_EQ(result.ostia[1].error_mm, std::numeric_limits<double>::infinity());
}

TEST(CompareTrees, TreeWideMeasuresCountEachStretchOnce) {
    // A trunk of 40 mm and two branches of 30 mm; the second is not found, and 10 mm of the found tree is
    // false.
    const auto fork = [&](bool second) {
        CoronaryTree tree = tree_of({straight(0, 0, 0, 40, 1), straight(1, 0, 40, 70, 1)});
        tree.branches[1].parent = 0;
        if (!second) return tree;
        Branch side = straight(2, 0, 40, 70, 1);
        for (CenterlinePoint& p : side.points) p.position_lps_mm.y = p.position_lps_mm.z - 40;
        update_arc_and_tangents(side);
        side.parent = 0;
        tree.branches.push_back(side);
        return tree;
    };
    const CoronaryTree truth = fork(true);
    const auto same = compare_trees(truth, truth);
    EXPECT_EQ(same.overlap, 1);
    EXPECT_EQ(same.relevant_overlap, 1);
    EXPECT_EQ(same.until_first_error, 1);
    EXPECT_EQ(same.inside_mm, 0);
    CoronaryTree found = fork(false);
    const double missing = 30 * std::sqrt(2.0);
    const auto half = compare_trees(found, truth);
    EXPECT_NEAR(half.overlap, (70 + 70) / (140 + missing), 0.02);
    EXPECT_NEAR(half.until_first_error, 70 / (70 + missing), 0.02);
    found.branches.push_back(straight(2, 30, 0, 10, 1));
    EXPECT_NEAR(compare_trees(found, truth).overlap, (70 + 70) / (150 + missing), 0.02);
    // A hole in the trunk: what is behind it is not reached, but found.
    for (CenterlinePoint& p : found.branches[0].points)
        if (p.arc_mm > 18 && p.arc_mm < 22) p.position_lps_mm.x += 3;
    const auto holed = compare_trees(found, truth);
    EXPECT_NEAR(holed.until_first_error, 18 / (70 + missing), 0.02);
    EXPECT_GT(holed.overlap, 0.6);
}

TEST(CompareTrees, TreeWideRelevantOverlapLeavesThinVesselsOut) {
    CoronaryTree truth = tree_of({straight(0, 0, 0, 100, 1)});
    for (CenterlinePoint& p : truth.branches[0].points)
        if (p.arc_mm > 60) p.radius_mm = 0.5;
    const auto result = compare_trees(tree_of({straight(0, 0, 0, 60, 1)}), truth);
    EXPECT_NEAR(result.relevant_overlap, 1, 0.01);
    EXPECT_NEAR(result.overlap, 120.0 / 160, 0.01);
}

TEST(CompareLabels, CountsMillimetresOfEqualName) {
    CoronaryTree truth = tree_of({straight(0, 0, 0, 40, 1)});
    CoronaryTree found = truth;
    EXPECT_NEAR(compare_labels(found, truth).fraction(), 1, 1e-9);
    found.branches[0].segment = Segment::m_lad;
    EXPECT_EQ(compare_labels(found, truth).segments_right, 0);
    EXPECT_EQ(compare_labels(found, truth).segments, 1);
}

}  // namespace
}  // namespace ctffr::anatomy
