// SPDX-License-Identifier: Apache-2.0
// Two measurements of one straight vessel that differ beside calcium.
#include "stages/lumen_agreement.hpp"

#include <gtest/gtest.h>

#include "ctffr/core/units.hpp"

namespace ctffr {
namespace {

// A vessel of 20 mm with a throat at 10 mm.
lumen::PsfFit fit(double healthy_mm, double throat_mm, bool calcium, BranchFlag::Kind kind) {
    lumen::PsfFit result;
    Branch branch;
    branch.segment = Segment::m_lad;
    for (int i = 0; i <= 40; ++i) branch.points.push_back({{0, 0, 0.5 * i}, {0, 0, 1}, 0, healthy_mm});
    update_arc_and_tangents(branch);
    LumenBranch contour{0, frames_along(branch)};
    for (std::size_t i = 0; i < branch.points.size(); ++i) {
        const double arc = branch.points[i].arc_mm, r = arc >= 8 && arc <= 12 ? throat_mm : healthy_mm;
        branch.points[i].radius_mm = r;
        contour.sections[i].radius_mm.assign(32, static_cast<float>(r));
        contour.sections[i].radius_sd_mm.assign(32, 0.05f);
        contour.sections[i].open.assign(32, 0);
        contour.sections[i].area_mm2 = polygon_area_mm2(contour.sections[i]);
    }
    if (calcium) branch.flags.push_back({kind, 9, 11, "in doubt"});
    // Calcium 4 mm before a bridged gap.
    if (calcium && kind == BranchFlag::Kind::gap_bridged)
        branch.flags.push_back({BranchFlag::Kind::calcified, 4, 5, "dense calcium"});
    result.tree.branches.push_back(std::move(branch));
    result.branches.push_back(std::move(contour));
    return result;
}

TEST(LumenAgreement, BesideCalciumTheNarrowerCounts) {
    for (const auto kind : {BranchFlag::Kind::calcified, BranchFlag::Kind::gap_bridged})
        for (const bool flagged_by_other : {false, true}) {
            lumen::PsfFit chosen = fit(1.0, 0.8, !flagged_by_other, kind),
                          other = fit(0.8, 0.4, flagged_by_other, kind);
            const auto drawn = take_narrower_beside_calcium(chosen, other);
            ASSERT_EQ(drawn.size(), 1u);
            EXPECT_EQ(drawn[0].segment, Segment::m_lad);
            EXPECT_NEAR(drawn[0].largest_mm, 0.4, 2e-3);  // areas are those of polygons of 32 corners
            const auto& sections = chosen.branches[0].sections;
            EXPECT_NEAR(equivalent_radius_mm(sections[20]),
                        equivalent_radius_mm(other.branches[0].sections[20]), 1e-6);
            EXPECT_NEAR(sections[20].area_mm2, polygon_area_mm2(sections[20]), 1e-5);
            EXPECT_NEAR(chosen.tree.branches[0].points[20].radius_mm, 0.4, 1e-3);
            // 2 mm beside the flag as well, no farther.
            EXPECT_NEAR(chosen.tree.branches[0].points[14].radius_mm, 0.8, 1e-3);
            EXPECT_EQ(chosen.tree.branches[0].points[30].radius_mm, 1.0);
        }
}

TEST(LumenAgreement, WiderOrAlikeOrUnflaggedChangesNothing) {
    const auto kind = BranchFlag::Kind::calcified;
    for (const auto& [throat, flagged] : {std::pair{0.9, true}, {0.75, true}, {0.4, false}}) {
        lumen::PsfFit chosen = fit(1.0, 0.8, flagged, kind);
        EXPECT_TRUE(take_narrower_beside_calcium(chosen, fit(1.0, throat, false, kind)).empty());
        EXPECT_EQ(chosen.tree.branches[0].points[20].radius_mm, 0.8);
    }
}

TEST(LumenAgreement, AContourThatLostTheLumenInCalciumDrawsNothingIn) {
    const auto kind = BranchFlag::Kind::calcified;
    lumen::PsfFit chosen = fit(1.0, 0.45, true, kind);
    EXPECT_TRUE(take_narrower_beside_calcium(chosen, fit(1.0, 0.15, true, kind)).empty());
    EXPECT_EQ(chosen.tree.branches[0].points[20].radius_mm, 0.45);
    EXPECT_EQ(take_narrower_beside_calcium(chosen, fit(1.0, 0.3, true, kind)).size(), 1u);
}

TEST(LumenAgreement, ABridgedGapWithoutCalciumIsLeftAlone) {
    lumen::PsfFit chosen = fit(1.0, 0.8, true, BranchFlag::Kind::gap_bridged);
    chosen.tree.branches[0].flags.pop_back();  // the calcium
    EXPECT_TRUE(
        take_narrower_beside_calcium(chosen, fit(1.0, 0.4, false, BranchFlag::Kind::calcified)).empty());
}

}  // namespace
}  // namespace ctffr
