// SPDX-License-Identifier: Apache-2.0
// The exact field of vessels against shapes whose distance is known.
#include <cmath>

#include <gtest/gtest.h>

#include "ctffr/core/random.hpp"
#include "phantom/coronaries.hpp"
#include "phantom/vessel_field_tubes.hpp"
#include "unit/phantom/tree_support.hpp"

namespace ctffr::phantom {
namespace {

TubeField field_of(const std::vector<Course>& courses, const std::vector<LesionPlan>& lesions = {}) {
    return TubeField(make_tubes(courses, TreePlan{}, lesions, BloodOptions{420, 10}, 5), {});
}

// A tube of one course with a circular lumen.
ArteryTube round_tube(const Course& course) {
    ArteryTube tube = make_tubes({course}, TreePlan{}, {}, BloodOptions{420, 10}, 1).front();
    for (Station& s : tube.stations) s.cos2 = s.sin2 = 0;
    return tube;
}

TEST(FieldTubes, StraightTubeIsACylinder) {
    const TubeField field({round_tube(straight_course(40, 1.5))}, {});
    const double wall = healthy_wall_mm(1.5);
    Random random(1);
    for (int n = 0; n < 2000; ++n) {
        const double x = random.uniform(1, 39), rho = random.uniform(0, 1.5 + wall + 0.5),
                     phi = random.uniform(0, 6.28);
        VesselField::Sample s;
        const bool inside = field.sample({x, rho * std::cos(phi), rho * std::sin(phi)}, s);
        ASSERT_NEAR(s.lumen_mm, rho - 1.5, 1e-9);
        ASSERT_NEAR(s.wall_mm, rho - 1.5 - wall, 1e-9);
        ASSERT_EQ(inside, rho <= 1.5 + wall);
        if (!inside) continue;
        if (rho < 1.5) {
            EXPECT_EQ(s.label, Label::coronary_left);
            EXPECT_NEAR(s.hu, 420 - x, 0.2);  // 10 HU per 10 mm, by table entry
        } else {
            EXPECT_EQ(s.label, Label::background);
            EXPECT_EQ(s.hu, healthy_wall_hu);
        }
    }
}

TEST(FieldTubes, BendIsATorus) {
    const double bend = 9, r = 1.8;
    const TubeField field({round_tube(bent_course(bend, 4, r))}, {});
    Random random(2);
    for (int n = 0; n < 2000; ++n) {
        const double phi = random.uniform(0.4, 3.4), rho = random.uniform(0, 2.6),
                     psi = random.uniform(0, 6.28);
        const double out = bend + rho * std::cos(psi);
        VesselField::Sample s;
        field.sample({out * std::cos(phi), out * std::sin(phi), rho * std::sin(psi)}, s);
        ASSERT_NEAR(s.lumen_mm, rho - r, 2e-3);
    }
}

TEST(FieldTubes, EndsAreFlatAtLeavesAndReachIntoTheAortaAtRoots) {
    const TubeField field({round_tube(straight_course(40, 1.5))}, {});
    VesselField::Sample s;
    EXPECT_TRUE(field.sample({39.9, 1.4, 0}, s));
    EXPECT_FALSE(field.sample({40.1, 0.2, 0}, s));
    EXPECT_NEAR(s.lumen_mm, 0.1, 1e-9);
    EXPECT_TRUE(field.sample({-1.5, 1.4, 0}, s));
    EXPECT_LT(s.lumen_mm, 0);
    EXPECT_FALSE(field.sample({-1.5, 1.8, 0}, s));  // no wall inside the aorta
    EXPECT_FALSE(field.sample({-2.3, 0, 0}, s));
}

TEST(FieldTubes, EllipseKeepsItsArea) {
    Station s;
    s.lumen_mm = 1.4;
    s.cos2 = 0.1, s.sin2 = -0.05, s.cos3 = 0.03, s.sin3 = 0.02;
    double area = 0;
    const int n = 720;
    for (int a = 0; a < n; ++a) {
        const double r = lumen_radius(s, std::cos(2 * pi * a / n), std::sin(2 * pi * a / n));
        area += 0.5 * r * r * 2 * pi / n;
    }
    EXPECT_NEAR(area, pi * 1.4 * 1.4, 1e-9);
}

TEST(FieldTubes, GradientIsOneOnANarrowedSurface) {
    LesionPlan lesion;
    lesion.throat_mm = 20, lesion.length_mm = 10, lesion.stenosis = 0.6;
    lesion.cos2 = 0.08, lesion.sin3 = 0.04;
    const TubeField field = field_of({straight_course(40, 1.6)}, {lesion});
    Random random(3);
    const double h = 1e-4;
    int tested = 0;
    for (int n = 0; n < 20000 && tested < 500; ++n) {
        const Vec3 p{random.uniform(14, 26), random.uniform(-1.7, 1.7), random.uniform(-1.7, 1.7)};
        VesselField::Sample s;
        field.sample(p, s);
        if (std::abs(s.lumen_mm) > 0.01) continue;
        Vec3 gradient;
        for (int k = 0; k < 3; ++k) {
            Vec3 up = p, down = p;
            up[k] += h, down[k] -= h;
            VesselField::Sample a, b;
            field.sample(up, a), field.sample(down, b);
            gradient[k] = (a.lumen_mm - b.lumen_mm) / (2 * h);
        }
        EXPECT_NEAR(norm(gradient), 1, 0.05);
        ++tested;
    }
    EXPECT_GT(tested, 100);
}

// A side branch at right angles to a straight vessel.
std::vector<Course> cross_road() {
    Course side = simple_course({{20, 0, 0}, {20, 4, 0}, {20, 8, 0}, {20, 12, 0}, {20, 16, 0}}, 1.0);
    side.parent = 0, side.parent_arc_mm = 20;
    return {straight_course(40, 1.5), side};
}

TEST(FieldTubes, BifurcationIsASmoothUnion) {
    const TubeField field = field_of(cross_road());
    const double most = 0.3 * 1.0 / 4;  // k / 4 of the smooth minimum
    Random random(4);
    for (int n = 0; n < 3000; ++n) {
        const Vec3 p{random.uniform(15, 25), random.uniform(-2, 8), random.uniform(-2, 2)};
        VesselField::Sample s;
        field.sample(p, s);
        const double one = locate(field.tubes()[0], p, 80).lumen_mm,
                     two = locate(field.tubes()[1], p, 10).lumen_mm;
        if (s.lumen_mm > 0.5) continue;
        EXPECT_LE(s.lumen_mm, std::min(one, two) + 1e-12);
        EXPECT_GE(s.lumen_mm, std::min(one, two) - most - 1e-9);
    }
    // The axis of the branch lies in blood all the way, also where it leaves.
    for (double y = 0; y < 15.9; y += 0.1) {
        VesselField::Sample s;
        ASSERT_TRUE(field.sample({20, y, 0}, s));
        EXPECT_LT(s.lumen_mm, -0.5);
    }
}

TEST(FieldTubes, WallEndsWhereAorticBloodBegins) {
    const std::vector<Course> courses{straight_course(40, 1.5)};
    const TubeField field(make_tubes(courses, TreePlan{}, {}, BloodOptions{}, 5),
                          [](Vec3 p) { return p.x < 0.5; });
    VesselField::Sample s;
    EXPECT_FALSE(field.sample({0.3, 1.9, 0}, s));
    EXPECT_TRUE(field.sample({0.8, 1.9, 0}, s));
    EXPECT_TRUE(field.sample({0.3, 1.0, 0}, s));
}

TEST(FieldTubes, CoverHoldsEveryPointOfARealTree) {
    PhantomOptions options;
    options.seed = 6;
    const Coronaries c = make_coronaries(shared_heart(6), options, BodySize{}, 420, ctffr::Run{});
    const auto balls = c.field->cover();
    Random random(7);
    int inside = 0;
    for (int n = 0; n < 20000; ++n) {
        const auto& ball =
            balls[static_cast<std::size_t>(random.integer(0, static_cast<int>(balls.size()) - 1))];
        const Vec3 p = ball.center_lps_mm +
                       4.0 * Vec3{random.uniform(-1, 1), random.uniform(-1, 1), random.uniform(-1, 1)};
        VesselField::Sample s;
        if (!c.field->sample(p, s)) continue;
        ++inside;
        EXPECT_TRUE(std::any_of(balls.begin(), balls.end(), [&](const VesselField::Ball& b) {
            return distance(b.center_lps_mm, p) <= b.radius_mm;
        }));
    }
    EXPECT_GT(inside, 1000);
}

TEST(FieldTubes, DistanceHasNoJumps) {
    PhantomOptions options;
    options.seed = 11;
    const Coronaries c = make_coronaries(shared_heart(11), options, BodySize{}, 420, ctffr::Run{});
    const auto balls = c.field->cover();
    Random random(8);
    const double step = 0.02;
    for (int n = 0; n < 20000; ++n) {
        const auto& ball =
            balls[static_cast<std::size_t>(random.integer(0, static_cast<int>(balls.size()) - 1))];
        const Vec3 p =
            ball.center_lps_mm +
            ball.radius_mm * Vec3{random.uniform(-1, 1), random.uniform(-1, 1), random.uniform(-1, 1)};
        const Vec3 q = p + step * normalized(Vec3{random.normal(), random.normal(), random.normal()});
        VesselField::Sample a, b;
        c.field->sample(p, a), c.field->sample(q, b);
        if (std::abs(a.lumen_mm) > 0.4 || std::abs(b.lumen_mm) > 1) continue;
        EXPECT_LT(std::abs(a.lumen_mm - b.lumen_mm), 2.5 * step);
    }
}

}  // namespace
}  // namespace ctffr::phantom
