// SPDX-License-Identifier: Apache-2.0
#include "ctffr/stages/validate.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include "ctffr/core/error.hpp"

namespace ctffr {

namespace {

namespace st = statistics;

// Paired values of the items compared, vessels or patients. `test` falls with disease, as FFR does.
struct Pairs {
    std::vector<double> test, measured;
    std::vector<int> patient;
};

// Numbers patients in order of first appearance.
std::vector<int> patient_numbers(const Cohort& cohort) {
    std::map<std::string, int> number;
    std::vector<int> of;
    for (const CohortRow& row : cohort.rows)
        of.push_back(number.try_emplace(row.patient, static_cast<int>(number.size())).first->second);
    return of;
}

int count_of(const std::vector<int>& patients) {
    return static_cast<int>(std::set<int>(patients.begin(), patients.end()).size());
}

std::vector<int> at_most(const std::vector<double>& values, double bound) {
    std::vector<int> flags;
    for (const double v : values) flags.push_back(v <= bound);
    return flags;
}

// The lowest values of each patient, each on its own: the vessel of the lowest computed value need not be
// that of the lowest measured one.
Pairs lowest_per_patient(const Pairs& vessels) {
    std::map<int, std::pair<double, double>> lowest;
    for (std::size_t i = 0; i < vessels.test.size(); ++i) {
        const auto [it, is_new] =
            lowest.try_emplace(vessels.patient[i], vessels.test[i], vessels.measured[i]);
        it->second.first = std::min(it->second.first, vessels.test[i]);
        it->second.second = std::min(it->second.second, vessels.measured[i]);
    }
    Pairs pairs;
    for (const auto& [patient, values] : lowest) {
        pairs.test.push_back(values.first);
        pairs.measured.push_back(values.second);
        pairs.patient.push_back(patient);
    }
    return pairs;
}

std::vector<double> score_of(const Pairs& pairs) {
    std::vector<double> score;
    for (const double v : pairs.test) score.push_back(-v);
    return score;
}

Discrimination discrimination(const Pairs& pairs, double test_bound, const ValidateOptions& options) {
    const std::vector<int> truth = at_most(pairs.measured, options.positive_at_ffr);
    const std::vector<double> score = score_of(pairs);
    return {st::accuracy_of(at_most(pairs.test, test_bound), truth, pairs.patient, options.confidence),
            st::auc_of(score, truth, pairs.patient, options.confidence), st::roc_curve(score, truth)};
}

// Agreement of test and measurement among the vessels that `counts` lets in.
template <class Counts>
st::Proportion agreement_where(const Pairs& pairs, const ValidateOptions& options, Counts counts) {
    std::vector<int> right, patient;
    for (std::size_t i = 0; i < pairs.test.size(); ++i) {
        if (!counts(pairs.test[i])) continue;
        right.push_back((pairs.test[i] <= options.positive_at_ffr) ==
                        (pairs.measured[i] <= options.positive_at_ffr));
        patient.push_back(pairs.patient[i]);
    }
    return st::proportion(right, patient, options.confidence, "no vessel in this band");
}

ReadoutAgreement agreement(const Cohort& cohort, const std::vector<int>& patients, const char* column,
                           std::optional<double> CohortRow::*value, const ValidateOptions& options) {
    ReadoutAgreement result;
    result.column = column;
    Pairs pairs;
    for (std::size_t i = 0; i < cohort.rows.size(); ++i) {
        const CohortRow& row = cohort.rows[i];
        if (!(row.*value) || !row.ffr_invasive) continue;
        result.rows.push_back(i);
        pairs.test.push_back(*(row.*value));
        pairs.measured.push_back(*row.ffr_invasive);
        pairs.patient.push_back(patients[i]);
    }
    result.vessels = static_cast<int>(pairs.test.size());
    result.patients = count_of(pairs.patient);
    const double bound = options.positive_at_ffr, confidence = options.confidence;
    result.vessel = discrimination(pairs, bound, options);
    result.patient = discrimination(lowest_per_patient(pairs), bound, options);
    result.pearson = st::pearson(pairs.measured, pairs.test, confidence);
    result.spearman = st::spearman(pairs.measured, pairs.test, confidence);
    result.bland_altman = st::bland_altman(pairs.measured, pairs.test, pairs.patient, confidence);
    result.passing_bablok = st::passing_bablok(pairs.measured, pairs.test, confidence);
    const std::vector<int> found = at_most(pairs.test, bound), truth = at_most(pairs.measured, bound);
    result.bands_by_computed =
        st::accuracy_in_bands(pairs.test, ffr_band_bounds, found, truth, pairs.patient, confidence);
    result.bands_by_measured =
        st::accuracy_in_bands(pairs.measured, ffr_band_bounds, found, truth, pairs.patient, confidence);
    const auto grey = [](double ffr) { return ffr > grey_zone_above && ffr <= grey_zone_up_to; };
    result.inside_grey_zone = agreement_where(pairs, options, grey);
    result.outside_grey_zone = agreement_where(pairs, options, [&](double ffr) { return !grey(ffr); });
    return result;
}

std::optional<StenosisAgreement> stenosis_agreement(const Cohort& cohort, const std::vector<int>& patients,
                                                    const ValidateOptions& options) {
    Pairs ffr, stenosis;
    for (std::size_t i = 0; i < cohort.rows.size(); ++i) {
        const CohortRow& row = cohort.rows[i];
        if (!row.ffr_ct || !row.ffr_invasive || !row.ds_pct) continue;
        ffr.test.push_back(*row.ffr_ct);
        stenosis.test.push_back(-*row.ds_pct);  // negated: lower is worse, as with FFR
        for (Pairs* pairs : {&ffr, &stenosis}) {
            pairs->measured.push_back(*row.ffr_invasive);
            pairs->patient.push_back(patients[i]);
        }
    }
    if (ffr.test.empty()) return std::nullopt;
    const auto compare = [&](const Pairs& first, const Pairs& second) {
        return st::compare_auc(score_of(first), score_of(second),
                               at_most(first.measured, options.positive_at_ffr), first.patient,
                               options.confidence);
    };
    const Pairs ffr_lowest = lowest_per_patient(ffr), stenosis_lowest = lowest_per_patient(stenosis);
    StenosisAgreement result;
    result.vessels = static_cast<int>(ffr.test.size());
    result.patients = count_of(ffr.patient);
    result.vessel = discrimination(stenosis, -options.positive_at_stenosis_pct, options);
    result.patient = discrimination(stenosis_lowest, -options.positive_at_stenosis_pct, options);
    result.vessel_comparison = compare(ffr, stenosis);
    result.patient_comparison = compare(ffr_lowest, stenosis_lowest);
    return result;
}

// A rejected vessel gets the value that is furthest from right: +inf (healthy) where the wire says ischaemia,
// -inf where it does not. For a patient, what counts is whether the *patient* is ischaemic: a rejected
// healthy vessel of an ischaemic patient must not make the patient's result right.
IntentionToDiagnose intention_to_diagnose(const Cohort& cohort, const std::vector<int>& patients,
                                          const ValidateOptions& options) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    std::map<int, bool> patient_is_positive;
    for (std::size_t i = 0; i < cohort.rows.size(); ++i)
        if (cohort.rows[i].ffr_invasive)
            patient_is_positive[patients[i]] |= *cohort.rows[i].ffr_invasive <= options.positive_at_ffr;
    IntentionToDiagnose result;
    Pairs vessels, of_patients;
    for (std::size_t i = 0; i < cohort.rows.size(); ++i) {
        const CohortRow& row = cohort.rows[i];
        if (!row.ffr_invasive) continue;
        const auto worst = [&](bool positive) {
            return row.rejected ? (positive ? infinity : -infinity) : *row.ffr_ct;
        };
        result.counted_as_wrong += row.rejected;
        vessels.test.push_back(worst(*row.ffr_invasive <= options.positive_at_ffr));
        of_patients.test.push_back(worst(patient_is_positive[patients[i]]));
        for (Pairs* pairs : {&vessels, &of_patients}) {
            pairs->measured.push_back(*row.ffr_invasive);
            pairs->patient.push_back(patients[i]);
        }
    }
    result.vessels = static_cast<int>(vessels.test.size());
    result.patients = count_of(vessels.patient);
    result.vessel = discrimination(vessels, options.positive_at_ffr, options);
    result.patient = discrimination(lowest_per_patient(of_patients), options.positive_at_ffr, options);
    return result;
}

}  // namespace

