// SPDX-License-Identifier: Apache-2.0
#include "anatomy/segment_match.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "support/small_tree.hpp"

namespace ctffr {
namespace {

using anatomy::match_segments;
using anatomy::SegmentMatch;
using anatomy::SegmentScore;

SegmentScore score_of(const CoronaryTree& found, const CoronaryTree& truth) {
    SegmentScore score;
    for (const SegmentMatch& match : match_segments(found, truth)) score.add(match);
    return score;
}

// LM, LAD, LCX of 12, 22 and 18 mm.
TEST(SegmentMatch, TreeAgainstItselfIsPerfect) {
    const SegmentScore score = score_of(test::small_tree(), test::small_tree());
    EXPECT_EQ(score.in_truth, 3);
    EXPECT_EQ(score.in_found, 3);
    EXPECT_EQ(score.f1(), 1);
    EXPECT_EQ(score.named_f1(), 1);
}

TEST(SegmentMatch, WrongNameIsMissedAndFalse) {
    CoronaryTree found = test::small_tree();
    found.branches[2].segment = Segment::om1;
    const SegmentScore score = score_of(found, test::small_tree());
    EXPECT_EQ(score.in_truth, 3);
    EXPECT_EQ(score.recalled, 2);
    EXPECT_EQ(score.in_found, 3);
    EXPECT_EQ(score.precise, 2);
    EXPECT_NEAR(score.f1(), 2.0 / 3, 1e-12);
}

TEST(SegmentMatch, NoNameIsMissedButNotFalse) {
    CoronaryTree found = test::small_tree();
    found.branches[2].segment = Segment::unknown;
    const SegmentScore score = score_of(found, test::small_tree());
    EXPECT_NEAR(score.recall(), 2.0 / 3, 1e-12);
    EXPECT_EQ(score.precision(), 1);
}

TEST(SegmentMatch, BorderWithinTheToleranceIsNoError) {
    // The last 1.5 mm of the left main are called LAD: every true point has its own name within 2 mm.
    CoronaryTree found = test::small_tree();
    Branch &lm = found.branches[0], &lad = found.branches[1];
    lad.points.insert(lad.points.begin(), lm.points.end() - 4, lm.points.end() - 1);
    lm.points.resize(lm.points.size() - 3);
    update_arc_and_tangents(lm), update_arc_and_tangents(lad);
    for (const SegmentMatch& match : match_segments(found, test::small_tree()))
        EXPECT_NEAR(match.true_near_mm, match.true_mm, 1e-9) << segment_name(match.segment);
}

TEST(SegmentMatch, WhatWasNotReachedCountsForTheWholeScoreAlone) {
    // A third of the LAD was found, under its name.
    CoronaryTree found = test::small_tree();
    Branch& lad = found.branches[1];
    lad.points.resize(lad.points.size() / 3);
    const SegmentScore score = score_of(found, test::small_tree());
    EXPECT_EQ(score.recalled, 2);
    EXPECT_EQ(score.reached, 3);
    EXPECT_EQ(score.named, 3);
    EXPECT_EQ(score.named_f1(), 1);
}

TEST(SegmentMatch, ThinVesselsDoNotCountButNarrowingsDo) {
    CoronaryTree tree = test::small_tree(0.8);  // LAD down to 0.3 mm radius, and wide again
    for (CenterlinePoint& p : tree.branches[2].points) p.radius_mm = 0.7;
    const auto matches = match_segments(tree, tree);
    ASSERT_EQ(matches.size(), 2u);
    EXPECT_EQ(matches[1].segment, Segment::p_lad);
    EXPECT_NEAR(matches[1].true_mm, tree.branches[1].length_mm(), 1e-9);
}

TEST(SegmentMatch, NothingFoundHasNoPrecision) {
    const SegmentScore score = score_of({}, test::small_tree());
    EXPECT_EQ(score.recall(), 0);
    EXPECT_TRUE(std::isnan(score.precision()));
    EXPECT_TRUE(std::isnan(score.f1()));
}

}  // namespace
}  // namespace ctffr
