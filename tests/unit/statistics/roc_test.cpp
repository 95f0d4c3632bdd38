// SPDX-License-Identifier: Apache-2.0
#include "ctffr/statistics/roc.hpp"

#include <cmath>
#include <limits>
#include <numeric>

#include <gtest/gtest.h>

#include "unit/statistics/small_cohort.hpp"

namespace ctffr::statistics {
namespace {

constexpr double inf = std::numeric_limits<double>::infinity();

std::vector<int> one_each(std::size_t count) {
    std::vector<int> cluster(count);
    std::iota(cluster.begin(), cluster.end(), 0);
    return cluster;
}

// pROC 1.18.0: r1 <- roc(d$t, -d$ct, direction = "<"); r2 <- roc(d$t, d$ds, direction = "<");
// ci.auc(r1, method = "delong"): 0.857125892923 0.9375 1 (1.018 cut); ci.auc(r2, method = "delong"):
// 0.567053160565 0.745 0.922946839435
TEST(Auc, DelongIntervalAsPRoc) {
    const test::SmallCohort c;
    const Auc ffr = auc_of(c.score(), c.truth(), c.patient);
    EXPECT_EQ(ffr.positives, 20);
    EXPECT_EQ(ffr.negatives, 10);
    EXPECT_NEAR(*ffr.delong.value, 0.9375, 1e-14);
    EXPECT_NEAR(ffr.delong.interval->low, 0.857125892923, 1e-11);
    EXPECT_EQ(ffr.delong.interval->high, 1);
    const Auc stenosis = auc_of(c.stenosis_pct, c.truth(), c.patient);
    EXPECT_NEAR(*stenosis.delong.value, 0.745, 1e-14);
    EXPECT_NEAR(stenosis.delong.interval->low, 0.567053160565, 1e-11);
    EXPECT_NEAR(stenosis.delong.interval->high, 0.922946839435, 1e-11);
}

// roc.test(r1, r2, method = "delong", paired = TRUE): Z = 2.14654469613, p = 0.0318295467925, difference
// 0.1925 with standard deviation 0.0896790084769
TEST(Auc, PairedComparisonAsPRoc) {
    const test::SmallCohort c;
    const AucComparison test = compare_auc(c.score(), c.stenosis_pct, c.truth(), c.patient);
    EXPECT_NEAR(*test.difference.value, 0.1925, 1e-14);
    EXPECT_NEAR(*test.p_value.value, 0.0318295467925, 1e-11);
    EXPECT_NEAR(test.difference.interval->low, 0.1925 - 1.959963984540 * 0.0896790084769, 1e-11);
    // Exchanged tests: the same with the other sign.
    const AucComparison back = compare_auc(c.stenosis_pct, c.score(), c.truth(), c.patient);
    EXPECT_NEAR(*back.difference.value, -0.1925, 1e-14);
    EXPECT_NEAR(*back.p_value.value, *test.p_value.value, 1e-14);
}

// Obuchowski (1997), equations of section 2, written in R with the matrix of all pairs,
// psi <- outer(X, Y, function(a, b) (a > b) + .5 * (a == b)), in place of ranks: standard deviations
// 0.04705181299441 (FFR), 0.09984242129931 (stenosis), 0.07365837657316 (difference), p 0.00896420447431
TEST(Auc, ClusteredVarianceAsTheMatrixOfPairs) {
    const test::SmallCohort c;
    const double z = 1.959963984540;
    const Auc ffr = auc_of(c.score(), c.truth(), c.patient);
    EXPECT_NEAR(ffr.clustered.interval->low, 0.845280141124, 1e-11);
    const Auc stenosis = auc_of(c.stenosis_pct, c.truth(), c.patient);
    EXPECT_NEAR(stenosis.clustered.interval->low, 0.745 - z * 0.09984242129931, 1e-10);
    const AucComparison test = compare_auc(c.score(), c.stenosis_pct, c.truth(), c.patient);
    EXPECT_NEAR(test.difference_clustered.interval->low, 0.1925 - z * 0.07365837657316, 1e-10);
    EXPECT_NEAR(*test.p_value_clustered.value, 0.00896420447431, 1e-11);
}

// With one item per patient the clustered variance is DeLong's, exactly: S11 vanishes.
TEST(Auc, ClustersOfOneAreDelong) {
    const test::SmallCohort c;
    const Auc auc = auc_of(c.stenosis_pct, c.truth(), one_each(c.measured.size()));
    EXPECT_NEAR(auc.clustered.interval->low, auc.delong.interval->low, 1e-14);
    EXPECT_NEAR(auc.clustered.interval->high, auc.delong.interval->high, 1e-14);
}

TEST(Auc, ChanceAndTiesCountHalf) {
    const std::vector<int> truth{1, 1, 0, 0};
    const Auc equal = auc_of(std::vector{0.7, 0.7, 0.7, 0.7}, truth, one_each(4));
    EXPECT_DOUBLE_EQ(*equal.delong.value, 0.5);
    EXPECT_FALSE(equal.delong.interval.has_value());  // nothing varies: no certainty to be had
    EXPECT_FALSE(equal.delong.reason.empty());
    // By hand: pairs (3 > 1), (3 > 2), (2 > 1), (2 = 2): 3.5 of 4.
    EXPECT_DOUBLE_EQ(*auc_of(std::vector{3.0, 2.0, 1.0, 2.0}, truth, one_each(4)).delong.value, 3.5 / 4);
}

TEST(Auc, PerfectTestHasNoInterval) {
    const Auc auc = auc_of(std::vector{4.0, 3.0, 2.0, 1.0}, std::vector{1, 1, 0, 0}, one_each(4));
    EXPECT_DOUBLE_EQ(*auc.delong.value, 1);
    EXPECT_FALSE(auc.delong.interval.has_value());
}

TEST(Auc, InfiniteScoresAreTheWorstOrBest) {
    const std::vector<int> truth{1, 1, 0, 0};
    EXPECT_DOUBLE_EQ(*auc_of(std::vector{-inf, 3.0, inf, 1.0}, truth, one_each(4)).delong.value, 0.25);
}

TEST(Auc, NotDefinedWithoutBothKindsOrWithNan) {
    const std::vector<double> score{1, 2, 3};
    const auto reason = [&](const std::vector<double>& s, const std::vector<int>& truth) {
        const Auc auc = auc_of(s, truth, one_each(s.size()));
        EXPECT_FALSE(auc.delong.value.has_value());
        EXPECT_FALSE(auc.clustered.value.has_value());
        EXPECT_FALSE(compare_auc(s, s, truth, one_each(s.size())).p_value.value.has_value());
        EXPECT_TRUE(roc_curve(s, truth).empty());
        return auc.delong.reason;
    };
    EXPECT_EQ(reason(score, {0, 0, 0}), "no positives by measurement");
    EXPECT_EQ(reason(score, {1, 1, 1}), "no negatives by measurement");
    EXPECT_EQ(reason({1, std::nan(""), 3}, {0, 1, 1}), "a score is not a number");
    EXPECT_EQ(reason({}, {}), "no positives by measurement");
    // One of each kind: an area, no spread.
    const Auc two = auc_of(std::vector{2.0, 1.0}, std::vector{1, 0}, one_each(2));
    EXPECT_DOUBLE_EQ(*two.delong.value, 1);
    EXPECT_FALSE(two.delong.interval.has_value());
    // A test against itself: no difference and no variance to judge it by.
    const test::SmallCohort c;
    const AucComparison same = compare_auc(c.score(), c.score(), c.truth(), c.patient);
    EXPECT_DOUBLE_EQ(*same.difference.value, 0);
    EXPECT_FALSE(same.p_value.value.has_value());
}

// The area under the corners, by trapezia, is the area of the pairs.
TEST(Auc, CurveHasTheSameArea) {
    const test::SmallCohort c;
    for (const std::vector<double>& score : {c.score(), c.stenosis_pct}) {
        const std::vector<RocPoint> curve = roc_curve(score, c.truth());
        double area = 0;
        for (std::size_t i = 1; i < curve.size(); ++i)
            area += (curve[i].false_positive_rate - curve[i - 1].false_positive_rate) *
                    (curve[i].true_positive_rate + curve[i - 1].true_positive_rate) / 2;
        EXPECT_NEAR(area, *auc_of(score, c.truth(), c.patient).delong.value, 1e-14);
        EXPECT_EQ(curve.front().true_positive_rate, 0);
        EXPECT_EQ(curve.back().false_positive_rate, 1);
    }
}

}  // namespace
}  // namespace ctffr::statistics
