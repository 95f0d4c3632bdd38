// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "ctffr/core/run.hpp"
#include "lumen/build_surface.hpp"
#include "lumen/clear_ends.hpp"
#include "lumen/recentre.hpp"
#include "unit/lumen/tubes.hpp"

namespace ctffr::test {
namespace {

// A circle about (x, y) in the plane of the section, seen from its centre.
LumenSection circle_seen_from_aside(double radius, double x, double y, int angles) {
    LumenSection section;
    section.center_lps_mm = {3, -2, 5};
    section.tangent = {0, 0, 1}, section.normal = {1, 0, 0}, section.binormal = {0, 1, 0};
    for (int a = 0; a < angles; ++a) {
        const double phi = 2 * pi * a / angles, along = x * std::cos(phi) + y * std::sin(phi);
        section.radius_mm.push_back(
            static_cast<float>(along + std::sqrt(along * along + radius * radius - x * x - y * y)));
    }
    return section;
}

TEST(Recentred, CircleSeenFromNearItsWallIsGivenAboutItsMiddle) {
    const LumenSection section = circle_seen_from_aside(0.6, 0.4, 0.3, 64);
    const LumenSection out = lumen::recentred(section);
    EXPECT_NEAR(distance(out.center_lps_mm, Vec3{3.4, -1.7, 5}), 0, 0.02);
    for (const float r : out.radius_mm) EXPECT_NEAR(r, 0.6, 0.03);
}

TEST(Recentred, OtherSectionsStayAsTheyAre) {
    const LumenSection section = circle_seen_from_aside(0.6, 0.1, 0.1, 64);
    const LumenSection out = lumen::recentred(section);
    EXPECT_EQ(out.radius_mm, section.radius_mm);
    EXPECT_EQ(distance(out.center_lps_mm, section.center_lps_mm), 0);
}

// A vessel that turns at once at its ostium, on an arc of radius `bend`, and narrows by `flare` there.
CoronaryTree bent_at_the_ostium(double radius, double bend, double turn_deg, double flare) {
    CoronaryTree tree;
    const double turn = turn_deg * pi / 180, arc = bend * turn;
    tree.branches.push_back(make_branch(
        0, -1, 16,
        [=](double s) {
            const double a = std::clamp(s, 0.0, arc) / bend;
            const double on = s - std::clamp(s, 0.0, arc);
            const Vec3 way = s < 0 ? Vec3{1, 0, 0} : Vec3{std::cos(turn), std::sin(turn), 0};
            return Vec3{bend * std::sin(a), bend * (1 - std::cos(a)), 0} + on * way;
        },
        [=](double s) { return radius - flare + flare * std::exp(-s); }));
    return tree;
}

TEST(ClearEnds, SectionsThatReachBeyondTheOpeningAreLeftOut) {
    const CoronaryTree tree = bent_at_the_ostium(2.5, 1.9, 60, 0);
    LumenSurface lumen = circular_lumen(tree);
    auto branches = lumen.branches;
    lumen::clear_ends(branches, tree);
    const auto& all = lumen.branches[0].sections;
    const auto& kept = branches[0].sections;
    ASSERT_LT(kept.size(), all.size());
    EXPECT_GT(kept.size(), all.size() - 8);
    EXPECT_EQ(distance(kept.front().center_lps_mm, all.front().center_lps_mm), 0);
    EXPECT_EQ(distance(kept.back().center_lps_mm, all.back().center_lps_mm), 0);
    // The plane of the ostium is x = 0; a disc with tangent t reaches down to x - r |t_y|.
    for (std::size_t i = 1; i < kept.size(); ++i)
        EXPECT_GT(kept[i].center_lps_mm.x - 2.5 * std::abs(kept[i].tangent.y), 0.1) << i;
}

TEST(ClearEnds, GentleBendsKeepAllSections) {
    const CoronaryTree tree = bent_at_the_ostium(1.5, 6, 60, 0);
    LumenSurface lumen = circular_lumen(tree);
    auto branches = lumen.branches;
    lumen::clear_ends(branches, tree);
    EXPECT_EQ(branches[0].sections.size(), lumen.branches[0].sections.size());
}

TEST(LumenSurface, CapHasTheAreaOfTheEndSectionWhereTheVesselBendsAtOnce) {
    const CoronaryTree tree = bent_at_the_ostium(2.5, 1.5, 50, 1);
    LumenSurface lumen = circular_lumen(tree);
    lumen::build_surface(lumen, tree, {}, ctffr::Run{});
    ASSERT_EQ(lumen.caps.size(), 2U);
    EXPECT_TRUE(lumen.caps[0].inlet);
    EXPECT_NEAR(lumen.caps[0].area_mm2 / (pi * 2.5 * 2.5), 1.0, 2e-4);
    EXPECT_NEAR(lumen.caps[1].area_mm2 / (pi * 1.5 * 1.5), 1.0, 2e-4);
}

}  // namespace
}  // namespace ctffr::test
