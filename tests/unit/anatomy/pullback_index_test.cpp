// SPDX-License-Identifier: Apache-2.0
// The index of curves for which it follows from its definition by hand.
#include "anatomy/pullback_index.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace ctffr {
namespace {

struct Curve {
    std::vector<double> arc_mm, ffr;
};
template <class F>
Curve curve(double length_mm, F&& ffr_at) {
    Curve c;
    for (int i = 0; i <= static_cast<int>(2 * length_mm); ++i)
        c.arc_mm.push_back(0.5 * i), c.ffr.push_back(ffr_at(0.5 * i));
    return c;
}

TEST(PullbackIndex, EvenFallIsDiffuse) {
    // 0.003 per mm over 100 mm: all of the length is diseased, 20 of 100 mm hold 0.2 of the fall.
    const Curve c = curve(100, [](double s) { return 1 - 0.003 * s; });
    EXPECT_NEAR(pullback_index(c.arc_mm, c.ffr), 0.5 * (0.2 + 0), 1e-9);
}

TEST(PullbackIndex, OneShortFallIsFocal) {
    // All of 0.3 within 4 mm; the slope is read over 1 mm, so 4 to 6 of 100 mm count as diseased.
    const Curve c = curve(100, [](double s) { return 1 - 0.3 * std::clamp((s - 50) / 4, 0.0, 1.0); });
    const double index = pullback_index(c.arc_mm, c.ffr);
    EXPECT_GE(index, 0.5 * (1 + 1 - 0.06) - 1e-9);
    EXPECT_LE(index, 0.5 * (1 + 1 - 0.04) + 1e-9);
    EXPECT_GT(index, focal_index);
}

TEST(PullbackIndex, TwoEqualFallsApartHoldHalfEach) {
    const Curve c = curve(100, [](double s) {
        return 1 - 0.15 * std::clamp((s - 20) / 10, 0.0, 1.0) - 0.15 * std::clamp((s - 70) / 10, 0.0, 1.0);
    });
    // 20 mm of disease, blurred by the 1 mm over which the slope is read.
    EXPECT_NEAR(pullback_index(c.arc_mm, c.ffr), 0.5 * (0.5 + 1 - 0.21), 0.011);
}

TEST(PullbackIndex, AGentleSlopeIsNoDisease) {
    const Curve c = curve(100, [](double s) { return 1 - 0.0014 * s; });
    EXPECT_NEAR(pullback_index(c.arc_mm, c.ffr), 0.5 * (0.2 + 1), 1e-9);
}

TEST(PullbackIndex, RecoveryBehindAThroatDoesNotCountTwice) {
    const Curve c = curve(60, [](double s) {
        return 1 - 0.4 * std::clamp((s - 20) / 4, 0.0, 1.0) + 0.1 * std::clamp((s - 24) / 4, 0.0, 1.0);
    });
    const double index = pullback_index(c.arc_mm, c.ffr);
    EXPECT_LE(index, 1);
    EXPECT_GT(index, 0.9);
}

TEST(PullbackIndex, WithoutAFallThereIsNone) {
    const Curve flat = curve(50, [](double) { return 0.98; });
    EXPECT_TRUE(std::isnan(pullback_index(flat.arc_mm, flat.ffr)));
    EXPECT_TRUE(std::isnan(pullback_index({}, {})));
    EXPECT_TRUE(std::isnan(pullback_index({1}, {0.9})));
}

}  // namespace
}  // namespace ctffr
