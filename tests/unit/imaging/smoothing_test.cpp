// SPDX-License-Identifier: Apache-2.0
#include "imaging/smoothing.hpp"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "ctffr/core/units.hpp"

namespace ctffr::imaging {
namespace {

TEST(Smoothing, KeepsStraightLinesExactly) {
    std::vector<Vec3> line;
    for (int i = 0; i < 20; ++i) line.push_back({1.0 + i, 2.0 - 0.5 * i, 0.25 * i});
    const auto out = smoothed(line, std::vector<double>(20, 1.0), 50);
    for (std::size_t i = 0; i < 20; ++i) EXPECT_LT(distance(out[i], line[i]), 1e-9);
}

TEST(Smoothing, DampsWavesAsItsTransferFunctionSays) {
    const double length = 20, lambda = 100;
    std::vector<double> wave;
    for (int i = 0; i < 400; ++i) wave.push_back(std::cos(2 * pi * i / length));
    const auto out = smoothed(wave, std::vector<double>(wave.size(), 1.0), lambda);
    // The second difference of a wave of this length is 2 (cos(2 pi / L) - 1) times the wave.
    const double second = 2 * (1 - std::cos(2 * pi / length));
    EXPECT_NEAR(out[200], 1 / (1 + lambda * second * second), 1e-6);
}

TEST(Smoothing, HoldsPointsOfLargeWeight) {
    std::vector<double> y{0, 5, -5, 5, -5, 5, -5}, w(7, 1.0);
    w[0] = 1e9;
    EXPECT_NEAR(smoothed(y, w, 10)[0], 0, 1e-6);
}

TEST(Resampled, HasEvenStepsAndKeepsTheEnds) {
    const std::vector<Vec3> corner{{0, 0, 0}, {3, 0, 0}, {3, 4, 0}};
    const auto out = resampled(corner, 0.5);
    EXPECT_EQ(out.size(), 15u);
    EXPECT_EQ(out.front(), corner.front());
    EXPECT_EQ(out.back(), corner.back());
    for (std::size_t i = 1; i < out.size(); ++i) EXPECT_LE(distance(out[i], out[i - 1]), 0.5 + 1e-9);
    EXPECT_LT(distance(out[6], {3, 0, 0}), 1e-9);
}

}  // namespace
}  // namespace ctffr::imaging
