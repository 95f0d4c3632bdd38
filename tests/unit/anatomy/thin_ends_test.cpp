// SPDX-License-Identifier: Apache-2.0
#include "anatomy/thin_ends.hpp"

#include <functional>

#include <gtest/gtest.h>

namespace ctffr::anatomy {
namespace {

Branch straight(int id, int parent, Vec3 from, Vec3 to, const std::function<double(double)>& radius_mm) {
    Branch branch;
    branch.id = id, branch.parent = parent;
    const int steps = static_cast<int>(distance(from, to) / 0.5 + 0.5);
    for (int i = 0; i <= steps; ++i) {
        CenterlinePoint point;
        point.position_lps_mm = lerp(from, to, double(i) / steps);
        point.radius_mm = radius_mm(0.5 * i);
        branch.points.push_back(point);
    }
    update_arc_and_tangents(branch);
    return branch;
}

TEST(TrimThinEnds, CutsTipsAndDropsPathsWithoutLumen) {
    CoronaryTree tree;
    tree.branches = {straight(0, -1, {}, {30, 0, 0}, [](double) { return 1.5; }),
                     straight(1, 0, {30, 0, 0}, {60, 0, 0}, [](double s) { return s < 20 ? 1.2 : 0.3; }),
                     straight(2, 0, {30, 0, 0}, {30, 15, 0}, [](double) { return 0.2; }),
                     straight(3, 2, {30, 15, 0}, {30, 25, 0}, [](double) { return 0.2; }),
                     straight(4, 2, {30, 15, 0}, {40, 15, 0}, [](double) { return 0.2; })};
    const auto remarks = trim_thin_ends(tree);
    EXPECT_EQ(remarks.size(), 3u);
    ASSERT_EQ(tree.branches.size(), 2u);
    EXPECT_TRUE(check(tree).empty());
    EXPECT_NEAR(tree.branches[1].length_mm(), 19.5, 1e-9);
}

TEST(TrimThinEnds, NothingHangsInTheAirBeyondALostLumen) {
    CoronaryTree tree;
    tree.branches = {
        straight(0, -1, {}, {60, 0, 0}, [](double s) { return s < 40 ? 1.3 : (s < 43 ? 0.2 : 0.6); }),
        straight(1, -1, {0, 50, 0}, {60, 50, 0},
                 [](double s) { return s < 40 ? 1.3 : (s < 43 ? 0.2 : 0.9); })};
    EXPECT_TRUE(trim_thin_ends(tree).empty());
    EXPECT_NEAR(tree.branches[0].length_mm(), 39.5, 1e-9);
    EXPECT_NEAR(tree.branches[1].length_mm(), 60, 1e-9);  // filled again below an occlusion
}

TEST(TrimThinEnds, ATipThatFallsAtOnceEndsThereATaperDoesNot) {
    CoronaryTree tree;
    tree.branches = {straight(0, -1, {}, {60, 0, 0}, [](double s) { return s < 45 ? 1.2 : 0.6; }),
                     straight(1, -1, {0, 50, 0}, {60, 50, 0}, [](double s) { return 1.2 - 0.011 * s; })};
    EXPECT_TRUE(trim_thin_ends(tree).empty());
    EXPECT_NEAR(tree.branches[0].length_mm(), 44.5, 0.51);
    EXPECT_NEAR(tree.branches[1].length_mm(), 60, 1e-9);
}

TEST(TrimThinEnds, AStenosisAndARootStay) {
    CoronaryTree tree;
    tree.branches = {straight(0, -1, {}, {60, 0, 0}, [](double s) { return s > 30 && s < 35 ? 0.1 : 1.2; }),
                     straight(1, -1, {0, 50, 0}, {20, 50, 0}, [](double) { return 0.2; })};
    EXPECT_TRUE(trim_thin_ends(tree).empty());
    EXPECT_NEAR(tree.branches[0].length_mm(), 60, 1e-9);
    EXPECT_EQ(tree.branches.size(), 2u);
}

}  // namespace
}  // namespace ctffr::anatomy
