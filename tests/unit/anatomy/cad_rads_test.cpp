// SPDX-License-Identifier: Apache-2.0
// Grades of made-up findings against the tables of CAD-RADS 2.0.
#include "anatomy/cad_rads.hpp"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "support/coronary_fixture.hpp"

namespace ctffr {
namespace {

Lesion lesion(Segment segment, double pct, double ffr = std::nan(""), double reference_mm = 3) {
    Lesion l;
    l.segment = segment_name(segment), l.vessel = "LAD";
    l.diameter_stenosis_pct = pct, l.reference_diameter_mm = reference_mm, l.ffr_20mm_distal = ffr;
    return l;
}

struct Case {
    CoronaryTree tree = test::make_fixture({}).tree;
    std::vector<Lesion> lesions;
    PlaqueReport plaque;
    std::optional<double> agatston;
    bool graft = false, exception = false;

    CadRads grade() const { return grade_cad_rads({tree, {}, lesions, plaque, agatston, graft, exception}); }
    void add_plaque(Segment segment) {
        PlaqueDeposit deposit;
        deposit.segment = segment, deposit.branch = std::max(0, test::branch_of(tree, segment));
        deposit.start_mm = 1, deposit.end_mm = 5;
        plaque.deposits.push_back(deposit);
    }
};

CadRads of(std::vector<Lesion> lesions) {
    Case c;
    c.lesions = std::move(lesions);
    return c.grade();
}

bool has(const CadRads& grade, const char* modifier) {
    return std::count(grade.modifiers.begin(), grade.modifiers.end(), modifier) > 0;
}

TEST(CadRads, CategoryFollowsTheWorstStenosis) {
    using enum Segment;
    EXPECT_EQ(of({}).category, "0");
    for (const auto& [pct, category] : {std::pair{10.0, "1"},
                                        {24.9, "1"},
                                        {25.0, "2"},
                                        {49.9, "2"},
                                        {50.0, "3"},
                                        {69.9, "3"},
                                        {70.0, "4A"},
                                        {99.0, "4A"},
                                        {100.0, "5"}})
        EXPECT_EQ(of({lesion(m_lad, pct), lesion(p_rca, 9)}).category, category) << pct;
}

TEST(CadRads, PlaqueWithoutStenosisIsOne) {
    Case c;
    c.add_plaque(Segment::p_lad);
    EXPECT_EQ(c.grade().category, "1");
    Case calcium;
    calcium.agatston = 12;
    EXPECT_EQ(calcium.grade().category, "1");
}

TEST(CadRads, LeftMainAndThreeVesselsAreFourB) {
    using enum Segment;
    EXPECT_EQ(of({lesion(lm, 50)}).category, "4B");
    EXPECT_EQ(of({lesion(lm, 49)}).category, "2");
    EXPECT_EQ(of({lesion(m_lad, 75), lesion(om1, 75)}).category, "4A");
    EXPECT_EQ(of({lesion(m_lad, 75), lesion(d1, 75), lesion(d_lad, 80)}).category, "4A");
    EXPECT_EQ(of({lesion(m_lad, 75), lesion(om1, 75), lesion(r_pda, 75)}).category, "4B");
    EXPECT_EQ(of({lesion(m_lad, 75), lesion(om1, 75), lesion(r_pda, 69)}).category, "4A");
}

TEST(CadRads, ThinSegmentsAreNotGraded) { EXPECT_EQ(of({lesion(Segment::d2, 80, 0.6, 1.4)}).category, "0"); }

TEST(CadRads, WhatCannotBeJudgedIsN) {
    Case c;
    const int branch = test::branch_of(c.tree, Segment::m_rca);
    c.tree.branches[static_cast<std::size_t>(branch)].flags.push_back(
        {BranchFlag::Kind::not_analysable, 4, 14, "motion"});
    EXPECT_EQ(c.grade().category, "N");
    c.lesions = {lesion(Segment::m_lad, 40)};
    EXPECT_EQ(c.grade().category, "N");
    c.lesions = {lesion(Segment::m_lad, 60)};
    EXPECT_EQ(c.grade().category, "3");
    EXPECT_TRUE(has(c.grade(), "N"));
    // Too short to hide a lesion; but what lies beyond a wide end may be long.
    BranchFlag& flag = c.tree.branches[static_cast<std::size_t>(branch)].flags.back();
    flag.end_mm = 7;
    EXPECT_FALSE(has(c.grade(), "N"));
    flag.kind = BranchFlag::Kind::truncated;
    EXPECT_TRUE(has(c.grade(), "N"));
}

TEST(CadRads, AnOcclusionIsFiveWhereItIsPlaqueAndElseNotJudged) {
    Case c;
    const int branch = test::branch_of(c.tree, Segment::m_lad);
    c.tree.branches[static_cast<std::size_t>(branch)].flags.push_back(
        {BranchFlag::Kind::occluded, 4, 14, "closed"});
    c.tree.branches[static_cast<std::size_t>(branch)].flags.push_back(
        {BranchFlag::Kind::gap_bridged, 5, 13, "bridged"});
    c.lesions = {lesion(Segment::m_lad, 100)};
    c.lesions[0].stretches = {{branch, 2, 15}};
    c.plaque.lesions.resize(1);
    c.plaque.lesions[0].measure.plaque.fibrous_mm3 = 60;
    EXPECT_EQ(c.grade().category, "5");
    EXPECT_FALSE(has(c.grade(), "N"));
    // No plaque in its wall: the course was lost there.
    c.plaque.lesions[0].measure.plaque.fibrous_mm3 = 0;
    EXPECT_EQ(c.grade().category, "N");
}

TEST(CadRads, AnArteryThatWasNotFoundIsN) {
    Case c;
    c.lesions = {lesion(Segment::m_lad, 30)};
    CadRadsInput input{c.tree, {}, c.lesions, c.plaque, {}};
    EXPECT_EQ(grade_cad_rads(input).category, "2");
    input.lost = {"left circumflex"};
    EXPECT_EQ(grade_cad_rads(input).category, "N");
    c.lesions[0].diameter_stenosis_pct = 80;
    EXPECT_EQ(grade_cad_rads(input).category, "4A");
    EXPECT_TRUE(has(grade_cad_rads(input), "N"));
}

TEST(CadRads, IschaemiaFollowsTheLowestFfrBelowALesion) {
    using enum Segment;
    EXPECT_TRUE(has(of({lesion(m_lad, 60, 0.75), lesion(p_rca, 30, 0.95)}), "I+"));
    EXPECT_TRUE(has(of({lesion(m_lad, 60, 0.754)}), "I+"));  // shown as 0.75
    EXPECT_TRUE(has(of({lesion(m_lad, 60, 0.76)}), "I+/-"));
    EXPECT_TRUE(has(of({lesion(m_lad, 60, 0.80)}), "I+/-"));
    EXPECT_TRUE(has(of({lesion(m_lad, 60, 0.81)}), "I-"));
    EXPECT_TRUE(of({lesion(m_lad, 60)}).modifiers.empty());  // nowhere to read it
}

TEST(CadRads, BurdenBySegmentsOrByCalcium) {
    using enum Segment;
    const Segment all[] = {lm, p_lad, m_lad, d_lad, d1, p_cx, om1, p_rca};
    const char* expected[] = {"P1", "P1", "P2", "P2", "P3", "P3", "P3", "P4"};
    Case c;
    for (int n = 0; n < 8; ++n) {
        c.add_plaque(all[n]);
        EXPECT_EQ(c.grade().segment_involvement, n + 1);
        EXPECT_EQ(c.grade().plaque_burden, expected[n]);
        EXPECT_EQ(c.grade().burden_by, "SIS");
    }
    for (const auto& [score, burden] : {std::pair{1.0, "P1"},
                                        {100.0, "P1"},
                                        {101.0, "P2"},
                                        {300.0, "P2"},
                                        {301.0, "P3"},
                                        {999.0, "P3"},
                                        {1000.0, "P4"}}) {
        c.agatston = score;
        EXPECT_EQ(c.grade().plaque_burden, burden) << score;
        EXPECT_EQ(c.grade().burden_by, "CACS");
    }
    c.agatston = 0;  // plaque without calcium
    EXPECT_EQ(c.grade().plaque_burden, "P4");
    EXPECT_TRUE(of({}).plaque_burden.empty());
}

TEST(CadRads, AMildNarrowingWithoutPlaqueIsNotGraded) {
    Case c;
    c.lesions = {lesion(Segment::m_lad, 49, 0.7), lesion(Segment::p_cx, 40, 0.85)};
    c.plaque.lesions.resize(2);
    c.plaque.lesions[1].measure.plaque.fibrous_mm3 = 10;
    EXPECT_EQ(c.grade().category, "2");
    EXPECT_TRUE(has(c.grade(), "I-"));
    EXPECT_EQ(c.grade().worst_segment, "pCx");
    // From 50 % on it counts without.
    c.lesions[0].diameter_stenosis_pct = 60;
    EXPECT_EQ(c.grade().category, "3");
    EXPECT_TRUE(has(c.grade(), "I+"));
    c.lesions[0].diameter_stenosis_pct = 49, c.lesions[1].diameter_stenosis_pct = 30;
    c.plaque.why_not = "No image.";  // not looked for
    EXPECT_EQ(c.grade().worst_stenosis_pct, 49);
}

TEST(CadRads, SegmentScores) {
    using enum Segment;
    Case c;
    c.lesions = {lesion(m_lad, 30), lesion(m_lad, 72), lesion(p_cx, 55)};
    c.add_plaque(p_lad), c.add_plaque(m_lad);
    EXPECT_EQ(c.grade().segment_involvement, 3);  // pLAD, mLAD, pCx
    EXPECT_EQ(c.grade().segment_stenosis, 1 + 3 + 2);
}

TEST(CadRads, AStentIsDiseaseThatWasTreated) {
    Case c;
    c.tree.branches[0].flags.push_back({BranchFlag::Kind::stent, 10, 13, "too short for a stent"});
    EXPECT_EQ(c.grade().text(), "CAD-RADS 0");
    c.tree.branches[0].flags.back().end_mm = 24;
    EXPECT_EQ(c.grade().text(), "CAD-RADS 1/P1/S");
    EXPECT_EQ(c.grade().segment_involvement, 1);
}

TEST(CadRads, ModifiersAndText) {
    Case c;
    c.lesions = {lesion(Segment::m_lad, 60, 0.7)};
    c.add_plaque(Segment::m_lad);
    c.plaque.deposits.back().risk = {true, true, false};
    c.tree.branches[0].flags.push_back({BranchFlag::Kind::stent, 0, 5, "a stent"});
    c.graft = true, c.exception = true;
    EXPECT_EQ(c.grade().text(), "CAD-RADS 3/P1/HRP/I+/S/G/E");
    c.plaque.deposits.back().risk = {true, false, false};  // one feature is not high risk
    EXPECT_FALSE(has(c.grade(), "HRP"));
}

}  // namespace
}  // namespace ctffr
