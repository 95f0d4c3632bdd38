// SPDX-License-Identifier: Apache-2.0
#include "anatomy/lesion_detect.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "anatomy/reference_radius.hpp"
#include "ctffr/core/units.hpp"
#include "support/coronary_fixture.hpp"

namespace ctffr {
namespace {

using test::FixtureOptions;

std::vector<PlacedLesion> lesions_of(const FixtureOptions& options, double min_ds_pct = 25) {
    const auto fixture = test::make_fixture(options);
    const SectionMeasures sections = measure_sections(fixture.tree, {});
    return find_lesions(fixture.tree, vessel_lines(fixture.tree), sections,
                        reference_radius_mm(fixture.tree, sections), min_ds_pct);
}

TEST(Lesions, HealthyTreeHasNone) { EXPECT_TRUE(lesions_of({.noise = 0.03, .seed = 3}).empty()); }

TEST(Lesions, OneIsMeasured) {
    const auto found = lesions_of({.narrowings = {{Segment::m_lad, 20, 14, 0.5}}});
    ASSERT_EQ(found.size(), 1u);
    const Lesion& lesion = found[0].lesion;
    const double healthy = test::make_fixture({}).healthy_radius_mm[3][40];  // mLAD at 20 mm
    EXPECT_EQ(lesion.segment, "mLAD");
    EXPECT_EQ(lesion.vessel, "LAD");
    EXPECT_NEAR(lesion.diameter_stenosis_pct, 50, 2);
    EXPECT_NEAR(lesion.area_stenosis_pct, 75, 2);
    EXPECT_NEAR(lesion.mld_mm, healthy, 0.01);  // half of the healthy diameter
    EXPECT_NEAR(lesion.mla_mm2, pi * healthy * healthy / 4, 0.02);
    EXPECT_NEAR(lesion.throat_mm, 20, 0.6);
    // Borders at 10 % narrowing: 0.5 * 0.5 * (1 + cos(2 pi t)) = 0.1 at t = +-0.352.
    EXPECT_NEAR(lesion.length_mm, 14 * 0.705, 0.8);
    EXPECT_NEAR(found[0].throat_arc_mm, 10 + 25 + 20, 0.6);
}

TEST(Lesions, SharedTrunkIsListedOnce) {
    EXPECT_EQ(lesions_of({.narrowings = {{Segment::lm, 5, 8, 0.45}}}).size(), 1u);
}

TEST(Lesions, SerialLesionsAreSeparated) {
    const auto found =
        lesions_of({.narrowings = {{Segment::m_rca, 10, 10, 0.5}, {Segment::m_rca, 24, 10, 0.4}}});
    ASSERT_EQ(found.size(), 2u);
    EXPECT_LE(found[0].end_arc_mm, found[1].start_arc_mm + 1e-9);
}

TEST(Lesions, NeighbouringThroatsAreOneLesion) {
    const auto found =
        lesions_of({.narrowings = {{Segment::m_rca, 18, 5, 0.4}, {Segment::m_rca, 22, 5, 0.4}}});
    EXPECT_EQ(found.size(), 1u);
}

TEST(Lesions, PartialRecoveryIsOneLesion) {
    // The lumen between the throats does not open to half of the narrowing.
    const auto found =
        lesions_of({.narrowings = {{Segment::m_rca, 16, 12, 0.5}, {Segment::m_rca, 22, 12, 0.5}}});
    EXPECT_EQ(found.size(), 1u);
}

TEST(Lesions, LesionAcrossASegmentBorderIsOne) {
    const auto found =
        lesions_of({.narrowings = {{Segment::p_rca, 40, 14, 0.5}, {Segment::m_rca, 0, 14, 0.5}}});
    ASSERT_EQ(found.size(), 1u);
    EXPECT_NEAR(found[0].lesion.length_mm, 14 * 0.705, 1);
    EXPECT_FALSE(found[0].lesion.note.empty());
    EXPECT_GE(found[0].lesion.start_mm, 0);
    const auto& stretches = found[0].lesion.stretches;
    ASSERT_EQ(stretches.size(), 2u);
    EXPECT_NE(stretches[0].branch, stretches[1].branch);
    EXPECT_EQ(stretches[1].start_mm, 0);
    EXPECT_NEAR(stretches[0].end_mm - stretches[0].start_mm + stretches[1].end_mm, found[0].lesion.length_mm,
                1e-9);
}

TEST(Lesions, ThresholdCounts) {
    const FixtureOptions mild{.narrowings = {{Segment::m_rca, 20, 12, 0.3}}};
    EXPECT_EQ(lesions_of(mild, 25).size(), 1u);
    EXPECT_EQ(lesions_of(mild, 40).size(), 0u);
}

TEST(Lesions, SideBranchOfAnUnnamedTreeIsSearched) {
    const auto found = lesions_of({.narrowings = {{Segment::om1, 20, 10, 0.5}}, .labels = false});
    EXPECT_EQ(found.size(), 1u);
}

TEST(VesselLines, CoverEveryBranchAndGrow) {
    const auto fixture = test::make_fixture({});
    const auto lines = vessel_lines(fixture.tree);
    std::vector<bool> covered(fixture.tree.branches.size(), false);
    for (const VesselLine& line : lines) {
        for (const VesselPoint& p : line.points) covered[static_cast<std::size_t>(p.branch)] = true;
        EXPECT_TRUE(
            std::is_sorted(line.points.begin(), line.points.end(),
                           [](const VesselPoint& a, const VesselPoint& b) { return a.arc_mm < b.arc_mm; }));
    }
    EXPECT_EQ(std::count(covered.begin(), covered.end(), false), 0);
}

}  // namespace
}  // namespace ctffr
