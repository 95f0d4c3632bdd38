// SPDX-License-Identifier: Apache-2.0
// Stage: computed against invasive FFR over a cohort. Every figure is defined in
// docs/theory/validation-statistics.md.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ctffr/core/run.hpp"
#include "ctffr/data/cohort.hpp"
#include "ctffr/statistics/accuracy.hpp"
#include "ctffr/statistics/agreement.hpp"
#include "ctffr/statistics/roc.hpp"

namespace ctffr {

struct ValidateOptions {
    double positive_at_ffr = 0.80;         // FFR counts as ischaemia at or below
    double positive_at_stenosis_pct = 50;  // diameter stenosis counts as obstructive at or above
    double confidence = statistics::default_confidence;
};

// Bounds of the bands of FFR; the grey zone is (0.75, 0.80].
inline constexpr double ffr_band_bounds[] = {0.60, 0.70, 0.75, 0.80, 0.85, 0.90};
inline constexpr double grey_zone_above = 0.75, grey_zone_up_to = 0.80;

// A yes / no test and its score against measured FFR.
struct Discrimination {
    statistics::Accuracy accuracy;
    statistics::Auc auc;
    std::vector<statistics::RocPoint> roc;
};

// Computed FFR of one read-out against measured FFR, over rows that have both.
struct ReadoutAgreement {
    std::string column;  // ffr_ct, ffr_ct_lesion or ffr_ct_distal
    int vessels = 0, patients = 0;
    std::vector<std::size_t> rows;   // of the cohort
    Discrimination vessel, patient;  // patient: lowest computed against lowest measured value
    statistics::Estimate pearson, spearman;
    statistics::BlandAltman bland_altman;      // computed minus measured
    statistics::PassingBablok passing_bablok;  // computed on measured
    std::vector<statistics::BandAccuracy> bands_by_computed, bands_by_measured;
    statistics::Proportion inside_grey_zone, outside_grey_zone;  // by the computed value
};

// Diameter stenosis as the test, over rows with ds_pct, ffr_ct and a measured value.
struct StenosisAgreement {
    int vessels = 0, patients = 0;
    Discrimination vessel, patient;                                   // patient: highest stenosis
    statistics::AucComparison vessel_comparison, patient_comparison;  // FFR-CT minus stenosis
};

// Rejected vessels with a measured value counted as wrong: the worst that the test can have done to those who
// were to be diagnosed.
struct IntentionToDiagnose {
    int vessels = 0, patients = 0, counted_as_wrong = 0;
    Discrimination vessel, patient;
};

struct Validation {
    ValidateOptions options;
    Cohort cohort;
    int patients = 0;  // with at least one row
    int rejected = 0, rejected_without_measurement = 0;
    int not_measured = 0;                    // computed, without a measured value
    std::vector<ReadoutAgreement> readouts;  // ffr_ct first, then those that the cohort has
    std::optional<StenosisAgreement> stenosis;
    IntentionToDiagnose intention_to_diagnose;
};

// Throws Error(input_unreadable) when no row has a measured value.
Validation run_validate(Cohort cohort, const ValidateOptions& options, const Run& run);

// For the terminal: counts and the main figures with their intervals.
std::string validation_text(const Validation& validation);

}  // namespace ctffr
