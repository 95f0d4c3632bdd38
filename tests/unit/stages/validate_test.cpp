// SPDX-License-Identifier: Apache-2.0
#include "ctffr/stages/validate.hpp"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ctffr/core/random.hpp"
#include "ctffr/statistics/distributions.hpp"

namespace ctffr {
namespace {

CohortRow row(const char* patient, const char* vessel, std::optional<double> computed,
              std::optional<double> measured) {
    CohortRow r;
    r.patient = patient;
    r.vessel = vessel;
    r.ffr_ct = computed;
    r.ffr_invasive = measured;
    r.rejected = !computed;
    return r;
}

Validation validate(std::vector<CohortRow> rows) { return run_validate({std::move(rows), true, {}}, {}, {}); }

void expect_table(const statistics::Accuracy& a, int tp, int fp, int tn, int fn) {
    EXPECT_EQ(a.true_positive, tp);
    EXPECT_EQ(a.false_positive, fp);
    EXPECT_EQ(a.true_negative, tn);
    EXPECT_EQ(a.false_negative, fn);
}

// 0.80 is positive on both sides; a patient counts with the lowest value, whichever vessel has it.
TEST(Validate, PatientsCountWithTheirLowestValues) {
    const Validation v = validate({row("A", "LAD", 0.80, 0.90), row("A", "RCA", 0.95, 0.80),
                                   row("B", "LAD", 0.81, 0.81), row("B", "LCX", 0.79, 0.85)});
    const ReadoutAgreement& r = v.readouts.at(0);
    expect_table(r.vessel.accuracy, 0, 2, 1, 1);
    expect_table(r.patient.accuracy, 1, 1, 0, 0);
    EXPECT_EQ(r.vessels, 4);
    EXPECT_EQ(r.patients, 2);
    EXPECT_NEAR(*r.bland_altman.bias.value, (0.80 - 0.90 + 0.95 - 0.80 + 0.79 - 0.85) / 4, 1e-15);
    EXPECT_EQ(v.readouts.size(), 1u);
    EXPECT_FALSE(v.stenosis.has_value());
}

TEST(Validate, RejectedVesselsAreLeftOutAndCountedAsWrong) {
    const Validation v = validate(
        {row("A", "LAD", 0.75, 0.70), row("A", "RCA", {}, 0.90),  // an ischaemic patient, found as one
         row("B", "LAD", 0.90, 0.85), row("B", "LCX", {}, 0.88),  // a healthy patient with a rejected vessel
         row("C", "LAD", {}, 0.75), row("D", "LAD", {}, {}), row("E", "LAD", 0.85, {})});
    EXPECT_EQ(v.rejected, 4);
    EXPECT_EQ(v.rejected_without_measurement, 1);
    EXPECT_EQ(v.not_measured, 1);
    EXPECT_EQ(v.patients, 5);
    expect_table(v.readouts.at(0).vessel.accuracy, 1, 0, 1, 0);
    const IntentionToDiagnose& itd = v.intention_to_diagnose;
    EXPECT_EQ(itd.counted_as_wrong, 3);
    EXPECT_EQ(itd.vessels, 5);
    EXPECT_EQ(itd.patients, 3);
    expect_table(itd.vessel.accuracy, 1, 2, 1, 1);
    expect_table(itd.patient.accuracy, 1, 1, 0, 1);
    // Vessels by score: the positives rank 0.75 above and C below everything, the negatives A and B above.
    // Pairs: A's 0.75 against {RCA, LCX rejected: lost, 0.90 won}, C loses all three: 1 of 6.
    EXPECT_DOUBLE_EQ(*itd.vessel.auc.delong.value, 1.0 / 6);
}

TEST(Validate, ReadOutsAndStenosisUseTheRowsThatHaveThem) {
    std::vector<CohortRow> rows{row("A", "LAD", 0.75, 0.70), row("B", "LAD", 0.90, 0.85),
                                row("C", "LAD", 0.85, 0.78), row("D", "LAD", 0.88, 0.95)};
    rows[0].ffr_ct_lesion = 0.77;
    rows[1].ffr_ct_lesion = 0.92;
    rows[2].ffr_ct_distal = 0.79;
    rows[0].ds_pct = 50;
    rows[1].ds_pct = 49;
    rows[2].ds_pct = 70;
    const Validation v = validate(rows);
    ASSERT_EQ(v.readouts.size(), 3u);
    EXPECT_EQ(v.readouts[1].column, "ffr_ct_lesion");
    EXPECT_EQ(v.readouts[1].vessels, 2);
    EXPECT_NEAR(*v.readouts[1].bland_altman.bias.value, 0.07, 1e-15);
    EXPECT_EQ(v.readouts[2].column, "ffr_ct_distal");
    expect_table(v.readouts[2].vessel.accuracy, 1, 0, 0, 0);
    ASSERT_TRUE(v.stenosis.has_value());
    EXPECT_EQ(v.stenosis->vessels, 3);
    expect_table(v.stenosis->vessel.accuracy, 2, 0, 1, 0);  // 50 % counts, 49 % does not
    EXPECT_DOUBLE_EQ(*v.stenosis->vessel.auc.delong.value, 1);
    // FFR-CT on the same three: 0.75 < 0.85 < 0.90, positives first: 1 as well.
    EXPECT_DOUBLE_EQ(*v.stenosis->vessel_comparison.difference.value, 0);
}

TEST(Validate, GreyZoneIsAboveThreeQuartersUpToFourFifths) {
    const Validation v = validate({row("A", "1", 0.75, 0.70), row("B", "1", 0.76, 0.82),
                                   row("C", "1", 0.80, 0.70), row("D", "1", 0.81, 0.70)});
    EXPECT_EQ(v.readouts[0].inside_grey_zone.count, 2);
    EXPECT_EQ(v.readouts[0].inside_grey_zone.successes, 1);
    EXPECT_EQ(v.readouts[0].outside_grey_zone.count, 2);
    EXPECT_EQ(v.readouts[0].outside_grey_zone.successes, 1);
    EXPECT_EQ(v.readouts[0].bands_by_computed.size(), 7u);
    EXPECT_EQ(v.readouts[0].bands_by_measured[1].agreement.count, 3);  // (0.60, 0.70]
}

TEST(Validate, WithoutAnyMeasuredValueThereIsNothingToSay) {
    try {
        validate({row("A", "LAD", 0.75, {})});
        FAIL() << "was accepted";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ExitCode::input_unreadable);
        EXPECT_THAT(error.what(), ::testing::HasSubstr("ffr_invasive"));
    }
}

TEST(Validate, OneVesselGivesStatesNotNumbers) {
    const Validation v = validate({row("A", "LAD", 0.75, 0.70)});
    const ReadoutAgreement& r = v.readouts[0];
    EXPECT_DOUBLE_EQ(*r.vessel.accuracy.sensitivity.wilson.value, 1);
    for (const statistics::Estimate& e : {r.vessel.accuracy.specificity.wilson, r.vessel.auc.delong,
                                          r.pearson, r.passing_bablok.slope, r.bland_altman.lower_limit}) {
        EXPECT_FALSE(e.value.has_value());
        EXPECT_FALSE(e.reason.empty());
    }
    EXPECT_THAT(validation_text(v), ::testing::HasSubstr("not defined: no negatives by measurement"));
    EXPECT_THAT(validation_text(v), ::testing::Not(::testing::HasSubstr("nan")));
}

// A cohort whose answers are known. Measured m uniform in [0.5, 1], computed m + b + s N(0, 1) with b = -0.02
// and s = 0.06. With G(u) = u Phi(u) + phi(u), the integral of Phi:
//   sensitivity = s / 0.3 (G((0.8 - b - 0.5) / s) - G(-b / s))
//   specificity = 1 - s / 0.2 (G(-b / s) - G((0.8 - b - 1) / s))
// Tolerances are 4 standard errors of each figure.
TEST(Validate, KnownSensitivitySpecificityAndBiasAreRecovered) {
    constexpr double b = -0.02, s = 0.06;
    constexpr int count = 3000;
    Random random(5);
    std::vector<CohortRow> rows;
    for (int i = 0; i < count; ++i) {
        const double m = random.uniform(0.5, 1.0);
        rows.push_back(
            row(std::to_string(i / 2).c_str(), i % 2 ? "LAD" : "RCA", m + b + s * random.normal(), m));
    }
    const ReadoutAgreement r = validate(std::move(rows)).readouts[0];
    const auto g = [](double u) {
        return u * statistics::normal_cdf(u) + std::exp(-u * u / 2) / std::sqrt(2 * M_PI);
    };
    const double sensitivity = s / 0.3 * (g((0.3 - b) / s) - g(-b / s));
    const double specificity = 1 - s / 0.2 * (g(-b / s) - g((-0.2 - b) / s));
    const auto near = [](const statistics::Proportion& p, double truth) {
        EXPECT_NEAR(*p.wilson.value, truth, 4 * std::sqrt(truth * (1 - truth) / p.count));
    };
    near(r.vessel.accuracy.sensitivity, sensitivity);
    near(r.vessel.accuracy.specificity, specificity);
    EXPECT_NEAR(*r.bland_altman.bias.value, b, 4 * s / std::sqrt(count));
    EXPECT_NEAR(*r.bland_altman.standard_deviation.value, s, 4 * s / std::sqrt(2.0 * count));
    // r = sd(m) / sd(computed), sd(m) = 0.5 / sqrt 12.
    const double rho = 1 / std::sqrt(1 + s * s * 48);
    EXPECT_NEAR(*r.pearson.value, rho, 4 * (1 - rho * rho) / std::sqrt(count));
}

// Passing and Bablok's model: both methods err alike about a line of slope 0.9 and intercept 0.05; their
// errors in the ratio of the slope.
TEST(Validate, KnownLineIsRecovered) {
    Random random(6);
    std::vector<CohortRow> rows;
    for (int i = 0; i < 1000; ++i) {
        const double truth = random.uniform(0.5, 1.0);
        rows.push_back(row(std::to_string(i).c_str(), "LAD", 0.05 + 0.9 * truth + 0.027 * random.normal(),
                           truth + 0.03 * random.normal()));
    }
    const statistics::PassingBablok line = validate(std::move(rows)).readouts[0].passing_bablok;
    EXPECT_LT(line.slope.interval->low, 0.9);
    EXPECT_GT(line.slope.interval->high, 0.9);
    EXPECT_LT(line.slope.interval->high - line.slope.interval->low, 0.05);
    EXPECT_LT(line.intercept.interval->low, 0.05);
    EXPECT_GT(line.intercept.interval->high, 0.05);
}

}  // namespace
}  // namespace ctffr
