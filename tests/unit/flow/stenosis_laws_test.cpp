// SPDX-License-Identifier: Apache-2.0
#include "flow/stenosis_laws.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "ctffr/core/units.hpp"

namespace ctffr {
namespace {

StenosisShape uniform_stenosis(double ds) {
    const double a0 = pi * 1.5e-3 * 1.5e-3, as = a0 * (1 - ds) * (1 - ds);
    return {a0, as, a0, a0, 0.01, 8 * 3.5e-3 * 0.01 / (pi * std::pow(1.5e-3 * (1 - ds), 4))};
}

// FFR of one stenosis of 10 mm in a 3 mm vessel in front of a microvascular resistance that gives 200 mL/min
// without it (85 mmHg aorta, 5 mmHg veins), with the flow found by bisection.
template <class Law>
double ffr(double ds, const Law& law) {
    const double pa = pa_from_mmhg(85), pv = pa_from_mmhg(5), healthy = m3_s_from_ml_min(200);
    const double r = (pa - pv) / healthy;
    double low = 0, high = healthy;
    for (int i = 0; i < 80; ++i) {
        const double q = (low + high) / 2;
        (law(uniform_stenosis(ds), Blood{}, q) + r * q + pv > pa ? high : low) = q;
    }
    return (pv + r * low) / pa;
}

TEST(StenosisLaws, TextbookTable) {
    // Computed independently from the published formulas.
    const double ds[] = {.30, .40, .50, .60, .70, .80};
    const double young_tsai[] = {.960, .917, .831, .676, .454, .220};
    const double huo_kassab[] = {.927, .867, .759, .590, .377, .186};
    for (int i = 0; i < 6; ++i) {
        EXPECT_NEAR(ffr(ds[i], young_tsai_drop), young_tsai[i], 6e-4);
        EXPECT_NEAR(ffr(ds[i], huo_kassab_drop), huo_kassab[i], 6e-4);
    }
}

TEST(StenosisLaws, YoungTsaiByHand) {
    // D0 = 3 mm, half the diameter, 10 mm, 2 mL/s: K_v = 32 (8.3 + 2.46) 16 / 3 = 1836.4;
    // viscous K_v mu Q / (A0 D0) = 606.2 Pa; inertial 1.52 * 530 * (2e-6)^2 / A0^2 * 9 = 580.5 Pa.
    const double a0 = pi * 1.5e-3 * 1.5e-3;
    const double viscous = 1836.3733 * 3.5e-3 * 2e-6 / (a0 * 3e-3);
    const double inertial = 1.52 * 530 * 4e-12 / (a0 * a0) * 9;
    EXPECT_NEAR(young_tsai_drop(uniform_stenosis(0.5), Blood{}, 2e-6), viscous + inertial, 0.05);
}

TEST(StenosisLaws, HuoKassabIsContinuousWhereTheCoreEnds) {
    // The length at which the core radius reaches 0.05 separates the two branches of the law.
    StenosisShape s = uniform_stenosis(0.5);
    double largest = 0, before = huo_kassab_drop(s, Blood{}, 1e-7);
    for (double q = 1e-7; q < 3e-6; q *= 1.001) {
        const double now = huo_kassab_drop(s, Blood{}, q);
        largest = std::max(largest, now / before - 1);
        before = now;
    }
    EXPECT_LT(largest, 0.0025);  // at most quadratic growth over a step of 0.1 %
}

TEST(StenosisLaws, OddInFlowAndGrowing) {
    const auto s = uniform_stenosis(0.4);
    EXPECT_NEAR(young_tsai_drop(s, Blood{}, -1e-6), -young_tsai_drop(s, Blood{}, 1e-6), 1e-9);
    EXPECT_NEAR(huo_kassab_drop(s, Blood{}, -1e-6), -huo_kassab_drop(s, Blood{}, 1e-6), 1e-9);
    EXPECT_EQ(huo_kassab_drop(s, Blood{}, 0), 0);
    EXPECT_GT(itu_drop(s, Blood{}, 2e-6, 9.4), 2 * itu_drop(s, Blood{}, 1e-6, 9.4));
}

}  // namespace
}  // namespace ctffr
