// SPDX-License-Identifier: Apache-2.0
#include "ctffr/statistics/distributions.hpp"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ctffr::statistics {
namespace {

using ::testing::ElementsAre;

// R 4.2.2: qnorm(c(.975, .001, .6)); the tolerance is the digits printed.
TEST(Distributions, NormalQuantiles) {
    EXPECT_NEAR(normal_quantile(0.975), 1.959963984540, 1e-11);
    EXPECT_NEAR(normal_quantile(0.001), -3.090232306168, 1e-11);
    EXPECT_NEAR(normal_quantile(0.6), 0.253347103136, 1e-11);
    EXPECT_NEAR(two_sided_normal(0.95), 1.959963984540, 1e-11);
}

// R 4.2.2: qt(c(.975, .975, .995, .9), c(1, 16, 3.5, 200)); pt(c(-2.5, .3), c(4, 1000))
TEST(Distributions, StudentQuantilesAndProbabilities) {
    EXPECT_NEAR(student_quantile(0.975, 1), 12.70620473617, 1e-9);
    EXPECT_NEAR(student_quantile(0.975, 16), 2.11990529922, 1e-10);
    EXPECT_NEAR(student_quantile(0.995, 3.5), 5.08570222309, 1e-10);
    EXPECT_NEAR(student_quantile(0.9, 200), 1.28579879399, 1e-10);
    EXPECT_NEAR(student_cdf(-2.5, 4), 0.033383272406, 1e-11);
    EXPECT_NEAR(student_cdf(0.3, 1000), 0.617880247916, 1e-11);
    EXPECT_DOUBLE_EQ(student_cdf(0, 7), 0.5);
}

TEST(Distributions, TiesShareTheirRankAndInfinitiesHaveOne) {
    const double inf = std::numeric_limits<double>::infinity();
    EXPECT_THAT(mid_ranks(std::vector{0.8, 0.7, 0.8, 0.9}), ElementsAre(2.5, 1, 2.5, 4));
    EXPECT_THAT(mid_ranks(std::vector{inf, 0.0, -inf, inf}), ElementsAre(3.5, 2, 1, 3.5));
    EXPECT_THAT(mid_ranks(std::vector<double>{}), ElementsAre());
}

TEST(Distributions, MedianOfOddAndEvenCounts) {
    EXPECT_DOUBLE_EQ(median({3, 1, 2}), 2);
    EXPECT_DOUBLE_EQ(median({4, 1, 2, 3}), 2.5);
}

TEST(Distributions, ClustersAreNumberedInOrderOfAppearance) {
    const Clusters clusters = number_clusters(std::vector{7, 3, 7, 9});
    EXPECT_EQ(clusters.count, 3);
    EXPECT_THAT(clusters.of, ElementsAre(0, 1, 0, 2));
}

}  // namespace
}  // namespace ctffr::statistics
