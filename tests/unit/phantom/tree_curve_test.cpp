// SPDX-License-Identifier: Apache-2.0
#include "phantom/tree_curve.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "ctffr/core/units.hpp"
#include "phantom/tree_radius.hpp"

namespace ctffr::phantom {
namespace {

// Knots on a helix of radius a and pitch 2 pi b: curvature a / (a^2 + b^2), speed sqrt(a^2 + b^2).
std::vector<Vec3> helix(double a, double b, double spacing_mm) {
    std::vector<Vec3> knots;
    const double speed = std::hypot(a, b);
    for (double s = 0; s <= 80; s += spacing_mm)
        knots.push_back({a * std::cos(s / speed), a * std::sin(s / speed), b * s / speed});
    return knots;
}

double helix_error(double spacing_mm) {
    const double a = 10, b = 4, speed = std::hypot(a, b);
    const Curve curve(helix(a, b, spacing_mm), {0, a / speed, b / speed});
    double worst = 0;
    for (std::size_t i = 0; i + 40 < curve.size(); ++i) {  // the natural end is free to straighten
        const double s = Curve::step_mm * static_cast<double>(i);
        const Vec3 exact{a * std::cos(s / speed), a * std::sin(s / speed), b * s / speed};
        worst = std::max(worst, distance(curve[i].position_lps_mm, exact));
    }
    return worst;
}

TEST(TreeCurve, FollowsAHelixToFourthOrder) {
    const double coarse = helix_error(4), fine = helix_error(2);
    EXPECT_LT(fine, 2e-3);
    EXPECT_GT(std::log2(coarse / fine), 3.0);
}

TEST(TreeCurve, KnowsItsCurvatureAndFrames) {
    const double a = 10, b = 4;
    const Curve curve(helix(a, b, 2), {0, a / std::hypot(a, b), b / std::hypot(a, b)});
    for (std::size_t i = 40; i + 60 < curve.size(); ++i) {
        const CurvePoint& p = curve[i];
        EXPECT_NEAR(norm(p.curvature_per_mm), a / (a * a + b * b), 2e-3);
        EXPECT_NEAR(norm(p.tangent), 1, 1e-12);
        EXPECT_NEAR(norm(p.normal), 1, 1e-12);
        EXPECT_NEAR(dot(p.tangent, p.normal), 0, 1e-12);
        // Rotation-minimising: the normal does not turn about the tangent.
        const Vec3 turn = (curve[i + 1].normal - curve[i - 1].normal) / (2 * Curve::step_mm);
        EXPECT_NEAR(dot(turn, cross(p.tangent, p.normal)), 0, 1e-3);
    }
}

TEST(TreeCurve, EntriesAreEvenAndCutsFallOnTreePoints) {
    Curve curve(helix(12, 3, 4), {});
    for (std::size_t i = 1; i < curve.size(); ++i)
        EXPECT_NEAR(distance(curve[i].position_lps_mm, curve[i - 1].position_lps_mm), Curve::step_mm, 2e-4);
    EXPECT_EQ(curve.size() % 2, 1u);
    curve.cut(33.3);
    EXPECT_DOUBLE_EQ(curve.length_mm(), 33);
}

TEST(TreeRadius, DividesByTheLawOfHuoAndKassab) {
    const double mother = huo_kassab_mother({3.0, 2.0});
    EXPECT_NEAR(std::pow(mother, 7.0 / 3), std::pow(3.0, 7.0 / 3) + std::pow(2.0, 7.0 / 3), 1e-12);
    EXPECT_NEAR(huo_kassab_rest(mother, 2.0), 3.0, 1e-12);
    EXPECT_DOUBLE_EQ(huo_kassab_rest(2, 1.99), 1.2);  // never below 0.6 of the mother
}

TEST(TreeRadius, StepsAndTapersMultiply) {
    RadiusProfile radius(2, 0.004, 0.15);
    radius.add_step(30, 0.8, 3);
    radius.add_taper(50, 0.01);
    EXPECT_NEAR(radius.at(0), 2 * 1.15, 1e-12);
    EXPECT_NEAR(radius.at(20), 2 * std::exp(-0.08), 1e-12);
    EXPECT_NEAR(radius.at(40), 2 * 0.8 * std::exp(-0.16), 1e-12);
    EXPECT_NEAR(radius.at(70), 2 * 0.8 * std::exp(-0.28 - 0.2), 1e-12);
    // No jump in value or slope anywhere.
    for (double s = 0.01; s < 90; s += 0.01) {
        EXPECT_LT(std::abs(radius.at(s) - radius.at(s - 0.01)), 0.005);
        EXPECT_LT(std::abs(radius.at(s + 0.01) - 2 * radius.at(s) + radius.at(s - 0.01)), 1e-4);
    }
    EXPECT_NEAR(radius.at(radius.end_at(1.0, 90)), 1.0, 0.01);
}

}  // namespace
}  // namespace ctffr::phantom
