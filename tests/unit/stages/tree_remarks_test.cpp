// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "ctffr/stages/centerline.hpp"

namespace ctffr {
namespace {

Branch branch_of(int id, Segment segment) {
    Branch branch;
    branch.id = id;
    branch.segment = segment;
    for (const double x : {0.0, 90.0}) branch.points.push_back({{x, 10.0 * id, 0}, {}, x, 1.5});
    return branch;
}

bool any_with(const std::vector<std::string>& remarks, const std::string& words) {
    return std::any_of(remarks.begin(), remarks.end(),
                       [&](const std::string& r) { return r.find(words) != std::string::npos; });
}

TEST(RemarksOnTree, NameTheArteryThatIsNotThere) {
    CoronaryTree tree;
    tree.branches = {branch_of(0, Segment::p_lad), branch_of(1, Segment::p_rca)};
    const auto remarks = remarks_on_tree(tree);
    ASSERT_EQ(remarks.size(), 1u);
    EXPECT_TRUE(any_with(remarks, "left circumflex")) << remarks[0];
    EXPECT_EQ(lost_main_arteries(tree), std::vector<std::string>{"left circumflex"});
    tree.branches.push_back(branch_of(2, Segment::p_cx));
    EXPECT_TRUE(remarks_on_tree(tree).empty());
    EXPECT_TRUE(lost_main_arteries(tree).empty());
}

TEST(RemarksOnTree, SpeakOfShortArteriesAndGapsThatAreStillThere) {
    CoronaryTree tree;
    tree.branches = {branch_of(0, Segment::p_lad), branch_of(1, Segment::p_cx), branch_of(2, Segment::p_rca)};
    tree.branches[0].side = tree.branches[1].side = Side::left, tree.branches[2].side = Side::right;
    for (Branch& b : tree.branches) b.points.back().arc_mm = b.side == Side::left ? 81 : 45;
    tree.branches[0].flags.push_back({BranchFlag::Kind::gap_bridged, 10, 13.5, ""});
    const auto remarks = remarks_on_tree(tree);
    ASSERT_EQ(remarks.size(), 2u);
    EXPECT_TRUE(any_with(remarks, "The right artery is 45 mm long")) << remarks[0];
    EXPECT_TRUE(any_with(remarks, "A gap of 3.5 mm")) << remarks[1];
    tree.branches[0].flags.clear();
    EXPECT_EQ(remarks_on_tree(tree).size(), 1u);
}

TEST(RemarksOnTree, AStumpOfAMainArteryIsALostArtery) {
    CoronaryTree tree;
    tree.branches = {branch_of(0, Segment::p_lad), branch_of(1, Segment::p_cx), branch_of(2, Segment::p_rca)};
    tree.branches[0].points.back().arc_mm = 14, tree.branches[2].points.back().arc_mm = 25;
    EXPECT_EQ(lost_main_arteries(tree),
              (std::vector<std::string>{"left anterior descending", "right coronary"}));
    EXPECT_TRUE(any_with(remarks_on_tree(tree), "Of the left anterior descending artery 14 mm"));
    // It goes on as mLAD; and a right artery is small where the left one is dominant.
    Branch on = branch_of(3, Segment::m_lad);
    on.parent = 0;
    tree.branches.push_back(on);
    tree.dominance = Dominance::left;
    EXPECT_TRUE(lost_main_arteries(tree).empty());
}

}  // namespace
}  // namespace ctffr
