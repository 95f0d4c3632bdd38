// SPDX-License-Identifier: Apache-2.0
// Lesions as asked for, and the truth that is told about them.
#include <algorithm>
#include <cmath>
#include <map>

#include <gtest/gtest.h>

#include "ctffr/data/lumen.hpp"
#include "phantom/coronaries.hpp"
#include "phantom/disease_truth.hpp"
#include "phantom/vessel_field_tubes.hpp"
#include "unit/phantom/tree_support.hpp"

namespace ctffr::phantom {
namespace {

std::vector<Course> courses_of(std::uint64_t seed) {
    const PhantomOptions options;
    const TreePlan plan = make_tree_plan(options.tree, 0, BodySize{}, seed);
    return lay_out_tree(shared_heart(seed), plan, options.tree.min_radius_mm, seed);
}

TEST(DiseasePlan, EnvelopesAreOneAtTheThroatAndEndSmoothly) {
    for (LesionShape shape :
         {LesionShape::cosine, LesionShape::gaussian, LesionShape::plateau, LesionShape::diffuse}) {
        LesionPlan lesion;
        lesion.shape = shape, lesion.throat_mm = 20, lesion.length_mm = 12;
        EXPECT_NEAR(lesion_envelope(lesion, 20), 1, 1e-12) << shape_name(shape);
        EXPECT_EQ(lesion_envelope(lesion, 13.9), 0);
        EXPECT_EQ(lesion_envelope(lesion, 26.1), 0);
        EXPECT_LT(lesion_envelope(lesion, 14.05), 0.01) << shape_name(shape);
        for (double s = 14; s <= 26; s += 0.1) {
            EXPECT_GE(lesion_envelope(lesion, s), 0);
            EXPECT_LE(lesion_envelope(lesion, s), 1 + 1e-12);
        }
    }
}

TEST(DiseasePlan, CohortFollowsItsOptions) {
    DiseaseOptions options;
    options.serial_chance = options.bifurcation_chance = options.stent_chance = options.occlusion_chance = 0;
    options.lesions_mean = 2;
    const int patients = 120;
    std::vector<std::vector<Course>> trees;
    for (std::uint64_t seed = 1; seed <= 8; ++seed) trees.push_back(courses_of(seed));
    int count = 0, calcified = 0, eccentric = 0, left_descending = 0;
    double stenosis = 0;
    for (int k = 0; k < patients; ++k) {
        const auto& courses = trees[static_cast<std::size_t>(k) % trees.size()];
        for (const LesionPlan& lesion :
             make_disease_plan(courses, options, 1000 + static_cast<std::uint64_t>(k))) {
            ++count, stenosis += lesion.stenosis;
            EXPECT_GE(lesion.stenosis, 0.25);
            EXPECT_LE(lesion.stenosis, 0.80);
            EXPECT_GE(lesion.length_mm, 4.5);
            EXPECT_LE(lesion.length_mm, 25);
            EXPECT_GE(lesion.remodelling, 0.8);
            EXPECT_LE(lesion.remodelling, 1.4);
            const Course& course = courses[static_cast<std::size_t>(lesion.course)];
            EXPECT_GE(2 * course.radius_at(lesion.throat_mm), 1.95);  // segments of at least 2 mm
            calcified += lesion.plaque == PlaqueKind::calcified || lesion.plaque == PlaqueKind::mixed;
            eccentric += lesion.eccentricity >= 0.5;
            const Segment segment = course.segment_at(lesion.throat_mm);
            left_descending += segment == Segment::p_lad || segment == Segment::m_lad;
        }
    }
    const double mean = 2.0 * patients;
    EXPECT_NEAR(count, mean, 3.3 * std::sqrt(mean));
    EXPECT_NEAR(stenosis / count, 0.525, 0.04);
    const auto near_share = [&](int n, double p) {
        EXPECT_NEAR(n, p * count, 3.3 * std::sqrt(p * (1 - p) * count));
    };
    near_share(calcified, options.calcified_chance);
    near_share(eccentric, options.eccentric_chance);
    near_share(left_descending, 0.5);  // of pLAD and mLAD, 30 % and 20 %
}

TEST(DiseasePlan, LesionsOfAVesselDoNotOverlap) {
    DiseaseOptions options;
    options.lesions_mean = 5, options.serial_chance = 0.8;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        const auto courses = courses_of(seed % 4 + 1);
        const auto lesions = make_disease_plan(courses, options, seed);
        for (std::size_t a = 0; a < lesions.size(); ++a)
            for (std::size_t b = 0; b < a; ++b)
                if (lesions[a].course == lesions[b].course) {
                    EXPECT_TRUE(lesions[a].start_mm() >= lesions[b].end_mm() ||
                                lesions[b].start_mm() >= lesions[a].end_mm());
                }
    }
}

TEST(DiseasePlan, BifurcationLesionsLieWhereABranchLeaves) {
    DiseaseOptions options;
    options.lesions_mean = 3, options.bifurcation_chance = 1,
    options.stent_chance = options.occlusion_chance = 0;
    int forked = 0, with_side = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        const auto courses = courses_of(seed % 4 + 1);
        for (const LesionPlan& lesion : make_disease_plan(courses, options, seed)) {
            if (lesion.note.find("Medina") == std::string::npos) continue;
            ++forked;
            if (lesion.note.find("side branch") != std::string::npos) {
                ++with_side;
                EXPECT_LT(lesion.throat_mm, 5);  // ostial in the daughter
                continue;
            }
            const bool touches = std::any_of(courses.begin(), courses.end(), [&](const Course& c) {
                return c.parent == lesion.course && c.parent_arc_mm >= lesion.start_mm() &&
                       c.parent_arc_mm <= lesion.end_mm();
            });
            EXPECT_TRUE(touches);
        }
    }
    EXPECT_GT(forked, 15);
    EXPECT_GT(with_side, 2);
}

