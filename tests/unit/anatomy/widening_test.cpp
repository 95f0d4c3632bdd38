// SPDX-License-Identifier: Apache-2.0
#include "anatomy/widening.hpp"

#include <functional>

#include <gtest/gtest.h>

namespace ctffr::anatomy {
namespace {

Branch straight(int id, int parent, Vec3 from, double length_mm,
                const std::function<double(double)>& radius_mm) {
    Branch branch;
    branch.id = id, branch.parent = parent;
    for (double s = 0; s <= length_mm; s += 0.5) {
        CenterlinePoint point;
        point.position_lps_mm = from + Vec3{s, 0, 0};
        point.radius_mm = radius_mm(s);
        branch.points.push_back(point);
    }
    update_arc_and_tangents(branch);
    return branch;
}

TEST(CutWidening, LeavesATaperWithAStenosisAlone) {
    CoronaryTree tree;
    tree.branches = {
        straight(0, -1, {}, 100, [](double s) { return s > 40 && s < 52 ? 0.6 : 2.0 - 0.01 * s; })};
    EXPECT_TRUE(cut_widening(tree).empty());
    EXPECT_NEAR(tree.branches[0].length_mm(), 100, 1e-9);
}

TEST(CutWidening, CutsWhereAVesselRunsIntoAChamber) {
    CoronaryTree tree;
    tree.branches = {straight(0, -1, {}, 50, [](double) { return 1.6; }),
                     straight(1, 0, {50, 0, 0}, 40, [](double s) { return s < 20 ? 1.5 : 3.0; }),
                     straight(2, 1, {90, 0, 0}, 20, [](double) { return 3.0; }),
                     straight(3, 0, {50, 0, 0}, 30, [](double) { return 1.2; })};
    ASSERT_EQ(cut_widening(tree).size(), 1u);
    ASSERT_EQ(tree.branches.size(), 3u);  // the piece beyond the chamber is gone with it
    EXPECT_TRUE(check(tree).empty());
    // The cut may lie up to half the window before the widening: there the median ahead turns.
    EXPECT_GT(tree.branches[1].length_mm(), 16);
    EXPECT_LT(tree.branches[1].length_mm(), 20.5);
    EXPECT_EQ(tree.branches[2].parent, 0);
    EXPECT_NEAR(tree.branches[2].length_mm(), 30, 1e-9);
}

TEST(CutWidening, AWideOstiumDoesNotHideALeak) {
    CoronaryTree tree;
    tree.branches = {straight(0, -1, {}, 90, [](double s) { return s < 4 ? 4.0 : (s < 60 ? 1.6 : 2.9); })};
    EXPECT_EQ(cut_widening(tree).size(), 1u);
    EXPECT_LT(tree.branches[0].length_mm(), 60.5);
}

}  // namespace
}  // namespace ctffr::anatomy
