// SPDX-License-Identifier: Apache-2.0
// Found, missed, misnamed and false segments of straight vessels.
#include "anatomy/segment_detection.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace ctffr::anatomy {
namespace {

Branch straight(int id, Segment segment, double x, double length, double radius) {
    Branch branch;
    branch.id = id, branch.segment = segment;
    const int n = static_cast<int>(std::lround(length / 0.5));
    for (int i = 0; i <= n; ++i) branch.points.push_back({{x, 0, 0.5 * i}, {}, 0, radius});
    update_arc_and_tangents(branch);
    return branch;
}

const SegmentDetection* entry(const std::vector<SegmentDetection>& all, Segment segment) {
    for (const SegmentDetection& one : all)
        if (one.segment == segment) return &one;
    return nullptr;
}

TEST(DetectSegments, TellsFoundFromMissedFromFalse) {
    CoronaryTree truth;
    truth.branches = {straight(0, Segment::p_lad, 0, 40, 1.5), straight(1, Segment::p_cx, 20, 40, 1.5),
                      straight(2, Segment::d1, 40, 40, 1.0),   straight(3, Segment::om1, 60, 40, 0.5),
                      straight(4, Segment::d2, 80, 4, 1.0),    straight(5, Segment::unknown, 100, 40, 1.0)};
    CoronaryTree found;
    found.branches = {straight(0, Segment::p_lad, 0.5, 40, 1.5),   // found and named
                      straight(1, Segment::m_lad, 20.5, 24, 1.5),  // most of pCx, under another name
                      straight(2, Segment::d1, 40, 15, 1.0),       // less than half
                      straight(3, Segment::ramus, 150, 20, 1.0),   // nothing is there
                      straight(4, Segment::ramus, 160, 4, 1.0)};   // too short to count
    const auto all = detect_segments(found, truth);
    ASSERT_NE(entry(all, Segment::p_lad), nullptr);
    EXPECT_TRUE(entry(all, Segment::p_lad)->named());
    EXPECT_NEAR(entry(all, Segment::p_lad)->true_mm, 40, 1e-9);
    EXPECT_TRUE(entry(all, Segment::p_cx)->found());
    EXPECT_FALSE(entry(all, Segment::p_cx)->named());
    EXPECT_NEAR(entry(all, Segment::p_cx)->covered_mm, 25, 1.1);
    EXPECT_TRUE(entry(all, Segment::d1)->missed());
    EXPECT_EQ(entry(all, Segment::om1), nullptr);  // too thin to be relevant
    EXPECT_EQ(entry(all, Segment::d2), nullptr);   // too short
    EXPECT_EQ(entry(all, Segment::unknown), nullptr);
    ASSERT_NE(entry(all, Segment::ramus), nullptr);
    EXPECT_EQ(entry(all, Segment::ramus)->false_branches, 1);
    EXPECT_FALSE(entry(all, Segment::ramus)->missed());
    EXPECT_NEAR(entry(all, Segment::ramus)->false_mm, 20, 1e-9);
}

TEST(DetectSegments, ATreeAgainstItselfMissesNothing) {
    CoronaryTree tree;
    tree.branches = {straight(0, Segment::p_rca, 0, 30, 2), straight(1, Segment::m_rca, 20, 30, 1.8)};
    for (const SegmentDetection& one : detect_segments(tree, tree)) {
        EXPECT_TRUE(one.named());
        EXPECT_EQ(one.covered_mm, one.true_mm);
        EXPECT_EQ(one.false_branches, 0);
    }
}

}  // namespace
}  // namespace ctffr::anatomy