TEST(DiseaseTruth, StenosisIsAsAskedAndAgreesWithTheTree) {
    PhantomOptions options;
    options.disease.lesions_mean = 3;
    options.disease.occlusion_chance = 0;
    int lesions = 0;
    for (std::uint64_t seed = 1; seed <= 15; ++seed) {
        options.seed = seed;
        const Coronaries c = make_coronaries(shared_heart(seed), options, BodySize{}, 420, ctffr::Run{});
        for (const Lesion& lesion : c.lesions) {
            ++lesions;
            const Branch& branch = c.tree.branches[static_cast<std::size_t>(lesion.branch)];
            const auto nearest = std::min_element(branch.points.begin(), branch.points.end(),
                                                  [&](const CenterlinePoint& a, const CenterlinePoint& b) {
                                                      return std::abs(a.arc_mm - lesion.throat_mm) <
                                                             std::abs(b.arc_mm - lesion.throat_mm);
                                                  });
            EXPECT_NEAR(2 * nearest->radius_mm, lesion.mld_mm, 1e-9);
            EXPECT_NEAR(lesion.diameter_stenosis_pct,
                        100 * (1 - lesion.mld_mm / lesion.reference_diameter_mm), 1e-9);
            EXPECT_NEAR(lesion.mla_mm2, pi * lesion.mld_mm * lesion.mld_mm / 4, 1e-9);
            const double open = 1 - lesion.area_stenosis_pct / 100;
            EXPECT_NEAR(std::sqrt(open), 1 - lesion.diameter_stenosis_pct / 100, 1e-9);
        }
    }
    EXPECT_GT(lesions, 25);
}

TEST(DiseaseTruth, StenosisDegreeIsExact) {
    LesionPlan lesion;
    lesion.throat_mm = 20, lesion.length_mm = 12, lesion.stenosis = 0.55;
    const std::vector<Course> courses{straight_course(40, 1.6)};
    const TubeField field(make_tubes(courses, TreePlan{}, {lesion}, BloodOptions{}, 1), {});
    const CutTree cut = cut_into_branches(courses, field.tubes(), Dominance::right);
    const auto truth = lesion_truth(courses, field, cut, {lesion});
    ASSERT_EQ(truth.size(), 1u);
    EXPECT_NEAR(truth[0].diameter_stenosis_pct, 55, 1e-9);
    EXPECT_NEAR(truth[0].mld_mm, 3.2 * 0.45, 1e-9);
    EXPECT_NEAR(truth[0].length_mm, 12, 1e-9);
    EXPECT_NEAR(truth[0].throat_mm, 20, 1e-9);
}

TEST(DiseaseTruth, OcclusionClosesTheLumenAndDimsWhatFollows) {
    LesionPlan lesion;
    lesion.throat_mm = 20, lesion.length_mm = 10, lesion.occluded = true, lesion.shape = LesionShape::plateau;
    const std::vector<Course> courses{straight_course(40, 1.5)};
    const TubeField field(make_tubes(courses, TreePlan{}, {lesion}, BloodOptions{400, 0}, 1), {});
    EXPECT_LE(field.tubes()[0].stations[80].lumen_mm, 0.05);
    VesselField::Sample before, after, inside;
    field.sample({5, 0, 0}, before), field.sample({35, 0, 0}, after), field.sample({20, 0.5, 0}, inside);
    EXPECT_NEAR(before.hu, 400, 1e-9);
    EXPECT_NEAR(after.hu, 300, 1e-9);
    EXPECT_EQ(inside.label, Label::plaque);
    CutTree cut = cut_into_branches(courses, field.tubes(), Dominance::right);
    flag_branches(courses, field, {lesion}, cut);
    ASSERT_FALSE(cut.tree.branches[0].flags.empty());
    EXPECT_EQ(cut.tree.branches[0].flags.back().kind, BranchFlag::Kind::occluded);
    EXPECT_EQ(lesion_truth(courses, field, cut, {lesion})[0].diameter_stenosis_pct, 100);
}

TEST(DiseaseTruth, StentIsAThinMetalLattice) {
    LesionPlan lesion;
    lesion.throat_mm = 20, lesion.length_mm = 16, lesion.stenosis = 0.2, lesion.plaque = PlaqueKind::stent;
    lesion.shape = LesionShape::plateau;
    const std::vector<Course> courses{straight_course(40, 1.5)};
    const TubeField field(make_tubes(courses, TreePlan{}, {lesion}, BloodOptions{}, 1), {});
    int metal = 0, total = 0;
    for (double x = 14; x < 26; x += 0.02)
        for (double phi = 0; phi < 2 * pi; phi += 0.02) {
            VesselField::Sample s;
            field.sample({x, 1.54 * std::cos(phi), 1.54 * std::sin(phi)}, s);
            ++total;
            if (s.label != Label::stent) continue;
            ++metal;
            ASSERT_GE(s.hu, 2000);
            ASSERT_LE(s.hu, 4000);
        }
    // Coronary stents cover 10 to 20 % of the wall.
    EXPECT_GT(metal, 0.06 * total);
    EXPECT_LT(metal, 0.25 * total);
}

}  // namespace
}  // namespace ctffr::phantom
