// SPDX-License-Identifier: Apache-2.0
#include "ctffr/data/tree.hpp"

#include <gtest/gtest.h>

namespace ctffr {
namespace {

Branch straight(int id, int parent, Segment segment, Vec3 from, Vec3 to, int points = 11) {
    Branch branch;
    branch.id = id, branch.parent = parent, branch.segment = segment;
    for (int i = 0; i < points; ++i) {
        CenterlinePoint point;
        point.position_lps_mm = lerp(from, to, double(i) / (points - 1));
        point.radius_mm = 1.5;
        branch.points.push_back(point);
    }
    update_arc_and_tangents(branch);
    return branch;
}

CoronaryTree left_tree() {
    CoronaryTree tree;
    tree.branches = {straight(0, -1, Segment::lm, {0, 0, 0}, {10, 0, 0}),
                     straight(1, 0, Segment::p_lad, {10, 0, 0}, {30, 0, 0}),
                     straight(2, 0, Segment::p_cx, {10, 0, 0}, {10, 25, 0}),
                     straight(3, 1, Segment::m_lad, {30, 0, 0}, {60, 0, 0}),
                     straight(4, 1, Segment::d1, {30, 0, 0}, {30, -20, 0})};
    return tree;
}

TEST(CoronaryTree, ArcAndTangentsOfAStraightLine) {
    const Branch branch = straight(0, -1, Segment::lm, {0, 0, 0}, {0, 6, 8});
    EXPECT_NEAR(branch.length_mm(), 10, 1e-12);
    EXPECT_NEAR(branch.points[3].arc_mm, 3, 1e-12);
    EXPECT_NEAR(distance(branch.points[5].tangent, {0, 0.6, 0.8}), 0, 1e-12);
}

TEST(OpenTree, AnOcclusionCutsOffWhatLiesBeyond) {
    CoronaryTree tree = left_tree();
    EXPECT_TRUE(open_tree(tree).whole());
    tree.branches[3].flags.push_back({BranchFlag::Kind::occluded, 10, 14, ""});
    const OpenTree one = open_tree(tree);
    EXPECT_EQ(one.flows, (std::vector<bool>{true, true, true, false, true}));
    EXPECT_TRUE(one.reaches(3, 3));   // at 9 mm
    EXPECT_FALSE(one.reaches(3, 4));  // at 12 mm
    EXPECT_FALSE(one.reaches(3, 10));
    // At the end of a branch: both branches beyond.
    tree.branches[1].flags.push_back({BranchFlag::Kind::occluded, 19, 20, ""});
    const OpenTree two = open_tree(tree);
    EXPECT_EQ(two.flows, (std::vector<bool>{true, false, true, false, false}));
    EXPECT_EQ(two.points[1], 10u);
    EXPECT_EQ(two.points[4], 0u);
}

TEST(CoronaryTree, VesselsRunFromTheOstium) {
    const CoronaryTree tree = left_tree();
    EXPECT_TRUE(check(tree).empty());
    EXPECT_EQ(tree.path_to(3), (std::vector<int>{0, 1, 3}));
    const std::vector<Vessel> vessels = vessels_of(tree);
    ASSERT_EQ(vessels.size(), 3u);
    EXPECT_EQ(vessels[0].name, "LAD");
    EXPECT_EQ(vessels[0].branches, (std::vector<int>{0, 1, 3}));
    EXPECT_EQ(vessels[1].name, "LCX");
    EXPECT_EQ(vessels[2].name, "D1");
}

TEST(CoronaryTree, UnlabelledTreesGiveOneVesselPerLeaf) {
    CoronaryTree tree = left_tree();
    for (Branch& branch : tree.branches) branch.segment = Segment::unknown;
    EXPECT_EQ(vessels_of(tree).size(), 3u);
}

TEST(CoronaryTree, CheckNamesWhatIsBroken) {
    CoronaryTree tree = left_tree();
    tree.branches[1].points.front().position_lps_mm.z += 1;
    tree.branches[2].parent = 4;
    tree.branches[3].points[2].radius_mm = -1;
    const std::vector<std::string> broken = check(tree);
    ASSERT_GE(broken.size(), 3u);
    EXPECT_NE(broken[0].find("branch 1 does not start at the end of branch 0"), std::string::npos)
        << broken[0];
}

TEST(Segment, NamesGoBothWays) {
    for (int i = 0; i <= 18; ++i) {
        const auto segment = static_cast<Segment>(i);
        EXPECT_EQ(segment_from_name(segment_name(segment)), segment);
    }
    EXPECT_FALSE(segment_from_name("LADD").has_value());
}

}  // namespace
}  // namespace ctffr
