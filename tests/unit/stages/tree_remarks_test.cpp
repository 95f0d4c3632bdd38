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
    tree.branches.push_back(branch_of(2, Segment::p_cx));
    EXPECT_TRUE(remarks_on_tree(tree).empty());
}

TEST(RemarksOnTree, SpeakOfShortArteriesAndGapsThatAreStillThere) {
    CoronaryTree tree;
    tree.branches = {branch_of(0, Segment::p_lad), branch_of(1, Segment::p_cx), branch_of(2, Segment::p_rca)};
    tree.branches[0].side = tree.branches[1].side = Side::left, tree.branches[2].side = Side::right;
    for (Branch& b : tree.branches)
        for (const double x : {0.0, b.side == Side::left ? 81.0 : 30.0})
            b.points.push_back({{x, 10.0 * b.id, 0}, {}, x, 1.5});
    tree.branches[0].flags.push_back({BranchFlag::Kind::gap_bridged, 10, 13.5, ""});
    const auto remarks = remarks_on_tree(tree);
    ASSERT_EQ(remarks.size(), 2u);
    EXPECT_TRUE(any_with(remarks, "The right artery is 30 mm long")) << remarks[0];
    EXPECT_TRUE(any_with(remarks, "A gap of 3.5 mm")) << remarks[1];
    tree.branches[0].flags.clear();
    EXPECT_EQ(remarks_on_tree(tree).size(), 1u);
}

}  // namespace
}  // namespace ctffr
