// SPDX-License-Identifier: Apache-2.0
// The main figures of a validation as a table for the terminal.
#include <fmt/format.h>

#include "ctffr/stages/validate.hpp"

namespace ctffr {

namespace {

namespace st = statistics;

std::string interval_text(const st::Estimate& e, double scale, int digits) {
    if (!e.interval) return "no interval: " + e.reason;
    return fmt::format("{:.{}f} to {:.{}f}", e.interval->low * scale, digits, e.interval->high * scale,
                       digits);
}

// Clustered intervals are for vessels; of patients there is one item each.
std::string clustered_text(const st::Estimate* e, double scale, int digits) {
    return e ? " clustered " + interval_text(*e, scale, digits) : std::string();
}

std::string estimate_line(const char* name, const st::Estimate& e, const st::Estimate* clustered = nullptr) {
    if (!e.value) return fmt::format("  {:<14}not defined: {}\n", name, e.reason);
    return fmt::format("  {:<14}{:7.3f}    {:<16}{}\n", name, *e.value, interval_text(e, 1, 3),
                       clustered_text(clustered, 1, 3));
}

std::string proportion_line(const char* name, const st::Proportion& p, bool vessels) {
    if (!p.wilson.value) return fmt::format("  {:<14}not defined: {}\n", name, p.wilson.reason);
    return fmt::format("  {:<14}{:7.1f} %  {:<16}{} ({}/{})\n", name, *p.wilson.value * 100,
                       interval_text(p.wilson, 100, 1),
                       clustered_text(vessels ? &p.clustered : nullptr, 100, 1), p.successes, p.count);
}

std::string accuracy_lines(const Discrimination& d, bool vessels) {
    const st::Accuracy& a = d.accuracy;
    return proportion_line("sensitivity", a.sensitivity, vessels) +
           proportion_line("specificity", a.specificity, vessels) + proportion_line("PPV", a.ppv, vessels) +
           proportion_line("NPV", a.npv, vessels) + proportion_line("accuracy", a.accuracy, vessels) +
           estimate_line("AUC", d.auc.delong, vessels ? &d.auc.clustered : nullptr);
}

std::string readout_lines(const ReadoutAgreement& r) {
    std::string text =
        fmt::format("\n{}: {} vessels of {} patients\nper vessel\n", r.column, r.vessels, r.patients);
    text +=
        accuracy_lines(r.vessel, true) + "per patient\n" + accuracy_lines(r.patient, false) + "agreement\n";
    text += estimate_line("bias", r.bland_altman.bias, &r.bland_altman.bias_clustered);
    text += estimate_line("lower limit", r.bland_altman.lower_limit) +
            estimate_line("upper limit", r.bland_altman.upper_limit) + estimate_line("Pearson r", r.pearson) +
            estimate_line("slope", r.passing_bablok.slope) +
            estimate_line("intercept", r.passing_bablok.intercept);
    return text;
}

}  // namespace

std::string validation_text(const Validation& v) {
    std::string text = fmt::format(
        "{} rows of {} patients: {} compared, {} rejected, {} without a measured value. FFR positive at or "
        "below "
        "{:.2f}; intervals {:.0f} %.\n",
        v.cohort.rows.size(), v.patients, v.readouts.front().vessels, v.rejected, v.not_measured,
        v.options.positive_at_ffr, v.options.confidence * 100);
    for (const ReadoutAgreement& readout : v.readouts) text += readout_lines(readout);
    if (v.stenosis) {
        text += fmt::format("\ndiameter stenosis, positive from {:.0f} %, per vessel\n",
                            v.options.positive_at_stenosis_pct);
        text += accuracy_lines(v.stenosis->vessel, true);
        text += estimate_line("AUC gain", v.stenosis->vessel_comparison.difference,
                              &v.stenosis->vessel_comparison.difference_clustered);
    }
    if (v.intention_to_diagnose.counted_as_wrong > 0) {
        text += fmt::format("\nintention to diagnose: {} rejected vessels counted as wrong, per vessel\n",
                            v.intention_to_diagnose.counted_as_wrong);
        text += accuracy_lines(v.intention_to_diagnose.vessel, true);
    }
    return text;
}

}  // namespace ctffr
