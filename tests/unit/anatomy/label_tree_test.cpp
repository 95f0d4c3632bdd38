// SPDX-License-Identifier: Apache-2.0
// SCCT names on trees drawn by hand: dominances, anomalies, what is missing and what does not belong.
#include "anatomy/label_tree.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/drawn_heart.hpp"

namespace ctffr {
namespace {

using test::Drawing;
using test::drawn_coronaries;

CoronaryTree named(const Drawing& drawing, const std::vector<std::string>& without = {}) {
    CoronaryTree tree = drawing.tree(without);
    EXPECT_TRUE(check(tree).empty()) << check(tree).front();
    anatomy::label_tree(tree, drawing.heart());
    EXPECT_TRUE(check(tree).empty()) << check(tree).front();
    for (const Branch& branch : tree.branches) {
        EXPECT_GE(branch.label_confidence, 0);
        EXPECT_LE(branch.label_confidence, 1);
    }
    return tree;
}

const Branch& branch_at(const CoronaryTree& tree, Vec3 p) {
    const Branch* best = nullptr;
    double best_mm = 1e9;
    for (const Branch& branch : tree.branches)
        for (const CenterlinePoint& point : branch.points)
            if (const double d = distance(point.position_lps_mm, p); d < best_mm) best_mm = d, best = &branch;
    EXPECT_LT(best_mm, 0.6);
    return *best;
}

// Name at an arc of a drawn vessel; negative: from its end.
std::string name_at(const CoronaryTree& tree, const Drawing& drawing, const std::string& vessel,
                    double arc_mm) {
    const int v = drawing.index(vessel);
    return std::string(segment_name(
        branch_at(tree, drawing.at(v, arc_mm < 0 ? drawing.length_mm(v) + arc_mm : arc_mm)).segment));
}

void expect_left(const CoronaryTree& tree, const Drawing& d) {
    EXPECT_EQ(name_at(tree, d, "LAD", 25), "pLAD");
    EXPECT_EQ(name_at(tree, d, "LAD", 50), "mLAD");
    EXPECT_EQ(name_at(tree, d, "LAD", -5), "dLAD");
    EXPECT_EQ(name_at(tree, d, "D1", 20), "D1");
    EXPECT_EQ(name_at(tree, d, "D2", 15), "D2");
    EXPECT_EQ(name_at(tree, d, "septal", 10), "unknown");
    EXPECT_EQ(name_at(tree, d, "LCX", 20), "pCx");
    EXPECT_EQ(name_at(tree, d, "LCX", 60), "LCx");
    EXPECT_EQ(name_at(tree, d, "OM1", 30), "OM1");
}

TEST(LabelTree, NamesRightDominance) {
    const Drawing d = drawn_coronaries(Dominance::right);
    const CoronaryTree tree = named(d);
    expect_left(tree, d);
    EXPECT_EQ(name_at(tree, d, "LAD", 5), "LM");
    EXPECT_EQ(name_at(tree, d, "RCA", 10), "pRCA");
    EXPECT_EQ(name_at(tree, d, "RCA", 45), "mRCA");
    EXPECT_EQ(name_at(tree, d, "RCA", 75), "dRCA");
    EXPECT_EQ(name_at(tree, d, "RCA", -15), "R-PLB");
    EXPECT_EQ(name_at(tree, d, "PDA", 25), "R-PDA");
    EXPECT_EQ(name_at(tree, d, "AM", 20), "unknown");
    EXPECT_EQ(tree.dominance, Dominance::right);
    EXPECT_GT(tree.dominance_confidence, 0.8);
}

TEST(LabelTree, NamesLeftDominance) {
    const Drawing d = drawn_coronaries(Dominance::left);
    const CoronaryTree tree = named(d);
    expect_left(tree, d);
    EXPECT_EQ(name_at(tree, d, "LCX", -15), "L-PDA");
    EXPECT_EQ(name_at(tree, d, "L-PLB", 20), "L-PLB");
    EXPECT_EQ(tree.dominance, Dominance::left);
}

TEST(LabelTree, NamesBalancedDominance) {
    const Drawing d = drawn_coronaries(Dominance::balanced);
    const CoronaryTree tree = named(d);
    expect_left(tree, d);
    EXPECT_EQ(name_at(tree, d, "L-PLB", 20), "L-PLB");
    EXPECT_EQ(name_at(tree, d, "RCA", -15), "R-PDA");
    EXPECT_EQ(tree.dominance, Dominance::balanced);
}

TEST(LabelTree, MirroredHeartHasTheSameNames) {
    for (const Dominance dominance : {Dominance::right, Dominance::left, Dominance::balanced}) {
        const Drawing plain = drawn_coronaries(dominance), mirrored = drawn_coronaries(dominance, true);
        const CoronaryTree a = named(plain), b = named(mirrored);
        ASSERT_EQ(a.branches.size(), b.branches.size());
        EXPECT_EQ(a.dominance, b.dominance);
        for (std::size_t i = 0; i < a.branches.size(); ++i)
            EXPECT_EQ(a.branches[i].segment, b.branches[i].segment) << i;
    }
}

TEST(LabelTree, SidesThatWereTakenForEachOtherDoNotMatter) {
    const Drawing d = drawn_coronaries(Dominance::right);
    CoronaryTree tree = d.tree();
    for (Branch& branch : tree.branches) branch.side = branch.side == Side::left ? Side::right : Side::left;
    anatomy::label_tree(tree, d.heart());
    EXPECT_EQ(name_at(tree, d, "LAD", 50), "mLAD");
    EXPECT_EQ(name_at(tree, d, "LCX", 20), "pCx");
    EXPECT_EQ(name_at(tree, d, "RCA", 45), "mRCA");
}

TEST(LabelTree, AbsentLeftMainGivesNoLm) {
    const Drawing d = drawn_coronaries(Dominance::right, false, false);
    const CoronaryTree tree = named(d);
    EXPECT_EQ(name_at(tree, d, "LAD", 5), "pLAD");
    EXPECT_EQ(name_at(tree, d, "LCX", 5), "pCx");
    EXPECT_TRUE(std::none_of(tree.branches.begin(), tree.branches.end(),
                             [](const Branch& b) { return b.segment == Segment::lm; }));
}

TEST(LabelTree, CircumflexFromTheRightSinusIsRecognised) {
    Drawing d = drawn_coronaries(Dominance::right, false, false);
    d.vessel("LCX").side = Side::right;
    for (const char* child : {"OM1"}) d.vessel(child).side = Side::right;
    const CoronaryTree tree = named(d);
    EXPECT_EQ(name_at(tree, d, "LCX", 20), "pCx");
    EXPECT_EQ(name_at(tree, d, "LAD", 25), "pLAD");
    EXPECT_EQ(name_at(tree, d, "RCA", 10), "pRCA");
}

TEST(LabelTree, SingleCoronaryIsReadFromOneTrunk) {
    // The RCA leaves the left main and runs to its groove in front of the aorta.
    Drawing d;
    const std::vector<test::Place> lad = test::sweep({6, 114, 40}, {80, 58, 22});
    d.add({"LAD", -1, 0, Side::left, test::joined({{-4, 100, 30}, {2, 116, 38}}, lad), 2.2, 0.8});
    d.add({"LCX", 0, 11.5, Side::left, test::sweep({2, 124, 42}, {0, 242, 44}), 1.7, 0.8});
    d.add({"RCA", 0, 6, Side::left, test::sweep({-2, 96, 38}, {0, -70, 46}), 1.8, 1.0});
    const CoronaryTree tree = named(d);
    EXPECT_EQ(name_at(tree, d, "LAD", 3), "LM");
    EXPECT_EQ(name_at(tree, d, "LAD", 25), "pLAD");
    EXPECT_EQ(name_at(tree, d, "LCX", 15), "pCx");
    EXPECT_EQ(name_at(tree, d, "RCA", 15), "pRCA");
}

TEST(LabelTree, RamusLeavesTheEndOfTheLeftMain) {
    Drawing d = drawn_coronaries(Dominance::right);
    d.add({"RI", 0, 11.5, Side::left, {{20, 150, 42}, {45, 155, 36}, {60, 158, 28}}, 1.1, 0.7});
    const CoronaryTree tree = named(d);
    EXPECT_EQ(name_at(tree, d, "RI", 20), "RI");
    expect_left(tree, d);
}

TEST(LabelTree, MissingBranchesLeaveTheOthersTheirNames) {
    const Drawing d = drawn_coronaries(Dominance::right);
    for (const char* lost : {"D2", "OM1", "AM", "septal"}) {
        const CoronaryTree tree = named(d, {lost});
        for (const auto& [vessel, segment] :
             {std::pair{"D1", "D1"}, {"D2", "D2"}, {"OM1", "OM1"}, {"PDA", "R-PDA"}})
            if (std::string(vessel) != lost)
                EXPECT_EQ(name_at(tree, d, vessel, 20), segment) << "without " << lost;
        EXPECT_EQ(name_at(tree, d, "LAD", -5), "dLAD") << "without " << lost;
    }
    // The first diagonal that is there is D1, and ends pLAD.
    const CoronaryTree tree = named(d, {"D1"});
    EXPECT_EQ(name_at(tree, d, "D2", 15), "D1");
    EXPECT_EQ(name_at(tree, d, "LAD", 50), "pLAD");
}

TEST(LabelTree, ArteryThatWasNotFoundIsNotInvented) {
    const Drawing d = drawn_coronaries(Dominance::right);
    const CoronaryTree tree = named(d, {"RCA"});
    for (const Branch& b : tree.branches) {
        EXPECT_NE(b.segment, Segment::p_rca);
        EXPECT_NE(b.segment, Segment::r_pda);
    }
    EXPECT_EQ(name_at(tree, d, "LCX", 20), "pCx");
    EXPECT_NE(tree.dominance, Dominance::left);  // the LCX ends before the crux
}

TEST(LabelTree, FalseBranchStaysNameless) {
    Drawing d = drawn_coronaries(Dominance::right);
    // Into the right ventricle from the LAD, and back towards the base from the LCX (an atrial branch).
    d.add({"false", 0, 48, Side::left, {{32, 40, 44}, {30, 10, 48}}, 0.9, 0.8});
    d.add({"atrial", 1, 30, Side::left, {{-14, 170, 44}, {-28, 172, 40}}, 0.9, 0.7});
    const CoronaryTree tree = named(d);
    EXPECT_EQ(name_at(tree, d, "false", 20), "unknown");
    EXPECT_EQ(name_at(tree, d, "atrial", 15), "unknown");
    expect_left(tree, d);
}

TEST(LabelTree, OccludedArteryKeepsTheNameOfItsStump) {
    Drawing cut;
    cut.add({"LAD", -1, 0, Side::left, {{-4, 100, 30}, {2, 116, 38}, {6, 114, 40}, {22, 102, 38}}, 2.0, 1.6});
    cut.add({"LCX", 0, 11.5, Side::left, test::sweep({2, 124, 42}, {0, 242, 44}), 1.7, 0.8});
    const CoronaryTree tree = named(cut);
    EXPECT_EQ(name_at(tree, cut, "LAD", 20), "pLAD");
    EXPECT_EQ(name_at(tree, cut, "LCX", 20), "pCx");
}

TEST(LabelTree, DoubtIsStated) {
    // A second diagonal that is hardly wide enough for a name.
    const Drawing d = drawn_coronaries(Dominance::right);
    const CoronaryTree sure = named(d);
    Drawing odd = drawn_coronaries(Dominance::right);
    odd.vessel("D2").start_radius_mm = 0.62, odd.vessel("D2").end_radius_mm = 0.6;
    const CoronaryTree unsure = named(odd);
    const auto confidence = [](const CoronaryTree& tree, const Drawing& drawing) {
        return branch_at(tree, drawing.at(drawing.index("D2"), 15)).label_confidence;
    };
    EXPECT_GT(confidence(sure, d), 0.8);
    EXPECT_LT(confidence(unsure, odd), confidence(sure, d) - 0.1);
}

TEST(LabelTree, SameTreeSameBits) {
    const Drawing d = drawn_coronaries(Dominance::left);
    const CoronaryTree a = named(d), b = named(d);
    ASSERT_EQ(a.branches.size(), b.branches.size());
    EXPECT_EQ(a.dominance_confidence, b.dominance_confidence);
    for (std::size_t i = 0; i < a.branches.size(); ++i) {
        EXPECT_EQ(a.branches[i].segment, b.branches[i].segment);
        EXPECT_EQ(a.branches[i].label_confidence, b.branches[i].label_confidence);
    }
}

}  // namespace
}  // namespace ctffr
