// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "ctffr/core/random.hpp"
#include "ctffr/core/units.hpp"
#include "phantom/heart_anatomy.hpp"
#include "phantom/heart_axes.hpp"
#include "phantom/heart_shape.hpp"

namespace ctffr::phantom {
namespace {

struct Person {
    BodySize body;
    std::uint64_t seed;
};

// Small woman, average, heavy muscle, and other seeds.
std::vector<Person> people() {
    return {
        {{'F', 1.55, 78}, 101}, {{'M', 1.85, 125}, 102}, {{'M', 2.15, 190}, 103}, {{'F', 1.75, 100}, 104}};
}

TEST(HeartAnatomy, LvMuscleHasTheMassOfTheBody) {
    for (const Person& person : people()) {
        const HeartAnatomy heart(person.body, person.seed);
        // Independent of the calibration: another grid, in the patient's frame, counting cell centres.
        const double step = 1.3;
        std::int64_t inside = 0;
        for (double z = -90; z < 70; z += step)
            for (double y = -80; y < 80; y += step)
                for (double x = -60; x < 110; x += step)
                    if (heart.shape().lv_myocardium(heart.to_heart({x, y, z})) < 0) ++inside;
        const double mass_g = 1.05 * static_cast<double>(inside) * step * step * step / 1000;
        EXPECT_NEAR(mass_g, person.body.lv_mass_g, 0.02 * person.body.lv_mass_g);
    }
}

TEST(HeartAnatomy, ValuesAreDistancesNearTheEpicardium) {
    for (const Person& person : people()) {
        const HeartAnatomy heart(person.body, person.seed);
        Random random(person.seed);
        for (int n = 0; n < 60; ++n) {
            const Vec3 out = normalized({random.normal(), random.normal(), random.normal()});
            const Vec3 p = heart.on_epicardium(90 * out, 0);
            ASSERT_NEAR(heart.epicardium(p), 0, 1e-3);
            const Vec3 normal = heart.epicardium_normal(p);
            EXPECT_NEAR(norm(normal), 1, 1e-12);
            const double slope = (heart.epicardium(p + normal) - heart.epicardium(p - normal)) / 2;
            // Where two solids meet at a right angle, the fillet between them has slope cos 45 degrees.
            EXPECT_GT(slope, 0.65);
            EXPECT_LT(slope, 1.30);
        }
    }
}

TEST(HeartAnatomy, LandmarksLieAsInAHuman) {
    for (const Person& person : people()) {
        const HeartAnatomy heart(person.body, person.seed);
        const OstiumSite left = heart.left_ostium(), right = heart.right_ostium();
        EXPECT_NEAR(heart.aorta(left.position_lps_mm), 0, 1e-3);
        EXPECT_NEAR(heart.aorta(right.position_lps_mm), 0, 1e-3);
        EXPECT_GT(left.outward.x, 0.6);    // to the left
        EXPECT_LT(right.outward.y, -0.6);  // to the front
        const HeartFrame frame = heart.frame();
        const Vec3 apex = heart.apex() - frame.lv_base_lps_mm;
        EXPECT_GT(apex.x, 30);   // left,
        EXPECT_LT(apex.y, -20);  // forward
        EXPECT_LT(apex.z, -20);  // and down
        EXPECT_GT(frame.aorta_axis.z, 0.8);
        EXPECT_LT(distance(heart.anterior_groove(0), heart.av_groove(0)), 1e-6);
        EXPECT_LT(distance(heart.posterior_groove(0), heart.av_groove(pi)), 1e-6);
        EXPECT_LT(distance(heart.anterior_groove(1), heart.apex()), 2.0);
        // The right coronary artery's groove is in front and to the right, the crux behind and below.
        EXPECT_LT(heart.av_groove(-pi / 2).x, left.position_lps_mm.x - 20);
        EXPECT_GT(heart.av_groove(pi).y, heart.av_groove(-pi / 2).y + 20);
        EXPECT_LT(heart.av_groove(pi).z, left.position_lps_mm.z - 30);
    }
}

// The least distance to a blood pool other than the aorta.
double room(const HeartAnatomy& heart, Vec3 p) {
    const HeartValues v = heart.shape().values(heart.to_heart(p));
    return heart.unit_mm() * std::min({v.lv_cavity, v.rv_cavity, v.left_atrium, v.right_atrium, v.trunk});
}

TEST(HeartAnatomy, GroovesLeaveRoomForArteries) {
    constexpr double artery_radius_mm = 1.6, least_mm = 1.0;
    for (const Person& person : people()) {
        const HeartAnatomy heart(person.body, person.seed);
        const auto check = [&](Vec3 groove, const char* name, double at) {
            const Vec3 p = heart.on_epicardium(groove, 2);
            EXPECT_GT(room(heart, p), artery_radius_mm + least_mm)
                << name << " at " << at << ", seed " << person.seed;
        };
        for (int n = 5; n <= 178; n += 3) check(heart.av_groove(n * pi / 180), "left groove", n);
        for (int n = 45; n <= 178; n += 3) check(heart.av_groove(-n * pi / 180), "right groove", n);
        for (double t = 0; t <= 1; t += 0.02) {
            check(heart.anterior_groove(t), "anterior groove", t);
            check(heart.posterior_groove(t), "posterior groove", t);
        }
        // From the ostia outward the pulmonary trunk and the atria stay away.
        for (const OstiumSite& site : {heart.left_ostium(), heart.right_ostium()})
            for (double s = 0; s <= 8; s += 1)
                EXPECT_GT(room(heart, site.position_lps_mm + s * site.outward), 2.2 + least_mm)
                    << person.seed;
    }
}

TEST(HeartAnatomy, PoolsDoNotOverlap) {
    const HeartAnatomy heart(people()[1].body, people()[1].seed);
    Random random(7);
    int in_some = 0;
    for (int n = 0; n < 40000; ++n) {
        const Vec3 p{random.uniform(-70, 90), random.uniform(-75, 75), random.uniform(-80, 80)};
        const HeartValues v = heart.shape().values(heart.to_heart(p));
        // Left chambers join the aorta and each other, right ones likewise; left and right never do.
        const bool left = std::min({v.left_atrium, v.lv_cavity, v.root}) < 0;
        const bool right = std::min({v.right_atrium, v.rv_cavity, v.trunk}) < 0;
        EXPECT_FALSE(left && right) << p.x << ' ' << p.y << ' ' << p.z;
        in_some += left || right ? 1 : 0;
        if (std::min({v.lv_outer, v.rv_outer}) < 0) {
            EXPECT_LT(v.epicardium, 1e-9);
        }
        // The sac ends on the great vessels.
        if (v.epicardium < 0 && v.trunk > 4) {
            EXPECT_LT(v.sac, 0);
        }
    }
    EXPECT_GT(in_some, 2000);
}

TEST(HeartAnatomy, PoseTurnsEverything) {
    const Person person = people()[1];
    const Mat3 pose = rotation({0.1, -0.05, 0.15});
    const HeartAnatomy upright(person.body, person.seed), turned(person.body, person.seed, pose);
    EXPECT_LT(distance(turned.apex(), pose * upright.apex()), 1e-9);
    EXPECT_LT(distance(turned.left_ostium().position_lps_mm, pose * upright.left_ostium().position_lps_mm),
              1e-6);
    EXPECT_NEAR(turned.epicardium(pose * Vec3{30, 20, 10}), upright.epicardium({30, 20, 10}), 1e-9);
    EXPECT_LT(distance(turned.av_groove(1.0), pose * upright.av_groove(1.0)), 0.05);
}

TEST(HeartAnatomy, SeedDecides) {
    const BodySize body{'M', 1.9, 130};
    const HeartAnatomy a(body, 5), b(body, 5), c(body, 6);
    EXPECT_EQ(a.apex(), b.apex());
    EXPECT_EQ(a.av_groove(0.7), b.av_groove(0.7));
    EXPECT_GT(distance(a.apex(), c.apex()), 0.1);
}

}  // namespace
}  // namespace ctffr::phantom
