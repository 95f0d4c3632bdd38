// SPDX-License-Identifier: Apache-2.0
#include "ctffr/statistics/accuracy.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "ctffr/core/random.hpp"
#include "ctffr/statistics/distributions.hpp"
#include "unit/statistics/small_cohort.hpp"

namespace ctffr::statistics {
namespace {

void expect_interval(const Estimate& estimate, double low, double high, double tolerance) {
    ASSERT_TRUE(estimate.interval.has_value()) << estimate.reason;
    EXPECT_NEAR(estimate.interval->low, low, tolerance);
    EXPECT_NEAR(estimate.interval->high, high, tolerance);
}

// The four examples of Newcombe, Statistics in Medicine 17:857 (1998), table I, score method without
// continuity correction, to the four digits printed there; R 4.2.2 gives them as
// prop.test(81, 263, correct = FALSE)$conf.int and so on.
TEST(Wilson, PublishedExamples) {
    const double z = two_sided_normal(0.95);
    expect_interval(wilson_interval(81, 263, z, ""), 0.2553, 0.3662, 5e-5);
    expect_interval(wilson_interval(15, 148, z, ""), 0.0624, 0.1605, 5e-5);
    expect_interval(wilson_interval(0, 20, z, ""), 0.0000, 0.1611, 5e-5);
    expect_interval(wilson_interval(1, 29, z, ""), 0.0061, 0.1718, 5e-5);
}

TEST(Wilson, EndsAreExactAndMirrorEachOther) {
    const double z = two_sided_normal(0.95);
    const Estimate none = wilson_interval(0, 9, z, ""), all = wilson_interval(9, 9, z, "");
    EXPECT_EQ(none.interval->low, 0);
    EXPECT_EQ(all.interval->high, 1);
    EXPECT_NEAR(all.interval->low, 1 - none.interval->high, 1e-15);
    const Estimate nothing = wilson_interval(0, 0, z, "no positives by measurement");
    EXPECT_FALSE(nothing.value.has_value());
    EXPECT_FALSE(nothing.interval.has_value());
    EXPECT_EQ(nothing.reason, "no positives by measurement");
}

// TP 17, FP 3, TN 7, FN 3 by table(d$f, d$t).
TEST(Accuracy, TableOfFour) {
    const test::SmallCohort c;
    const Accuracy a = accuracy_of(c.found(), c.truth(), c.patient);
    EXPECT_EQ(a.true_positive, 17);
    EXPECT_EQ(a.false_positive, 3);
    EXPECT_EQ(a.true_negative, 7);
    EXPECT_EQ(a.false_negative, 3);
    EXPECT_DOUBLE_EQ(*a.sensitivity.wilson.value, 17.0 / 20);
    EXPECT_DOUBLE_EQ(*a.specificity.wilson.value, 7.0 / 10);
    EXPECT_DOUBLE_EQ(*a.ppv.wilson.value, 17.0 / 20);
    EXPECT_DOUBLE_EQ(*a.npv.wilson.value, 7.0 / 10);
    EXPECT_DOUBLE_EQ(*a.accuracy.wilson.value, 24.0 / 30);
    // prop.test(24, 30, correct = FALSE)$conf.int
    expect_interval(a.accuracy.wilson, 0.626943035869, 0.904948928227, 1e-11);
}

// Variance by survey: des <- svydesign(ids = ~case, weights = ~1, data = d); SE(svymean(~ok, des)) is
// 0.078504541034 (sensitivity over d[d$t == 1, ]: 0.0977008420918), hence the design effects 1.1555556 and
// 1.4973262; then Wilson's formula written in R with n / D and qt(.975, clusters - 1).
TEST(Accuracy, ClusteredIntervalsFollowTheSurveyVariance) {
    const test::SmallCohort c;
    const Accuracy a = accuracy_of(c.found(), c.truth(), c.patient);
    expect_interval(a.accuracy.clustered, 0.594618657354, 0.916022855639, 1e-11);
    expect_interval(a.sensitivity.clustered, 0.5504213906955, 0.9632731415106, 1e-11);
    expect_interval(a.specificity.clustered, 0.292041530669, 0.929568843029, 1e-11);
    EXPECT_EQ(a.accuracy.clusters, 16);
    EXPECT_DOUBLE_EQ(*a.sensitivity.clustered.value, 17.0 / 20);
}

// Copies of each item within its patient add no knowledge: the interval stays where it was, to rounding,
// while Wilson's shrinks.
TEST(Accuracy, CopiesWithinAPatientDoNotNarrowTheClusteredInterval) {
    std::vector<int> success, cluster, success4, cluster4;
    for (int i = 0; i < 40; ++i)
        for (int copy = 0; copy < 4; ++copy) {
            success4.push_back(i % 3 == 0);
            cluster4.push_back(i);
            if (copy > 0) continue;
            success.push_back(i % 3 == 0);
            cluster.push_back(i);
        }
    const Proportion one = proportion(success, cluster, 0.95, ""),
                     four = proportion(success4, cluster4, 0.95, "");
    EXPECT_NEAR(four.clustered.interval->low, one.clustered.interval->low, 1e-12);
    EXPECT_NEAR(four.clustered.interval->high, one.clustered.interval->high, 1e-12);
    EXPECT_GT(four.wilson.interval->low, one.wilson.interval->low + 0.03);
}

TEST(Accuracy, AllRightStillHasAClusteredIntervalOfThePatients) {
    const std::vector<int> success(12, 1), cluster{1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4};
    const Proportion p = proportion(success, cluster, 0.95, "");
    const Estimate four = wilson_interval(4, 4, two_sided_student(0.95, 3), "");
    expect_interval(p.clustered, four.interval->low, 1, 1e-12);
}

TEST(Accuracy, WhatHasNoDenominatorIsNotDefined) {
    const std::vector<int> found{1, 0, 0}, negatives{0, 0, 0}, positives{1, 1, 1}, cluster{1, 2, 3};
    const Accuracy no_positives = accuracy_of(found, negatives, cluster);
    EXPECT_FALSE(no_positives.sensitivity.wilson.value.has_value());
    EXPECT_FALSE(no_positives.sensitivity.clustered.value.has_value());
    EXPECT_EQ(no_positives.sensitivity.wilson.reason, "no positives by measurement");
    EXPECT_DOUBLE_EQ(*no_positives.specificity.wilson.value, 2.0 / 3);
    const Accuracy no_negatives = accuracy_of(found, positives, cluster);
    EXPECT_EQ(no_negatives.specificity.wilson.reason, "no negatives by measurement");
    EXPECT_DOUBLE_EQ(*no_negatives.sensitivity.wilson.value, 1.0 / 3);
    const Accuracy empty = accuracy_of({}, {}, {});
    EXPECT_FALSE(empty.accuracy.wilson.value.has_value());
    const Accuracy one = accuracy_of(std::vector{1}, std::vector{1}, std::vector{5});
    EXPECT_DOUBLE_EQ(*one.accuracy.wilson.value, 1);
    EXPECT_FALSE(one.accuracy.clustered.interval.has_value());
    EXPECT_FALSE(one.accuracy.clustered.reason.empty());
}

// What an interval promises: of 2000 cohorts of 60 patients with 3 vessels, right with probability 0.4 or 1.0
// by patient (0.7 in all, intraclass correlation 0.43, design effect 1.86), 95 % of the clustered intervals
// hold 0.7, to 4 standard errors of 2000 draws (0.02); Wilson's hold it in 2 Phi(1.96 / sqrt 1.86) - 1 = 85
// %.
TEST(Accuracy, ClusteredIntervalsHoldTheTruthAsOftenAsTheySay) {
    constexpr int cohorts = 2000;
    int clustered = 0, wilson = 0;
    const auto holds = [](const Estimate& e) { return e.interval->low <= 0.7 && 0.7 <= e.interval->high; };
    for (int k = 0; k < cohorts; ++k) {
        Random random(11, static_cast<std::uint64_t>(k));
        std::vector<int> success, cluster;
        for (int patient = 0; patient < 60; ++patient) {
            const double chance = random.chance(0.5) ? 0.4 : 1.0;
            for (int vessel = 0; vessel < 3; ++vessel) {
                success.push_back(random.chance(chance));
                cluster.push_back(patient);
            }
        }
        const Proportion p = proportion(success, cluster, 0.95, "");
        clustered += holds(p.clustered);
        wilson += holds(p.wilson);
    }
    EXPECT_NEAR(clustered / double(cohorts), 0.95, 0.02);
    EXPECT_NEAR(wilson / double(cohorts), 0.85, 0.04);
}

// A band holds its upper bound, as "FFR <= 0.80" does.
TEST(Accuracy, BandsHoldTheirUpperBound) {
    const std::vector<double> value{0.50, 0.75, 0.7501, 0.80, 0.8001}, bounds{0.75, 0.80};
    const std::vector<int> found{1, 1, 1, 1, 0}, truth{1, 0, 1, 1, 1}, cluster{1, 2, 3, 4, 5};
    const auto bands = accuracy_in_bands(value, bounds, found, truth, cluster);
    ASSERT_EQ(bands.size(), 3u);
    EXPECT_EQ(bands[0].agreement.count, 2);
    EXPECT_EQ(bands[0].agreement.successes, 1);
    EXPECT_EQ(bands[1].agreement.count, 2);
    EXPECT_EQ(bands[1].agreement.successes, 2);
    EXPECT_EQ(bands[2].agreement.count, 1);
    EXPECT_EQ(bands[2].agreement.successes, 0);
    EXPECT_TRUE(std::isinf(bands[0].above) && std::isinf(bands[2].up_to));
    const auto empty =
        accuracy_in_bands(std::vector{0.5}, bounds, std::vector{1}, std::vector{1}, std::vector{1});
    EXPECT_FALSE(empty[1].agreement.wilson.value.has_value());
    EXPECT_EQ(empty[1].agreement.wilson.reason, "no vessel in this band");
}

}  // namespace
}  // namespace ctffr::statistics
