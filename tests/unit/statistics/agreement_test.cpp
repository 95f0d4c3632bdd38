// SPDX-License-Identifier: Apache-2.0
#include "ctffr/statistics/agreement.hpp"

#include <cmath>
#include <numeric>

#include <gtest/gtest.h>

#include "unit/statistics/small_cohort.hpp"

namespace ctffr::statistics {
namespace {

void expect_estimate(const Estimate& estimate, double value, double low, double high, double tolerance) {
    ASSERT_TRUE(estimate.value && estimate.interval) << estimate.reason;
    EXPECT_NEAR(*estimate.value, value, tolerance);
    EXPECT_NEAR(estimate.interval->low, low, tolerance);
    EXPECT_NEAR(estimate.interval->high, high, tolerance);
}

std::vector<int> one_each(std::size_t count) {
    std::vector<int> cluster(count);
    std::iota(cluster.begin(), cluster.end(), 0);
    return cluster;
}

// R 4.2.2: cor.test(d$inv, d$ct)
TEST(Correlation, PearsonAsR) {
    const test::SmallCohort c;
    expect_estimate(pearson(c.measured, c.computed), 0.847350218268, 0.701112581048, 0.925184483683, 1e-11);
}

// R 4.2.2: r <- cor(d$inv, d$ct, method = "spearman");
// tanh(atanh(r) + c(-1, 1) * qnorm(.975) * sqrt((1 + r^2 / 2) / (30 - 3)))
TEST(Correlation, SpearmanAsR) {
    const test::SmallCohort c;
    expect_estimate(spearman(c.measured, c.computed), 0.863545493941, 0.698910205448, 0.941270512361, 1e-11);
}

TEST(Correlation, StatesWithoutANumber) {
    const std::vector<double> x{0.7, 0.8, 0.9, 1.0}, flat{0.8, 0.8, 0.8, 0.8},
        bad{0.7, std::nan(""), 0.9, 1.0}, line{0.65, 0.75, 0.85, 0.95};
    for (const auto statistic : {pearson, spearman}) {
        EXPECT_EQ(statistic(x, flat, 0.95).reason, "all values of one method are equal");
        EXPECT_FALSE(statistic(x, flat, 0.95).value.has_value());
        EXPECT_FALSE(statistic(x, bad, 0.95).value.has_value());
        EXPECT_FALSE(statistic(std::vector{0.7}, std::vector{0.8}, 0.95).value.has_value());
        const Estimate exact = statistic(x, line, 0.95);
        EXPECT_NEAR(*exact.value, 1, 1e-12);
        EXPECT_FALSE(exact.interval.has_value());
        EXPECT_FALSE(exact.reason.empty());
    }
}

// Peak expiratory flow by Wright and mini Wright meter, 17 subjects: Bland and Altman, Lancet 1:307 (1986),
// table I. Printed there: mean difference -2.1, standard deviation 38.8, interval of the bias -22.0 to 17.8.
// Limits as in their paper of 1999; R 4.2.2: e <- wright - mini; h <- qt(.975, 16) * sd(e) *
// sqrt(1 / 17 + 1.96^2 / 32); mean(e) - 1.96 * sd(e) + c(-1, 0, 1) * h
TEST(BlandAltman, PublishedExample) {
    const std::vector<double> wright{494, 395, 516, 434, 476, 557, 413, 442, 650,
                                     433, 417, 656, 267, 478, 178, 423, 427},
        mini{512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451};
    const BlandAltman result = bland_altman(mini, wright, one_each(17));
    EXPECT_EQ(result.count, 17);
    expect_estimate(result.bias, -2.1, -22.0, 17.8, 0.05);
    EXPECT_NEAR(*result.standard_deviation.value, 38.8, 0.05);
    expect_estimate(result.lower_limit, -78.09730161, -112.85337791, -43.34122531, 1e-7);
    // One subject per cluster: the clustered interval is the plain one.
    expect_estimate(result.bias_clustered, *result.bias.value, result.bias.interval->low,
                    result.bias.interval->high, 1e-10);
}

// R 4.2.2: e <- d$ct - d$inv; t.test(e)$conf.int; limits as above. Clusters: s <- svymean(~e, svydesign(ids =
// ~case, weights = ~1, data = d)); confint(s, df = 15)
TEST(BlandAltman, CohortAsR) {
    const test::SmallCohort c;
    const BlandAltman result = bland_altman(c.measured, c.computed, c.patient);
    expect_estimate(result.bias, -0.022, -0.04898734123231, 0.00498734123231, 1e-12);
    EXPECT_NEAR(*result.standard_deviation.value, 0.0722734271767, 1e-12);
    expect_estimate(result.lower_limit, -0.163655917266, -0.210298245243, -0.117013589289, 1e-11);
    expect_estimate(result.upper_limit, 0.1196559172663, 0.0730135892894, 0.1662982452432, 1e-11);
    expect_estimate(result.bias_clustered, -0.022, -0.0608503741871, 0.0168503741871, 1e-11);
}

TEST(BlandAltman, StatesWithoutANumber) {
    EXPECT_FALSE(bland_altman({}, {}, {}).bias.value.has_value());
    const BlandAltman one = bland_altman(std::vector{0.8}, std::vector{0.75}, std::vector{1});
    EXPECT_NEAR(*one.bias.value, -0.05, 1e-15);
    EXPECT_FALSE(one.bias.interval.has_value());
    EXPECT_FALSE(one.lower_limit.value.has_value());
    EXPECT_FALSE(one.standard_deviation.value.has_value());
    const BlandAltman bad =
        bland_altman(std::vector{0.8, 0.7}, std::vector{std::nan(""), 0.7}, std::vector{1, 2});
    EXPECT_EQ(bad.bias.reason, "a value is not a finite number");
    // Equal differences (0.8 - 0.7 and 0.9 - 0.8 differ by rounding): no spread, so no certainty either.
    const BlandAltman same = bland_altman(std::vector{0.7, 0.8}, std::vector{0.8, 0.9}, std::vector{1, 2});
    EXPECT_EQ(*same.standard_deviation.value, 0);
    EXPECT_NEAR(*same.bias.value, 0.1, 1e-15);
    for (const Estimate& e : {same.bias, same.bias_clustered, same.lower_limit, same.upper_limit}) {
        EXPECT_FALSE(e.interval.has_value());
        EXPECT_FALSE(e.reason.empty());
    }
    const BlandAltman one_patient =
        bland_altman(std::vector{0.7, 0.8}, std::vector{0.8, 0.7}, std::vector{1, 1});
    EXPECT_TRUE(one_patient.bias.interval.has_value());
    EXPECT_FALSE(one_patient.bias_clustered.interval.has_value());
}

// Fifteen slopes of six points, sorted: .5 .7 .8 .867 .933 .94 .95 .975 1 1.05 1.05 1.05 1.133 1.3 1.4; none
// below -1. C = 10.43, M1 = round(2.28) = 2, M2 = 14: slope .975 (.7 to 1.3). Intercepts by median(y - b x).
TEST(PassingBablok, ByHand) {
    const std::vector<double> x{1, 2, 3, 4, 5, 6}, y{1.1, 1.9, 3.2, 3.9, 5.3, 5.8};
    const PassingBablok line = passing_bablok(x, y);
    expect_estimate(line.slope, 0.975, 0.7, 1.3, 1e-12);
    expect_estimate(line.intercept, 0.0625, -0.95, 1.1, 1e-12);
}

// The paper's formulas as a double loop in R 4.2.2 over the cohort, which has ties, vertical pairs and slopes
// of -1: 431 slopes, K = 35.
TEST(PassingBablok, CohortAsR) {
    const test::SmallCohort c;
    const PassingBablok line = passing_bablok(c.measured, c.computed);
    expect_estimate(line.slope, 1.25, 1.0, 1.583333333333, 1e-11);
    expect_estimate(line.intercept, -0.21625, -0.472916666667, -0.03, 1e-11);
}

// What sets the method apart: exchanging the methods gives the inverse line (15 slopes: an odd number, whose
// median is one of them).
TEST(PassingBablok, ExchangingTheMethodsInvertsTheLine) {
    const std::vector<double> x{1, 2, 3, 4, 5, 6}, y{1.1, 1.9, 3.2, 3.9, 5.3, 5.8};
    const PassingBablok forth = passing_bablok(x, y), back = passing_bablok(y, x);
    EXPECT_NEAR(*back.slope.value, 1 / *forth.slope.value, 1e-12);
    EXPECT_NEAR(back.slope.interval->low, 1 / forth.slope.interval->high, 1e-12);
    EXPECT_NEAR(*back.intercept.value, -*forth.intercept.value / *forth.slope.value, 1e-12);
}

TEST(PassingBablok, AFarOutlierDoesNotBendTheLine) {
    std::vector<double> x, y;
    for (int i = 0; i < 21; ++i) {
        x.push_back(0.5 + 0.02 * i);
        y.push_back(0.05 + 0.9 * x.back());
    }
    y[10] = 0.2;
    const PassingBablok line = passing_bablok(x, y);
    EXPECT_NEAR(*line.slope.value, 0.9, 1e-12);
    EXPECT_NEAR(*line.intercept.value, 0.05, 1e-12);
}

TEST(PassingBablok, StatesWithoutANumber) {
    const auto reason = [](const std::vector<double>& x, const std::vector<double>& y) {
        const PassingBablok line = passing_bablok(x, y);
        EXPECT_FALSE(line.slope.value.has_value());
        EXPECT_FALSE(line.intercept.value.has_value());
        return line.slope.reason;
    };
    EXPECT_EQ(reason({}, {}), "fewer than two pairs");
    EXPECT_EQ(reason({0.8}, {0.8}), "fewer than two pairs");
    EXPECT_EQ(reason({0.8, 0.8, 0.8}, {0.7, 0.8, 0.9}), "all values of one method are equal");
    EXPECT_EQ(reason({0.8, std::nan("")}, {0.7, 0.8}), "a value is not a finite number");
    const PassingBablok two = passing_bablok(std::vector{0.6, 0.8}, std::vector{0.7, 0.8});
    EXPECT_NEAR(*two.slope.value, 0.5, 1e-12);
    EXPECT_FALSE(two.slope.interval.has_value());
    EXPECT_FALSE(two.slope.reason.empty());
}

}  // namespace
}  // namespace ctffr::statistics
