// SPDX-License-Identifier: Apache-2.0
// SCCT names on the exact trees of virtual patients: labels taken off, named again, compared.
#include <cmath>
#include <string>

#include <gtest/gtest.h>

#include "anatomy/overlap.hpp"
#include "ctffr/stages/centerline.hpp"
#include "ctffr/stages/phantom.hpp"
#include "phantom/coronaries.hpp"
#include "phantom/patient.hpp"

namespace ctffr {
namespace {

struct Patient {
    CoronaryTree truth;
    HeartFrame heart;
};

Patient patient(std::uint64_t seed) {
    PhantomOptions options = phantom_preset("diseased");
    options.seed = seed;
    const auto body = phantom::draw_patient(options).body;
    const phantom::HeartAnatomy anatomy(body, seed);
    return {phantom::make_coronaries(anatomy, options, body, 420, {}).tree, anatomy.frame()};
}

CoronaryTree without_labels(CoronaryTree tree) {
    for (Branch& branch : tree.branches) branch.segment = Segment::unknown, branch.label_confidence = 0;
    tree.dominance = Dominance::unknown;
    return tree;
}

TEST(LabelSegments, NamesMainSegmentsAndDominanceOfManyPatients) {
    // Enough patients for the rare dominances: about 13 % are left or balanced.
    constexpr int patients = 40;
    int right = 0, all = 0, dominance = 0, without_heart = 0;
    for (int seed = 1; seed <= patients; ++seed) {
        const Patient p = patient(static_cast<std::uint64_t>(seed));
        CoronaryTree named = without_labels(p.truth);
        label_segments(named, p.heart);
        EXPECT_TRUE(check(named).empty()) << "seed " << seed << ": " << check(named).front();
        const auto agreement = anatomy::compare_labels(named, p.truth);
        right += agreement.segments_right, all += agreement.segments, dominance += agreement.dominance_right;
        HeartFrame unknown = p.heart;
        unknown.lv_found = false;
        CoronaryTree blind = without_labels(p.truth);
        label_segments(blind, unknown);
        without_heart += anatomy::compare_labels(blind, p.truth).segments_right;
    }
    EXPECT_GE(right, 0.9 * all);
    EXPECT_GE(without_heart, 0.9 * all);
    EXPECT_GE(dominance, 0.97 * patients);
}

TEST(LabelSegments, KeepsTheCenterlinesAndFlags) {
    const Patient p = patient(1);
    CoronaryTree named = without_labels(p.truth);
    named.branches[0].flags.push_back({BranchFlag::Kind::calcified, 0.5, 2.0, "test"});
    label_segments(named, p.heart);
    double before = 0, after = 0;
    int flags = 0;
    for (const Branch& b : p.truth.branches) before += b.length_mm();
    for (const Branch& b : named.branches) {
        after += b.length_mm();
        for (const BranchFlag& f : b.flags) flags += f.reason == "test" ? 1 : 0;
    }
    EXPECT_NEAR(after, before, 1e-6 * before);
    EXPECT_GE(flags, 1);
}

TEST(LabelSegments, GivesTheSameNamesAgain) {
    CoronaryTree named = without_labels(patient(3).truth);
    const HeartFrame heart = patient(3).heart;
    label_segments(named, heart);
    CoronaryTree again = named;
    label_segments(again, heart);
    ASSERT_EQ(again.branches.size(), named.branches.size());
    for (std::size_t b = 0; b < named.branches.size(); ++b)
        EXPECT_EQ(again.branches[b].segment, named.branches[b].segment);
}

TEST(LabelSegments, LeavesAnEmptyTreeAlone) {
    CoronaryTree tree;
    label_segments(tree, {});
    EXPECT_TRUE(tree.branches.empty());
}

TEST(CompareTrees, TruthAgainstItselfIsPerfect) {
    const Patient p = patient(2);
    const auto overlap = anatomy::compare_trees(p.truth, p.truth);
    for (const auto& vessel : overlap.vessels) {
        EXPECT_DOUBLE_EQ(vessel.overlap, 1) << vessel.name;
        EXPECT_DOUBLE_EQ(vessel.until_first_error, 1) << vessel.name;
        EXPECT_LT(vessel.inside_mm, 1e-9) << vessel.name;
    }
    for (const auto& ostium : overlap.ostia) EXPECT_EQ(ostium.error_mm, 0);
    EXPECT_EQ(overlap.false_positive_mm, 0);
    EXPECT_EQ(overlap.missed_relevant_mm, 0);
}

}  // namespace
}  // namespace ctffr
