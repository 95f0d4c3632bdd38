// SPDX-License-Identifier: Apache-2.0
#include "ctffr/core/random.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace ctffr {
namespace {

TEST(Philox, GivesThePublishedVectors) {
    // Known answers of philox4x32-10 from the Random123 distribution (kat_vectors): counter and key all 0,
    // all ones.
    const Philox4 zero = philox(0, 0, 0);
    EXPECT_EQ(zero.v[0], 0x6627e8d5u);
    EXPECT_EQ(zero.v[1], 0xe169c58du);
    EXPECT_EQ(zero.v[2], 0xbc57ac4cu);
    EXPECT_EQ(zero.v[3], 0x9b00dbd8u);
    const Philox4 ones = philox(~0ull, ~0ull, ~0ull);
    EXPECT_EQ(ones.v[0], 0x408f276du);
    EXPECT_EQ(ones.v[1], 0x41c83b0eu);
    EXPECT_EQ(ones.v[2], 0xa20bc7c6u);
    EXPECT_EQ(ones.v[3], 0x6d5451fdu);
}

TEST(Random, HasTheMomentsAsked) {
    Random random(5);
    constexpr int n = 200000;
    double sum = 0, squares = 0, uniform = 0;
    for (int i = 0; i < n; ++i) {
        const double x = random.normal(3, 2);
        sum += x, squares += x * x, uniform += random.uniform(1, 4);
    }
    const double mean = sum / n, sd = std::sqrt(squares / n - mean * mean);
    EXPECT_NEAR(mean, 3, 4 * 2 / std::sqrt(double(n)));  // four standard errors
    EXPECT_NEAR(sd, 2, 4 * 2 / std::sqrt(2.0 * n));
    EXPECT_NEAR(uniform / n, 2.5, 4 * std::sqrt(9.0 / 12 / n));
}

TEST(Random, StreamsAndSeedsDiffer) {
    EXPECT_NE(Random(1, 0).uniform(), Random(1, 1).uniform());
    EXPECT_NE(Random(1, 0).uniform(), Random(2, 0).uniform());
    EXPECT_EQ(Random(1, 7).normal(), Random(1, 7).normal());
}

}  // namespace
}  // namespace ctffr
