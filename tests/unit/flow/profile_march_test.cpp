// SPDX-License-Identifier: Apache-2.0
#include "flow/profile_march.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "ctffr/core/units.hpp"

namespace ctffr {
namespace {

constexpr double rho = 1060, mu = 3.5e-3;

// Static pressure drop along a tube with radius r(x), marched with equal steps.
template <class Radius>
double drop(const ProfileGrid& grid, double length, int steps, double flow, const Radius& radius,
            Profile profile, Profile* end = nullptr, double viscosity = mu) {
    ProfileMarch march(grid);
    const double h = length / steps, d = 1e-7;
    double change = 0;
    for (int i = 0; i < steps; ++i) {
        const double x0 = i * h, x1 = x0 + h;
        const auto slope = [&](double x) { return (radius(x + d) - radius(x - d)) / (2 * d); };
        change += march.advance({h, radius(x0), radius(x1), slope(x0), slope(x1), flow, flow, rho, viscosity},
                                profile);
    }
    if (end) *end = profile;
    return -change;
}

TEST(ProfileMarch, PoiseuilleIsExact) {
    const ProfileGrid grid(32);
    const double r = 1.5e-3, q = 3e-6, length = 0.05;
    Profile end;
    const double found = drop(
        grid, length, 100, q, [&](double) { return r; }, Profile::parabola(grid), &end);
    const double exact = 8 * mu * length * q / (pi * std::pow(r, 4));
    EXPECT_NEAR(found / exact, 1, 1e-9);
    EXPECT_NEAR(energy_factor(grid, end), energy_factor(grid, Profile::parabola(grid)), 1e-9);
}

TEST(ProfileMarch, EntranceLossIsThePublishedOne) {
    // Excess over developed flow in units of rho U^2 / 2, from a flat profile: 1.24 to 1.33 in the literature
    // (boundary-layer equations: Hornbeck 1964 gives 1.28).
    const ProfileGrid grid(48);
    const double r = 1.5e-3, u = 0.3, q = u * pi * r * r, length = 0.12;
    const double found = drop(
        grid, length, 2400, q, [&](double) { return r; }, Profile::flat(grid));
    const double excess = found - 8 * mu * length * q / (pi * std::pow(r, 4));
    EXPECT_GT(excess / (rho * u * u / 2), 1.20);
    EXPECT_LT(excess / (rho * u * u / 2), 1.36);
}

TEST(ProfileMarch, WithoutFrictionItIsBernoulli) {
    const ProfileGrid grid(32);
    const double q = 3e-6;
    const auto radius = [](double x) { return 1.5e-3 - 0.5e-3 * (0.5 - 0.5 * std::cos(pi * x / 0.01)); };
    const double u0 = q / (pi * 1.5e-3 * 1.5e-3), u1 = q / (pi * 1.0e-3 * 1.0e-3);
    const double exact = rho / 2 * (u1 * u1 - u0 * u0);
    const double found = drop(grid, 0.01, 200, q, radius, Profile::flat(grid), nullptr, mu * 1e-6);
    EXPECT_NEAR(found / exact, 1, 2e-3);
}

TEST(ProfileMarch, SlowFlowIsLubrication) {
    // At vanishing Reynolds number the drop is the sum of local Poiseuille drops:
    // int (R0/R)^4 dx = 5.569 L for the cosine stenosis of half the diameter (Legendre P_3).
    const ProfileGrid grid(32);
    const double r0 = 1.5e-3, q = 1e-9, length = 0.006;
    const auto radius = [&](double x) { return r0 * (1 - 0.25 * (1 - std::cos(2 * pi * x / length))); };
    const double root = std::sqrt(0.5), x = 0.75 / root;
    const double integral = (5 * x * x * x - 3 * x) / 2 / 0.25;
    const double exact = 8 * mu * length * q / (pi * std::pow(r0, 4)) * integral;
    EXPECT_NEAR(drop(grid, length, 200, q, radius, Profile::parabola(grid)) / exact, 1, 2e-3);
}

TEST(ProfileMarch, SecondOrderAlongTheTube) {
    const ProfileGrid grid(32);
    const double r0 = 1.5e-3, q = 1e-6, length = 0.02;
    const auto radius = [&](double x) { return r0 * (1 - 0.15 * (1 - std::cos(2 * pi * x / length))); };
    const auto run = [&](int steps) { return drop(grid, length, steps, q, radius, Profile::parabola(grid)); };
    const double exact = run(1600);
    const double coarse = std::abs(run(50) - exact), fine = std::abs(run(100) - exact);
    EXPECT_GT(std::log2(coarse / fine), 1.7);
    EXPECT_LT(fine / exact, 1e-3);
}

TEST(ProfileMarch, RingsConverge) {
    const auto run = [&](int rings) {
        const ProfileGrid grid(rings);
        const auto radius = [](double x) { return 1.5e-3 * (1 - 0.25 * (1 - std::cos(2 * pi * x / 0.006))); };
        return drop(grid, 0.006, 120, 2.12e-6, radius, Profile::parabola(grid));
    };
    EXPECT_NEAR(run(32) / run(96), 1, 0.01);
}

TEST(ProfileMarch, FailsAloudWithoutFlow) {
    const ProfileGrid grid(16);
    ProfileMarch march(grid);
    Profile profile = Profile::flat(grid);
    EXPECT_TRUE(std::isnan(march.advance({1e-4, 1e-3, 1e-3, 0, 0, 1e-7, -1e-9, rho, mu}, profile)));
    EXPECT_TRUE(std::isnan(march.advance({1e-4, 1e-3, 1e-3, 0, 0, 0, 0, rho, mu}, profile)));
}

TEST(EnergyFactor, OfParabolaAndParts) {
    const ProfileGrid grid(400);
    const Profile parabola = Profile::parabola(grid), flat = Profile::flat(grid);
    EXPECT_NEAR(energy_factor(grid, flat), 1, 1e-12);
    EXPECT_NEAR(energy_factor(grid, parabola), 2, 1e-4);
    EXPECT_NEAR(energy_factor_of_part(grid, parabola, 1), 2, 1e-4);
    EXPECT_NEAR(energy_factor_of_part(grid, parabola, 0.5), 2, 1e-4);  // by symmetry
    EXPECT_NEAR(energy_factor_of_part(grid, flat, 0.2), 1, 1e-9);
    EXPECT_LT(energy_factor_of_part(grid, parabola, 0.1), 1.6);  // the edge of the profile is slow
    for (double f : {0.05, 0.2, 0.35}) {
        // Two complementary parts carry all the energy.
        const double both = f * energy_factor_of_part(grid, parabola, f) +
                            (1 - f) * energy_factor_of_part(grid, parabola, 1 - f);
        EXPECT_NEAR(both, 2, 1e-4);
    }
}

}  // namespace
}  // namespace ctffr
