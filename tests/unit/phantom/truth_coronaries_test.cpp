// SPDX-License-Identifier: Apache-2.0
// The truth as a whole: trees and sections are valid, agree with the field, and come again from the same
// seed.
#include <algorithm>
#include <cmath>
#include <set>

#include <gtest/gtest.h>

#include "ctffr/core/random.hpp"
#include "ctffr/data/lumen.hpp"
#include "phantom/coronaries.hpp"
#include "phantom/disease_truth.hpp"
#include "phantom/vessel_field_tubes.hpp"
#include "unit/phantom/tree_support.hpp"

namespace ctffr::phantom {
namespace {

Coronaries coronaries(std::uint64_t seed, double lesions_mean = 1.6) {
    PhantomOptions options;
    options.seed = seed;
    options.disease.lesions_mean = lesions_mean;
    return make_coronaries(shared_heart(seed), options, BodySize{}, 420, ctffr::Run{});
}

TEST(TruthCoronaries, HundredTreesAreValid) {
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        const Coronaries c = coronaries(seed);
        EXPECT_EQ(check(c.tree), std::vector<std::string>{}) << seed;
        EXPECT_EQ(check(c.lumen), std::vector<std::string>{}) << seed;
        ASSERT_EQ(c.lumen.branches.size(), c.tree.branches.size());
        for (std::size_t b = 0; b < c.tree.branches.size(); ++b) {
            const Branch& branch = c.tree.branches[b];
            ASSERT_EQ(c.lumen.branches[b].sections.size(), branch.points.size());
            for (std::size_t i = 1; i < branch.points.size(); ++i)
                ASSERT_NEAR(branch.points[i].arc_mm - branch.points[i - 1].arc_mm, 0.5, 0.01) << seed;
        }
        EXPECT_EQ(c.ostia.size(), c.tree.roots().size());
        std::set<std::string> names;
        for (const Vessel& vessel : vessels_of(c.tree)) names.insert(vessel.name);
        for (const char* main : {"LAD", "LCX", "RCA"}) EXPECT_TRUE(names.count(main)) << main << ' ' << seed;
    }
}

TEST(TruthCoronaries, SectionsAgreeWithTreeAndField) {
    const Coronaries c = coronaries(21, 3);
    int rays = 0;
    for (const LumenBranch& branch : c.lumen.branches)
        for (std::size_t i = 0; i < branch.sections.size(); i += 3) {
            const LumenSection& section = branch.sections[i];
            const double radius =
                c.tree.branches[static_cast<std::size_t>(branch.branch)].points[i].radius_mm;
            // A polygon of 48 corners has 0.3 % less area than its curve, 0.15 % less radius.
            EXPECT_NEAR(equivalent_radius_mm(section), radius, 0.004 * radius);
            for (std::size_t a = 0; a < section.radius_mm.size(); a += 5) {
                if (section.open[a]) continue;
                const double theta =
                    2 * pi * static_cast<double>(a) / static_cast<double>(section.radius_mm.size());
                const Vec3 p = section.center_lps_mm +
                               double{section.radius_mm[a]} *
                                   (std::cos(theta) * section.normal + std::sin(theta) * section.binormal);
                VesselField::Sample s;
                c.field->sample(p, s);
                // The fillet of a bifurcation lies outside the section, never inside.
                EXPECT_LT(s.lumen_mm, 2e-3);
                EXPECT_GT(s.lumen_mm, -0.3 * radius / 4 - 2e-3);
                ++rays;
            }
        }
    EXPECT_GT(rays, 2000);
}

TEST(TruthCoronaries, RaysIntoAnotherVesselAreOpen) {
    const Coronaries c = coronaries(5, 0);
    int leaving = 0;
    for (const Branch& branch : c.tree.branches) {
        if (branch.parent < 0) continue;
        const auto& open = c.lumen.branches[static_cast<std::size_t>(branch.id)].sections.front().open;
        // A branch of another segment than its parent's next piece starts on the axis of its parent, inside
        // it all around.
        const bool continues = c.tree.children_of(branch.parent).front() == branch.id;
        const bool same = c.tree.branches[static_cast<std::size_t>(branch.parent)].segment == branch.segment;
        if (continues || same) continue;
        EXPECT_GT(std::count(open.begin(), open.end(), 1), static_cast<long>(open.size()) / 2) << branch.id;
        ++leaving;
    }
    EXPECT_GT(leaving, 3);
}

TEST(TruthCoronaries, SameSeedGivesTheSameBits) {
    const Coronaries one = coronaries(13), two = coronaries(13), other = coronaries(14);
    ASSERT_EQ(one.tree.branches.size(), two.tree.branches.size());
    for (std::size_t b = 0; b < one.tree.branches.size(); ++b) {
        const auto &p = one.tree.branches[b].points, &q = two.tree.branches[b].points;
        ASSERT_EQ(p.size(), q.size());
        for (std::size_t i = 0; i < p.size(); ++i) {
            ASSERT_TRUE(p[i].position_lps_mm == q[i].position_lps_mm);
            ASSERT_EQ(p[i].radius_mm, q[i].radius_mm);
        }
    }
    EXPECT_EQ(one.record, two.record);
    EXPECT_NE(one.record, other.record);
}

TEST(TruthCoronaries, HealthyPatientHasNoPlaque) {
    const Coronaries c = coronaries(9, 0);
    EXPECT_TRUE(c.lesions.empty());
    EXPECT_TRUE(c.plaque.empty());
    for (const auto& ball : c.field->cover()) {
        VesselField::Sample s;
        c.field->sample(ball.center_lps_mm, s);
        EXPECT_TRUE(s.label == Label::coronary_left || s.label == Label::coronary_right);
    }
}

// Volume of what the field calls plaque or calcium, by counting.
double counted_volume(const TubeField& field, Vec3 low, Vec3 high, double step) {
    std::int64_t n = 0;
    for (double z = low.z + step / 2; z < high.z; z += step)
        for (double y = low.y + step / 2; y < high.y; y += step)
            for (double x = low.x + step / 2; x < high.x; x += step) {
                VesselField::Sample s;
                field.sample({x, y, z}, s);
                n += s.label == Label::plaque || s.label == Label::calcium;
            }
    return static_cast<double>(n) * step * step * step;
}

TEST(TruthPlaque, VolumeAgreesWithCountingInAStraightVessel) {
    LesionPlan lesion;
    lesion.throat_mm = 20, lesion.length_mm = 12, lesion.stenosis = 0.5, lesion.eccentricity = 1;
    lesion.direction_rad = 0.7, lesion.remodelling = 1.2, lesion.cos2 = 0.05;
    lesion.plaque = PlaqueKind::mixed;
    const TubeField field(make_tubes({straight_course(40, 1.6)}, TreePlan{}, {lesion}, BloodOptions{}, 1),
                          {});
    const PlaqueSize size = plaque_size(field, 0, field.tubes()[0].plaques.at(0));
    const double counted = counted_volume(field, {13, -4, -4}, {27, 4, 4}, 0.08);
    EXPECT_GT(counted, 20);
    EXPECT_NEAR(size.volume_mm3, counted, 0.02 * counted);
    EXPECT_LT(size.max_arc_rad, 2 * pi);  // healthy wall opposite an eccentric plaque
    EXPECT_GT(size.max_arc_rad, pi / 2);
}

TEST(TruthPlaque, VolumeAgreesWithCountingInABend) {
    LesionPlan lesion;
    lesion.throat_mm = 15, lesion.length_mm = 14, lesion.stenosis = 0.6, lesion.eccentricity = 1;
    const Course course = bent_course(10, 3, 1.8);
    // Plaque on the outer side of the bend, where curved coordinates matter most.
    const CurvePoint& throat = course.curve[course.curve.index_at(15)];
    const Vec3 outward = -1.0 * normalized(throat.curvature_per_mm);
    lesion.direction_rad =
        std::atan2(dot(outward, cross(throat.tangent, throat.normal)), dot(outward, throat.normal));
    const TubeField field(make_tubes({course}, TreePlan{}, {lesion}, BloodOptions{}, 1), {});
    const PlaqueSize size = plaque_size(field, 0, field.tubes()[0].plaques.at(0));
    const double counted = counted_volume(field, {-14, -1, -4}, {14, 14, 4}, 0.09);
    EXPECT_NEAR(size.volume_mm3, counted, 0.02 * counted);
}

TEST(TruthPlaque, HounsfieldUnitsBelongToTheKind) {
    for (const auto& [kind, low, high] :
         {std::tuple{PlaqueKind::soft, -30.0, 60.0}, {PlaqueKind::fibrous, 60.0, 150.0}}) {
        LesionPlan lesion;
        lesion.throat_mm = 20, lesion.length_mm = 12, lesion.stenosis = 0.5, lesion.plaque = kind;
        const TubeField field(make_tubes({straight_course(40, 1.6)}, TreePlan{}, {lesion}, BloodOptions{}, 3),
                              {});
        VesselField::Sample s;
        ASSERT_TRUE(field.sample({20, 1.2, 0}, s));
        EXPECT_EQ(s.label, Label::plaque);
        EXPECT_GE(s.hu, low);
        EXPECT_LE(s.hu, high);
    }
    LesionPlan lesion;
    lesion.throat_mm = 20, lesion.length_mm = 14, lesion.stenosis = 0.5,
    lesion.plaque = PlaqueKind::calcified;
    const TubeField field(make_tubes({straight_course(40, 1.6)}, TreePlan{}, {lesion}, BloodOptions{}, 3),
                          {});
    int calcium = 0;
    Random random(1);
    for (int n = 0; n < 40000; ++n) {
        VesselField::Sample s;
        field.sample({random.uniform(13, 27), random.uniform(-3, 3), random.uniform(-3, 3)}, s);
        if (s.label != Label::calcium) continue;
        ++calcium;
        EXPECT_GE(s.hu, 400);
        EXPECT_LE(s.hu, 1800);
        EXPECT_GT(s.lumen_mm, 0);
    }
    EXPECT_GT(calcium, 50);
}

}  // namespace
}  // namespace ctffr::phantom
