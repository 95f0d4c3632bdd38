// SPDX-License-Identifier: Apache-2.0
#include "report/validation_tables.hpp"

#include <cmath>

#include "report/html.hpp"
#include "report/published_trials.hpp"
#include "report/text.hpp"
#include "report/validation_figures.hpp"

namespace ctffr::report {

namespace {

namespace st = statistics;

std::string value_text(const st::Estimate& e, double scale, int digits) {
    return e.value ? number(*e.value * scale, digits) : std::string(not_available);
}

// "64.0 to 94.8", or why there is none.
std::string interval_text(const st::Estimate& e, double scale, int digits) {
    if (e.interval)
        return number(e.interval->low * scale, digits) + " to " + number(e.interval->high * scale, digits);
    return e.reason;
}

std::vector<Cell> proportion_row(const char* name, const st::Proportion& vessel,
                                 const st::Proportion& patient) {
    return {{name, "text"},
            value_text(vessel.wilson, 100, 1),
            fmt::format("{}/{}", vessel.successes, vessel.count),
            interval_text(vessel.wilson, 100, 1),
            interval_text(vessel.clustered, 100, 1),
            value_text(patient.wilson, 100, 1),
            fmt::format("{}/{}", patient.successes, patient.count),
            interval_text(patient.wilson, 100, 1)};
}

std::vector<Cell> estimate_row(const char* name, const st::Estimate& e,
                               const st::Estimate* clustered = nullptr, int digits = 3) {
    return {{name, "text"},
            value_text(e, 1, digits),
            interval_text(e, 1, digits),
            clustered ? interval_text(*clustered, 1, digits) : std::string()};
}

std::string p_text(const st::Estimate& p) {
    if (p.value && *p.value < 0.0001) return "< 0.0001";
    return value_text(p, 1, 4);
}

std::string count_text(int count) { return count > 0 ? std::to_string(count) : "\xE2\x80\x93"; }
std::string dash_or(double value, int digits) {
    return std::isfinite(value) ? number(value, digits) : "\xE2\x80\x93";
}
std::string dash_or(const st::Estimate& e, double scale, int digits) {
    return e.value ? number(*e.value * scale, digits) : "\xE2\x80\x93";
}

// Published with two or three digits; rounding 0.945 to two would make another number of it.
bool has_third_digit(double value) { return std::isfinite(value) && std::lround(value * 1000) % 10 != 0; }

std::vector<Cell> own_row(const char* level, const ReadoutAgreement& r, const Discrimination& d,
                          bool with_bias) {
    const st::Accuracy& a = d.accuracy;
    const st::BlandAltman& b = r.bland_altman;
    std::string bias = "\xE2\x80\x93";
    // Published with the other sign.
    if (with_bias && b.bias.value && b.standard_deviation.value)
        bias = number(-*b.bias.value, 3) + " \xC2\xB1 " + number(*b.standard_deviation.value, 3);
    return {{"this cohort", "text"},
            "",
            fmt::format("{} / {}", r.patients, r.vessels),
            {level, "text"},
            dash_or(a.sensitivity.wilson, 100, 1),
            dash_or(a.specificity.wilson, 100, 1),
            dash_or(a.ppv.wilson, 100, 1),
            dash_or(a.npv.wilson, 100, 1),
            dash_or(a.accuracy.wilson, 100, 1),
            dash_or(d.auc.delong, 1, 3),
            bias,
            {"", "note"}};
}

}  // namespace

std::string cohort_facts(const Validation& v) {
    const ReadoutAgreement& r = v.readouts.front();
    return fact_list({{"Rows", std::to_string(v.cohort.rows.size())},
                      {"Patients", std::to_string(v.patients)},
                      {"Compared", fmt::format("{} vessels of {} patients", r.vessels, r.patients)},
                      {"Rejected", fmt::format("{}, of which {} have no measured value", v.rejected,
                                               v.rejected_without_measurement)},
                      {"Computed, not measured", std::to_string(v.not_measured)},
                      {"FFR positive", fmt::format("at or below {:.2f}", v.options.positive_at_ffr)},
                      {"Intervals", fmt::format("{:.0f} %, two-sided", v.options.confidence * 100)}});
}

std::string accuracy_table(const Discrimination& vessel, const Discrimination& patient) {
    Table table(
        "In percent, AUC without unit. Clustered intervals allow for vessels of one patient being alike; a "
        "patient "
        "counts with the lowest values.");
    table.head({{"", "text"}, "vessels", "n", "interval", "clustered interval", "patients", "n", "interval"});
    const st::Accuracy &a = vessel.accuracy, &p = patient.accuracy;
    table.row(proportion_row("Sensitivity", a.sensitivity, p.sensitivity));
    table.row(proportion_row("Specificity", a.specificity, p.specificity));
    table.row(proportion_row("Positive predictive value", a.ppv, p.ppv));
    table.row(proportion_row("Negative predictive value", a.npv, p.npv));
    table.row(proportion_row("Accuracy", a.accuracy, p.accuracy));
    table.row({{"AUC", "text"},
               value_text(vessel.auc.delong, 1, 3),
               fmt::format("{} + {}", vessel.auc.positives, vessel.auc.negatives),
               interval_text(vessel.auc.delong, 1, 3),
               interval_text(vessel.auc.clustered, 1, 3),
               value_text(patient.auc.delong, 1, 3),
               fmt::format("{} + {}", patient.auc.positives, patient.auc.negatives),
               interval_text(patient.auc.delong, 1, 3)});
    return table.html();
}

std::string agreement_table(const ReadoutAgreement& r) {
    Table table(
        "Differences are computed minus measured. The line is computed = intercept + slope \xC3\x97 "
        "measured.");
    table.head({{"", "text"}, "value", "interval", "clustered interval"});
    table.row(estimate_row("Bias", r.bland_altman.bias, &r.bland_altman.bias_clustered));
    table.row({{"Standard deviation of differences", "text"},
               value_text(r.bland_altman.standard_deviation, 1, 3),
               "",
               ""});
    table.row(estimate_row("Lower limit of agreement", r.bland_altman.lower_limit));
    table.row(estimate_row("Upper limit of agreement", r.bland_altman.upper_limit));
    table.row(estimate_row("Pearson correlation", r.pearson));
    table.row(estimate_row("Spearman correlation", r.spearman));
    table.row(estimate_row("Passing-Bablok slope", r.passing_bablok.slope));
    table.row(estimate_row("Passing-Bablok intercept", r.passing_bablok.intercept));
    return table.html();
}

std::string bands_table(const ReadoutAgreement& r) {
    Table table(
        "Accuracy in percent, by the computed and by the measured value; a band holds its upper bound.");
    table.head({{"FFR", "text"},
                "by computed",
                "n",
                "clustered interval",
                "by measured",
                "n",
                "clustered interval"});
    const auto row = [&](const std::string& name, const st::Proportion& c, const st::Proportion* m) {
        table.row({{name, "text"},
                   value_text(c.wilson, 100, 1),
                   fmt::format("{}/{}", c.successes, c.count),
                   interval_text(c.clustered, 100, 1),
                   m ? value_text(m->wilson, 100, 1) : std::string(),
                   m ? fmt::format("{}/{}", m->successes, m->count) : std::string(),
                   m ? interval_text(m->clustered, 100, 1) : std::string()});
    };
    for (std::size_t k = 0; k < r.bands_by_computed.size(); ++k)
        row(band_name(r.bands_by_computed[k]) +
                (r.bands_by_computed[k].above == grey_zone_above ? " (grey zone)" : ""),
            r.bands_by_computed[k].agreement, &r.bands_by_measured[k].agreement);
    row("outside the grey zone", r.outside_grey_zone, nullptr);
    return table.html();
}

std::string readouts_table(const Validation& v) {
    Table table("Per vessel, in percent; intervals are clustered.");
    table.head({{"Read-out", "text"},
                "n",
                "sensitivity",
                "interval",
                "specificity",
                "interval",
                "accuracy",
                "interval",
                "AUC",
                "bias",
                "interval"});
    for (const ReadoutAgreement& r : v.readouts) {
        const st::Accuracy& a = r.vessel.accuracy;
        std::vector<Cell> cells{{r.column, "text"}, std::to_string(r.vessels)};
        for (const st::Proportion* p : {&a.sensitivity, &a.specificity, &a.accuracy}) {
            cells.push_back(value_text(p->clustered, 100, 1));
            cells.push_back(interval_text(p->clustered, 100, 1));
        }
        cells.push_back(value_text(r.vessel.auc.delong, 1, 3));
        cells.push_back(value_text(r.bland_altman.bias, 1, 3));
        cells.push_back(interval_text(r.bland_altman.bias_clustered, 1, 3));
        table.row(std::move(cells));
    }
    return table.html();
}

std::string comparison_table(const StenosisAgreement& s) {
    Table table("AUC of FFR-CT minus that of diameter stenosis on the same vessels (DeLong).");
    table.head({{"", "text"}, "difference", "interval", "p", "clustered interval", "p, clustered"});
    const auto row = [&](const char* name, const st::AucComparison& c, bool clustered) {
        table.row({{name, "text"},
                   value_text(c.difference, 1, 3),
                   interval_text(c.difference, 1, 3),
                   p_text(c.p_value),
                   clustered ? interval_text(c.difference_clustered, 1, 3) : std::string(),
                   clustered ? p_text(c.p_value_clustered) : std::string()});
    };
    row("Vessels", s.vessel_comparison, true);
    row("Patients", s.patient_comparison, false);
    return table.html();
}

std::string rejected_table(const Validation& v) {
    Table table("Rejected rows");
    table.head({{"Case", "text"}, {"Vessel", "text"}, {"Reason", "text"}, "measured FFR"});
    for (const CohortRow& row : v.cohort.rows)
        if (row.rejected)
            table.row({{row.patient, "text"},
                       {row.vessel, "text"},
                       {row.reason, "text"},
                       row.ffr_invasive ? number(*row.ffr_invasive, 2) : std::string(not_available)});
    return table.empty() ? std::string() : table.html();
}

std::string published_table(const Validation& v) {
    Table table(
        "In percent, AUC and FFR without unit. Here the bias is measured minus computed, as published. Other "
        "cohorts, "
        "other selection, other shares of positives: a comparison of rows is no ranking.");
    table.head({{"Study", "text"},
                "year",
                "patients / vessels",
                {"level", "text"},
                "sens.",
                "spec.",
                "PPV",
                "NPV",
                "acc.",
                "AUC",
                "bias \xC2\xB1 SD",
                {"source and remarks", "text"}});
    const ReadoutAgreement& r = v.readouts.front();
    table.row(own_row("vessel", r, r.vessel, true));
    table.row(own_row("patient", r, r.patient, false));
    for (const PublishedTrial& t : published_trials()) {
        std::string source = t.source;
        if (*t.note) source += fmt::format("; {}", t.note);
        table.row(
            {{t.name, "text"},
             std::to_string(t.year),
             fmt::format("{} / {}", count_text(t.patients), count_text(t.vessels)),
             {t.level, "text"},
             dash_or(t.sensitivity_pct, 1),
             dash_or(t.specificity_pct, 1),
             dash_or(t.ppv_pct, 1),
             dash_or(t.npv_pct, 1),
             dash_or(t.accuracy_pct, 1),
             dash_or(t.auc, has_third_digit(t.auc) ? 3 : 2),
             std::isfinite(t.bias) ? number(t.bias, 3) + " \xC2\xB1 " + number(t.bias_sd, 3) : "\xE2\x80\x93",
             {source, "note"}});
    }
    return table.html();
}

}  // namespace ctffr::report
