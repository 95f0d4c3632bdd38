// SPDX-License-Identifier: Apache-2.0
// Names that a reader gives, and what is said of names that are in doubt.
#include "ctffr/stages/labels.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ctffr/core/error.hpp"
#include "support/small_tree.hpp"

namespace ctffr {
namespace {

using testing::HasSubstr;

std::string refusal(const LabelOptions& options, CoronaryTree tree = test::small_tree()) {
    try {
        apply_labels(parse_labels(options), tree);
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ExitCode::usage);
        return error.what();
    }
    return "accepted";
}

TEST(GivenLabels, NameBranchesByNumberAndByPoint) {
    CoronaryTree tree = test::small_tree();
    const Vec3 p = tree.branches[2].points[10].position_lps_mm + Vec3{0, 0, 1.5};
    const auto remarks =
        apply_labels(parse_labels({fmt::format(" 1 = D1 ;{},{}, {}=OM2;", p.x, p.y, p.z), "left"}), tree);
    EXPECT_EQ(tree.branches[0].segment, Segment::lm);
    EXPECT_EQ(tree.branches[1].segment, Segment::d1);
    EXPECT_EQ(tree.branches[1].label_confidence, 1);
    EXPECT_EQ(tree.branches[2].segment, Segment::om2);
    EXPECT_EQ(tree.dominance, Dominance::left);
    EXPECT_EQ(tree.dominance_confidence, 1);
    ASSERT_EQ(remarks.size(), 3u);
    EXPECT_THAT(remarks[0], HasSubstr("D1"));
    EXPECT_THAT(remarks[0], HasSubstr("pLAD"));
}

TEST(GivenLabels, NoneLeaveTheTreeAlone) {
    CoronaryTree tree = test::small_tree();
    EXPECT_TRUE(apply_labels(parse_labels({}), tree).empty());
    EXPECT_EQ(tree.branches[1].segment, Segment::p_lad);
    EXPECT_EQ(tree.dominance, Dominance::right);
}

TEST(GivenLabels, MistakesAreNamed) {
    EXPECT_THAT(refusal({"1=D7", ""}), HasSubstr("'D7'; the names are unknown, pRCA"));
    EXPECT_THAT(refusal({"one=D1", ""}), HasSubstr("'one=D1'; each entry is BRANCH=SEGMENT"));
    EXPECT_THAT(refusal({"1", ""}), HasSubstr("BRANCH=SEGMENT"));
    EXPECT_THAT(refusal({"1,2=D1", ""}), HasSubstr("BRANCH=SEGMENT"));
    EXPECT_THAT(refusal({"1,nan,2=D1", ""}), HasSubstr("BRANCH=SEGMENT"));
    EXPECT_THAT(refusal({"-1=D1", ""}), HasSubstr("BRANCH=SEGMENT"));
    EXPECT_THAT(refusal({"3=D1", ""}), HasSubstr("branch 3, but the tree has the branches 0 to 2"));
    EXPECT_THAT(refusal({"500,0,0=D1", ""}), HasSubstr("must be within 5 mm"));
    EXPECT_THAT(refusal({"", "both"}), HasSubstr("'both'; valid values are right, left, balanced"));
}

TEST(LabelRemarks, NameDoubtAndUnusualOrigins) {
    CoronaryTree tree = test::small_tree();
    for (Branch& branch : tree.branches) branch.label_confidence = 0.9;
    tree.dominance_confidence = 0.9;
    EXPECT_TRUE(remarks_on_labels(tree).empty());
    tree.branches[1].label_confidence = 0.5;
    tree.dominance_confidence = 0.55;
    ASSERT_EQ(remarks_on_labels(tree).size(), 2u);
    EXPECT_THAT(remarks_on_labels(tree)[0], HasSubstr("pLAD is uncertain (confidence 0.50)"));
    EXPECT_THAT(remarks_on_labels(tree)[1], HasSubstr("Dominance is taken as right"));
}

TEST(LabelRemarks, NameAMissingLeftMainAndOtherSides) {
    CoronaryTree tree;
    tree.dominance_confidence = 0.9;
    tree.branches.push_back(test::small_branch(0, -1, {0, 0, 0}, {1, 0, 0}, 20, 1.5, 1.2, 0));
    tree.branches.push_back(test::small_branch(1, -1, {0, 9, 0}, {0, 1, 0}, 20, 1.5, 1.2, 0));
    tree.branches[0].segment = Segment::p_lad, tree.branches[1].segment = Segment::p_cx;
    for (Branch& branch : tree.branches) branch.label_confidence = 0.9;
    ASSERT_EQ(remarks_on_labels(tree).size(), 1u);
    EXPECT_THAT(remarks_on_labels(tree)[0], HasSubstr("no left main"));
    tree.branches[1].side = Side::right;
    ASSERT_EQ(remarks_on_labels(tree).size(), 2u);
    EXPECT_THAT(remarks_on_labels(tree)[0],
                HasSubstr("left circumflex artery seems to arise from the right"));
}

TEST(LabelRemarks, NameASingleCoronary) {
    CoronaryTree tree = test::small_tree();
    for (Branch& branch : tree.branches) branch.label_confidence = 0.9;
    tree.dominance_confidence = 0.9;
    tree.branches[2].segment = Segment::p_rca;
    ASSERT_EQ(remarks_on_labels(tree).size(), 2u);
    EXPECT_THAT(remarks_on_labels(tree)[1], HasSubstr("one ostium"));
}

}  // namespace
}  // namespace ctffr
