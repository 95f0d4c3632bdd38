// SPDX-License-Identifier: Apache-2.0
#include "anatomy/occlusions.hpp"

#include <gtest/gtest.h>

#include "support/coronary_fixture.hpp"

namespace ctffr {
namespace {

using anatomy::flag_occlusions;

// A pLAD of 20 mm that goes on into an mLAD and a D1, points every 0.5 mm.
CoronaryTree fork() {
    CoronaryTree tree;
    for (const auto& [id, parent, segment] :
         {std::tuple{0, -1, Segment::p_lad}, {1, 0, Segment::m_lad}, {2, 0, Segment::d1}}) {
        Branch branch;
        branch.id = id, branch.parent = parent, branch.segment = segment;
        for (int i = 0; i <= 40; ++i) {
            CenterlinePoint point;
            point.position_lps_mm = {0.5 * i + (parent < 0 ? 0 : 20), id == 2 ? 0.5 * i : 0.0, 0};
            point.arc_mm = 0.5 * i, point.radius_mm = 1.5;
            branch.points.push_back(point);
        }
        tree.branches.push_back(branch);
    }
    return tree;
}

void close(Branch& branch, double from_mm, double to_mm, double radius_mm = 0.12) {
    for (CenterlinePoint& p : branch.points)
        if (p.arc_mm >= from_mm && p.arc_mm <= to_mm) p.radius_mm = radius_mm;
}

TEST(Occlusions, AStretchWithoutLumenIsFlaggedFromEndToEnd) {
    CoronaryTree tree = fork();
    close(tree.branches[1], 5, 11);
    tree.branches[1].flags.push_back({BranchFlag::Kind::not_analysable, 6, 10, "no lumen can be seen here"});
    ASSERT_EQ(flag_occlusions(tree).size(), 1u);
    ASSERT_EQ(tree.branches[1].flags.size(), 1u);
    EXPECT_EQ(tree.branches[1].flags[0].kind, BranchFlag::Kind::occluded);
    EXPECT_EQ(tree.branches[1].flags[0].start_mm, 5);
    EXPECT_EQ(tree.branches[1].flags[0].end_mm, 11);
    EXPECT_TRUE(tree.branches[0].flags.empty());
    EXPECT_TRUE(tree.branches[2].flags.empty());
}

TEST(Occlusions, AShortTightNarrowingAndAThinEndAreNone) {
    CoronaryTree tree = fork();
    close(tree.branches[0], 5, 8.5);       // 3.5 mm
    close(tree.branches[1], 5, 12, 0.35);  // long, but with lumen
    close(tree.branches[2], 12, 20);       // nothing beyond
    EXPECT_TRUE(flag_occlusions(tree).empty());
}

TEST(Occlusions, AStretchThatRunsOverAForkCountsAsOne) {
    CoronaryTree tree = fork();
    close(tree.branches[0], 18, 20);
    close(tree.branches[1], 0, 2.5);
    // 4.5 mm into the mLAD; the 2 mm into the D1 alone would be none.
    EXPECT_EQ(flag_occlusions(tree).size(), 2u);
    EXPECT_EQ(tree.branches[0].flags.size(), 1u);
    EXPECT_EQ(tree.branches[1].flags.size(), 1u);
    EXPECT_TRUE(tree.branches[2].flags.empty());
    const OpenTree open = open_tree(tree);
    EXPECT_FALSE(open.flows[0] || open.flows[1] || open.flows[2]);
}

}  // namespace
}  // namespace ctffr
