// SPDX-License-Identifier: Apache-2.0
// Plaque of straight tubes with walls of known thickness and attenuation.
#include "anatomy/plaque.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "ctffr/core/units.hpp"
#include "ctffr/data/vessel_wall.hpp"

namespace ctffr {
namespace {

constexpr double lumen_mm = 1.5, length_mm = 40, first_mm = 12, last_mm = 24, extra_mm = 0.8;
constexpr double blood_hu = 420, around_hu = -90, blur_mm = 0.28;
constexpr int angles = 32;

// A tube along z whose wall is healthy but for a ring of plaque from first_mm to last_mm; `shift_mm` moves
// the outer wall sideways there.
struct Tube {
    CoronaryTree tree;
    LumenSurface lumen;
    std::vector<std::vector<double>> reference_mm;
    SectionMeasures sections;
    VesselWall wall;
    double shift_mm = 0;

    explicit Tube(double shift = 0) : shift_mm(shift) {
        Branch branch;
        branch.segment = Segment::p_lad;
        for (int i = 0; i <= static_cast<int>(2 * length_mm); ++i)
            branch.points.push_back({{0, 0, 0.5 * i}, {0, 0, 1}, 0, lumen_mm});
        update_arc_and_tangents(branch);
        LumenBranch contour{0, frames_along(branch)};
        for (LumenSection& s : contour.sections) {
            const bool ill = s.arc_mm >= first_mm && s.arc_mm <= last_mm;
            s.radius_mm.assign(angles, static_cast<float>(lumen_mm));
            s.open.assign(angles, 0);
            for (int a = 0; a < angles; ++a) {
                const double along = ill ? shift_mm * std::cos(2 * pi * a / angles) : 0;
                const double across = ill ? shift_mm * std::sin(2 * pi * a / angles) : 0;
                const double outer = outer_mm(s.arc_mm);
                s.outer_mm.push_back(static_cast<float>(along + std::sqrt(outer * outer - across * across)));
            }
            s.area_mm2 = polygon_area_mm2(s);
        }
        reference_mm.emplace_back(branch.points.size(), lumen_mm);
        tree.branches.push_back(std::move(branch));
        lumen.branches.push_back(std::move(contour));
        sections = measure_sections(tree, lumen);
        wall = measure_wall(tree, lumen, sections, reference_mm);
    }
    static double outer_mm(double arc_mm) {
        const bool ill = arc_mm >= first_mm && arc_mm <= last_mm;
        return lumen_mm + healthy_wall_mm(lumen_mm) + (ill ? extra_mm : 0);
    }
    // The image of blood, a wall of one attenuation and what is around it, each border blurred as if flat.
    PlaqueImage image(double tissue_hu, double kvp = 120) const {
        PlaqueImage image;
        image.hu = [tissue_hu](Vec3 p) {
            const double rho = std::hypot(p.x, p.y);
            const auto beyond = [](double d) { return 0.5 * std::erfc(d / (std::sqrt(2.0) * blur_mm)); };
            const double blood = beyond(rho - lumen_mm), around = beyond(outer_mm(p.z) - rho);
            return blood * blood_hu + around * around_hu + (1 - blood - around) * tissue_hu;
        };
        image.blur_sd_mm = [](Vec3) { return blur_mm; };
        image.blood_hu = blood_hu, image.noise_sd_hu = 20, image.kvp = kvp;
        return image;
    }
    PlaqueReport measure(const PlaqueImage& image, const std::vector<Lesion>& lesions = {}) const {
        return measure_plaque(tree, lumen, sections, reference_mm, wall, lesions, image);
    }
};

// Of the ring, from the lumen to half a healthy wall before the outer wall; its first and last section stand
// for half a step beyond.
double ring_mm3() {
    const double h = healthy_wall_mm(lumen_mm), outer = lumen_mm + 0.5 * h + extra_mm;
    return pi * (outer * outer - lumen_mm * lumen_mm) * (last_mm - first_mm + 0.5);
}

TEST(VesselWall, KnowsHealthyWallAndRemodelling) {
    const Tube tube;
    ASSERT_TRUE(tube.wall.known());
    EXPECT_NEAR(tube.wall.healthy_mm[0][4], healthy_wall_mm(lumen_mm), 1e-6);
    EXPECT_NEAR(tube.wall.remodelling[0][4], 1, 0.01);  // polygon of 32 corners
    const double h = healthy_wall_mm(lumen_mm);
    EXPECT_NEAR(tube.wall.remodelling[0][36], std::pow((lumen_mm + h + extra_mm) / (lumen_mm + h), 2), 0.02);
    EXPECT_EQ(tube.wall.plaque_depth_mm[0][4][0], 0);
    EXPECT_NEAR(tube.wall.plaque_depth_mm[0][36][0], 0.5 * h + extra_mm, 1e-5);
}

TEST(VesselWall, ThroatOfAnEccentricLesion) {
    const Tube tube(0.6);
    Lesion lesion;
    lesion.throat_mm = 18, lesion.start_mm = first_mm, lesion.end_mm = last_mm;
    measure_throat(tube.tree, tube.lumen, tube.wall, lesion);
    EXPECT_NEAR(lesion.smallest_diameter_mm, 2 * lumen_mm, 0.02);
    const double thick = healthy_wall_mm(lumen_mm) + extra_mm;
    // Evened out over neighbouring rays, which costs a few thousandths.
    EXPECT_NEAR(lesion.eccentricity, 1.2 / (thick + 0.6), 0.01);
    const double h = healthy_wall_mm(lumen_mm);
    EXPECT_NEAR(lesion.remodelling_index, std::pow((lumen_mm + h + extra_mm) / (lumen_mm + h), 2), 0.03);
}

TEST(VesselWall, WithoutOuterWallNothingIsKnown) {
    Tube tube;
    for (LumenSection& s : tube.lumen.branches[0].sections) s.outer_mm.clear();
    EXPECT_FALSE(measure_wall(tube.tree, tube.lumen, tube.sections, tube.reference_mm).known());
    Lesion lesion;
    lesion.throat_mm = 18;
    measure_throat(tube.tree, tube.lumen, {}, lesion);
    EXPECT_TRUE(std::isnan(lesion.remodelling_index));
    tube.wall = {};
    EXPECT_FALSE(tube.measure(tube.image(60)).measured());
}

TEST(Plaque, VolumeOfARingAndNoneOfAHealthyWall) {
    const Tube tube;
    const PlaqueReport report = tube.measure(tube.image(80));
    ASSERT_TRUE(report.measured());
    ASSERT_EQ(report.deposits.size(), 1u);
    const PlaqueDeposit& deposit = report.deposits[0];
    EXPECT_EQ(deposit.segment, Segment::p_lad);
    // Smoothing along the vessel blurs the ends by a millimetre.
    EXPECT_NEAR(deposit.start_mm, first_mm, 1);
    EXPECT_NEAR(deposit.end_mm, last_mm, 1);
    EXPECT_NEAR(deposit.measure.plaque.total_mm3(), ring_mm3(), 0.04 * ring_mm3());
    EXPECT_NEAR(deposit.largest_arc_deg, 360, 1e-9);
    EXPECT_NEAR(report.total.lumen_mm3, pi * lumen_mm * lumen_mm * length_mm, 0.02 * report.total.lumen_mm3);
    ASSERT_EQ(report.segments.size(), 1u);
    EXPECT_EQ(report.segments[0].measure.plaque.total_mm3(), report.total.plaque.total_mm3());
    EXPECT_NEAR(report.total.atheroma_pct(), 100 * report.total.plaque.total_mm3() / report.total.vessel_mm3,
                1e-9);
}

// Where walls of several vessels meet a thick wall is no plaque unless the lumen is narrowed too.
TEST(Plaque, BesideAForkTheLumenMustBeNarrowed) {
    Tube tube;
    // Of the width of the mouth follows how far its walls reach: here beyond the ring.
    tube.tree.branches[0].points.front().radius_mm = 13;
    EXPECT_TRUE(tube.measure(tube.image(80)).deposits.empty());
    for (double& reference : tube.reference_mm[0]) reference = lumen_mm / 0.7;
    const PlaqueReport narrowed = tube.measure(tube.image(80));
    ASSERT_EQ(narrowed.deposits.size(), 1u);
    EXPECT_NEAR(narrowed.deposits[0].measure.plaque.total_mm3(), ring_mm3(), 0.04 * ring_mm3());
    for (double& reference : tube.reference_mm[0]) reference = lumen_mm / 0.85;
    EXPECT_TRUE(tube.measure(tube.image(80)).deposits.empty());
}

TEST(Plaque, TissueIsSortedBehindTheBlurOfBloodAndFat) {
    const Tube tube;
    // Of a wall of 1.5 mm the blur reaches half; its attenuation is still told within the class.
    const auto volumes = [&](double hu) { return tube.measure(tube.image(hu)).total.plaque; };
    const PlaqueVolumes low = volumes(5), fatty = volumes(80), fibrous = volumes(200), calcium = volumes(900);
    EXPECT_GT(low.low_attenuation_mm3, 0.99 * low.total_mm3());
    EXPECT_GT(fatty.fibro_fatty_mm3, 0.99 * fatty.total_mm3());
    EXPECT_GT(fibrous.fibrous_mm3, 0.99 * fibrous.total_mm3());
    EXPECT_GT(calcium.calcified_mm3, 0.8 * calcium.total_mm3());
    EXPECT_EQ(fatty.calcified_mm3, 0);
}

TEST(Plaque, CalciumThresholdFollowsTheVoltage) {
    EXPECT_NEAR(plaque_thresholds(120).calcified_hu, 350, 1e-9);
    EXPECT_NEAR(plaque_thresholds(100).calcified_hu, 350 * std::pow(1.2, 0.7), 1e-9);
    EXPECT_NEAR(plaque_thresholds(0).calcified_hu, 350, 1e-9);
    const Tube tube;
    EXPECT_GT(tube.measure(tube.image(375, 120)).total.plaque.calcified_mm3, 0);
    EXPECT_EQ(tube.measure(tube.image(375, 80)).total.plaque.calcified_mm3, 0);
}

TEST(Plaque, HighRiskNeedsTwoFeatures) {
    const Tube tube;
    Lesion lesion;
    lesion.throat_mm = 18;
    lesion.stretches = {{0, first_mm, 16}, {0, 16.5, last_mm}};  // counts as a whole, also across a fork
    measure_throat(tube.tree, tube.lumen, tube.wall, lesion);
    const PlaqueReport soft = tube.measure(tube.image(0), {lesion});
    ASSERT_EQ(soft.lesions.size(), 1u);
    EXPECT_TRUE(soft.lesions[0].risk.low_attenuation);
    EXPECT_TRUE(soft.lesions[0].risk.positive_remodelling);
    EXPECT_TRUE(soft.lesions[0].risk.high_risk());
    EXPECT_NEAR(soft.lesions[0].measure.plaque.total_mm3(), ring_mm3(), 0.05 * ring_mm3());
    const PlaqueReport fibrous = tube.measure(tube.image(200), {lesion});
    EXPECT_FALSE(fibrous.lesions[0].risk.low_attenuation);
    EXPECT_FALSE(fibrous.lesions[0].risk.high_risk());
}

}  // namespace
}  // namespace ctffr