Validation run_validate(Cohort cohort, const ValidateOptions& options, const Run& run) {
    if (std::none_of(cohort.rows.begin(), cohort.rows.end(),
                     [](const CohortRow& row) { return row.ffr_invasive.has_value(); }))
        throw Error(ExitCode::input_unreadable,
                    "No row has a measured value: the column ffr_invasive must hold the invasive FFR.");
    Validation result;
    result.options = options;
    result.cohort = std::move(cohort);
    const std::vector<int> patients = patient_numbers(result.cohort);
    result.patients = count_of(patients);
    for (const CohortRow& row : result.cohort.rows) {
        result.rejected += row.rejected;
        result.rejected_without_measurement += row.rejected && !row.ffr_invasive;
        result.not_measured += !row.rejected && !row.ffr_invasive;
    }
    const auto has = [&](std::optional<double> CohortRow::*value) {
        return std::any_of(result.cohort.rows.begin(), result.cohort.rows.end(),
                           [&](const CohortRow& row) { return (row.*value).has_value(); });
    };
    result.readouts.push_back(agreement(result.cohort, patients, "ffr_ct", &CohortRow::ffr_ct, options));
    run.check_cancel();
    if (has(&CohortRow::ffr_ct_lesion))
        result.readouts.push_back(
            agreement(result.cohort, patients, "ffr_ct_lesion", &CohortRow::ffr_ct_lesion, options));
    if (has(&CohortRow::ffr_ct_distal))
        result.readouts.push_back(
            agreement(result.cohort, patients, "ffr_ct_distal", &CohortRow::ffr_ct_distal, options));
    run.check_cancel();
    result.stenosis = stenosis_agreement(result.cohort, patients, options);
    result.intention_to_diagnose = intention_to_diagnose(result.cohort, patients, options);
    return result;
}

}  // namespace ctffr
