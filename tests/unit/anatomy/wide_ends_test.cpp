// SPDX-License-Identifier: Apache-2.0
#include "anatomy/wide_ends.hpp"

#include <gtest/gtest.h>

namespace ctffr {
namespace {

using anatomy::flag_wide_ends;

TEST(WideEnds, AnArteryThatEndsWideIsNamed) {
    const auto tree_with_end = [](double radius_mm) {
        CoronaryTree tree;
        Branch branch;
        branch.id = 0, branch.segment = Segment::m_lad;
        for (int i = 0; i <= 80; ++i) {
            CenterlinePoint point;
            point.position_lps_mm = {0.5 * i, 0, 0}, point.arc_mm = 0.5 * i;
            point.radius_mm = 1.6 + (radius_mm - 1.6) * i / 80;
            branch.points.push_back(point);
        }
        tree.branches.push_back(branch);
        return tree;
    };
    CoronaryTree thin = tree_with_end(0.7), wide = tree_with_end(1.1);
    EXPECT_TRUE(flag_wide_ends(thin).empty());
    EXPECT_TRUE(thin.branches[0].flags.empty());
    const auto remarks = flag_wide_ends(wide);
    ASSERT_EQ(remarks.size(), 1u);
    EXPECT_TRUE(wide.branches[0].flags.empty());
    CoronaryTree lost = tree_with_end(1.5);
    EXPECT_EQ(flag_wide_ends(lost).size(), 1u);
    ASSERT_EQ(lost.branches[0].flags.size(), 1u);
    EXPECT_EQ(lost.branches[0].flags[0].kind, BranchFlag::Kind::truncated);
    EXPECT_EQ(lost.branches[0].flags[0].end_mm, 40);
    EXPECT_NE(remarks[0].find("mLAD (2."), std::string::npos);
    CoronaryTree unnamed = tree_with_end(1.1);
    unnamed.branches[0].segment = Segment::unknown;
    EXPECT_TRUE(flag_wide_ends(unnamed).empty());
}

}  // namespace
}  // namespace ctffr
