// SPDX-License-Identifier: Apache-2.0
#include "anatomy/reference_radius.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include <gtest/gtest.h>

#include "ctffr/core/error.hpp"
#include "support/coronary_fixture.hpp"

namespace ctffr {
namespace {

using test::FixtureOptions;
using test::Narrowing;

// Largest relative error of the reference radius, over branches of at least 1.5 mm diameter.
double worst_error(const FixtureOptions& options) {
    const auto fixture = test::make_fixture(options);
    const auto reference = reference_radius_mm(fixture.tree, measure_sections(fixture.tree, {}));
    double worst = 0;
    for (std::size_t b = 0; b < reference.size(); ++b)
        for (std::size_t i = 0; i < reference[b].size(); ++i) {
            const double truth = fixture.healthy_radius_mm[b][i];
            if (truth >= 0.75) worst = std::max(worst, std::abs(reference[b][i] / truth - 1));
        }
    return worst;
}

TEST(ReferenceRadius, HealthyTree) { EXPECT_LT(worst_error({}), 0.02); }

TEST(ReferenceRadius, HealthyNoisyTree) { EXPECT_LT(worst_error({.noise = 0.05, .seed = 4}), 0.05); }

TEST(ReferenceRadius, FocalLesion) {
    EXPECT_LT(worst_error({.narrowings = {{Segment::p_lad, 12, 12, 0.6}}}), 0.05);
}

TEST(ReferenceRadius, OstialLesions) {
    EXPECT_LT(worst_error({.narrowings = {{Segment::lm, 1, 8, 0.5}, {Segment::p_rca, 1, 12, 0.6}}}), 0.05);
    EXPECT_LT(worst_error({.narrowings = {{Segment::p_cx, 1, 10, 0.55}}}), 0.05);
}

TEST(ReferenceRadius, LongLesion) {
    EXPECT_LT(worst_error({.narrowings = {{Segment::m_rca, 20, 32, 0.5}}}), 0.05);
    EXPECT_LT(worst_error({.narrowings = {{Segment::p_lad, 12.5, 24, 0.5}}}), 0.05);
}

TEST(ReferenceRadius, SerialLesions) {
    EXPECT_LT(worst_error({.narrowings = {{Segment::p_lad, 8, 8, 0.5},
                                          {Segment::p_lad, 18, 8, 0.5},
                                          {Segment::m_lad, 15, 10, 0.7}}}),
              0.05);
}

TEST(ReferenceRadius, DilatationDoesNotLiftIt) {
    EXPECT_LT(worst_error({.narrowings = {{Segment::p_rca, 20, 12, -0.5}}}), 0.05);
}

TEST(ReferenceRadius, RandomDisease) {
    // Up to three lesions per tree, anywhere, with scatter of the radii as a lumen fit has it.
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        Random random(seed, 5);
        FixtureOptions options{.noise = 0.03, .seed = seed};
        const Segment where[] = {Segment::p_lad, Segment::m_lad, Segment::p_cx, Segment::p_rca,
                                 Segment::m_rca, Segment::d_rca, Segment::om1};
        for (int n = random.integer(0, 3); n > 0; --n)
            options.narrowings.push_back({where[random.integer(0, 6)], random.uniform(0, 25),
                                          random.uniform(5, 25), random.uniform(0.25, 0.8)});
        EXPECT_LT(worst_error(options), 0.05) << "seed " << seed;
    }
}

TEST(ReferenceRadius, NeverGrowsAndStaysPositive) {
    const auto fixture =
        test::make_fixture({.narrowings = {{Segment::p_lad, 2, 10, 0.8}}, .noise = 0.08, .seed = 9});
    for (const auto& radius : reference_radius_mm(fixture.tree, measure_sections(fixture.tree, {}))) {
        for (std::size_t i = 0; i < radius.size(); ++i) EXPECT_GT(radius[i], 0);
        EXPECT_TRUE(std::is_sorted(radius.rbegin(), radius.rend()));
    }
}

// A stub beside a sibling that is wider than the parent: the law of junctions has no room for it.
TEST(ReferenceRadius, AStubWithoutSamplesDoesNotVanish) {
    const auto straight = [](int id, int parent, Vec3 from, Vec3 to, double radius_mm) {
        Branch branch;
        branch.id = id, branch.parent = parent;
        const double length = distance(from, to);
        const int n = static_cast<int>(length / 0.5);
        for (int i = 0; i <= n; ++i) {
            CenterlinePoint point;
            point.position_lps_mm = from + (static_cast<double>(i) / n) * (to - from);
            point.arc_mm = length * i / n, point.radius_mm = radius_mm;
            branch.points.push_back(point);
        }
        return branch;
    };
    CoronaryTree tree;
    tree.branches = {straight(0, -1, {0, 0, 0}, {30, 0, 0}, 1.5),
                     straight(1, 0, {30, 0, 0}, {70, 0, 0}, 1.65),
                     straight(2, 0, {30, 0, 0}, {30, 2, 0}, 0.8)};
    SectionMeasures sections = measure_sections(tree, {});
    sections.usable[2].assign(sections.usable[2].size(), false);
    const auto reference = reference_radius_mm(tree, sections);
    check_healthy_radii(tree, reference);
    for (const double radius : reference[2]) {
        EXPECT_GT(radius, 0.15);
        EXPECT_LT(radius, 1.65);
    }
    // The others are as seen, to the give and take of the junction.
    for (const double radius : reference[0]) EXPECT_NEAR(radius, 1.5, 0.15);
    for (const double radius : reference[1]) EXPECT_NEAR(radius, 1.65, 0.15);
}

TEST(ReferenceRadius, BridgedGapIsNotDisease) {
    // A stretch that the image does not show, with a made-up radius, must not count.
    auto fixture = test::make_fixture({.narrowings = {{Segment::d_rca, 20, 36, 0.9}}});
    auto& branch =
        fixture.tree.branches[static_cast<std::size_t>(test::branch_of(fixture.tree, Segment::d_rca))];
    branch.flags.push_back({BranchFlag::Kind::gap_bridged, 0, 40, "weak contrast"});
    const auto reference = reference_radius_mm(fixture.tree, measure_sections(fixture.tree, {}));
    const auto b = static_cast<std::size_t>(branch.id);
    EXPECT_NEAR(reference[b][40], fixture.healthy_radius_mm[b][40], 0.05 * fixture.healthy_radius_mm[b][40]);
}

TEST(ReferenceRadius, RefusesWhatNoArteryHas) {
    const auto fixture = test::make_fixture({});
    auto reference = reference_radius_mm(fixture.tree, measure_sections(fixture.tree, {}));
    EXPECT_NO_THROW(check_healthy_radii(fixture.tree, reference));
    for (const double radius : {5e-7, 0.0, 40.0, std::nan("")}) {
        auto wrong = reference;
        wrong[3].back() = radius;
        try {
            check_healthy_radii(fixture.tree, wrong);
            ADD_FAILURE() << radius;
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ExitCode::physiology_out_of_range);
            EXPECT_NE(std::string(error.what()).find("along branch 3 "), std::string::npos) << error.what();
        }
    }
}

}  // namespace
}  // namespace ctffr
