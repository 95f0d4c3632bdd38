// SPDX-License-Identifier: Apache-2.0
#include "report/validation_page.hpp"

#include "report/html.hpp"
#include "report/text.hpp"
#include "report/validation_figures.hpp"
#include "report/validation_tables.hpp"

namespace ctffr::report {

namespace {

std::string header(const Validation& v, const std::optional<Seal>& seal) {
    std::string html =
        "<div class=\"research\">For research use only. Not a medical device; not for diagnosis or "
        "treatment.</div>\n<header><h1>Computed against invasive FFR</h1>\n";
    if (seal)
        html += fmt::format(
            "<p>The computed values were sealed before the measured ones were joined{}. SHA-256 "
            "<code>{}</code>: it proves that only to those who got it beforehand.</p>\n",
            seal->blinded ? "" : ", from a file that held measured values as well",
            escape_html(seal->sha256));
    else
        html += "<p>Computed and measured values came in one file, without a seal.</p>\n";
    if (!v.cohort.remarks.empty()) {
        html += "<ul class=\"reasons\">\n";
        for (const std::string& remark : v.cohort.remarks) html += "<li>" + escape_html(remark) + "</li>\n";
        html += "</ul>\n";
    }
    return html + "</header>\n";
}

std::string figure(const std::string& svg, std::string_view caption) {
    return fmt::format("<figure>{}<figcaption>{}</figcaption></figure>\n", svg, caption);
}

std::string intention_section(const Validation& v) {
    const IntentionToDiagnose& itd = v.intention_to_diagnose;
    if (v.rejected == 0) return "<p>No row was rejected: there is nothing to add.</p>\n";
    std::string html = fmt::format(
        "<p>The tables above leave rejected vessels out. Here {} of them, those with a measured value, count "
        "as wrong: "
        "the worst case for all who were to be diagnosed ({} vessels, {} patients).</p>\n",
        itd.counted_as_wrong, itd.vessels, itd.patients);
    return html + accuracy_table(itd.vessel, itd.patient) + rejected_table(v);
}

std::string stenosis_section(const Validation& v) {
    const StenosisAgreement& s = *v.stenosis;
    return fmt::format(
               "<p>Diameter stenosis as the test, positive from {:.0f} %, over {} vessels of {} "
               "patients.</p>\n",
               v.options.positive_at_stenosis_pct, s.vessels, s.patients) +
           accuracy_table(s.vessel, s.patient) + comparison_table(s);
}

}  // namespace

std::string make_validation_page(const Validation& v, const std::optional<Seal>& seal,
                                 const SoftwareFacts& software) {
    const ReadoutAgreement& r = v.readouts.front();
    std::string page = page_head("CT-FFR validation") + header(v, seal) + "<main>\n";
    page += section("Cohort", cohort_facts(v));
    page += section(
        "Accuracy",
        accuracy_table(r.vessel, r.patient) + "<div class=\"pictures\">" +
            figure(roc_figure(v), "Receiver operating characteristic. Intervals per vessel are clustered.") +
            "</div>\n");
    page += section("Agreement",
                    agreement_table(r) + "<div class=\"pictures\">" +
                        figure(scatter_figure(v, r), "Yellow lines: the threshold. Dashed: identity.") +
                        figure(bland_altman_figure(v, r),
                               "Bias and limits of agreement, shaded with their intervals (that of the bias "
                               "is clustered).") +
                        "</div>\n");
    page += section("Accuracy in bands of FFR",
                    bands_table(r) + "<div class=\"pictures\">" +
                        figure(bands_figure(r), "Whiskers: clustered intervals. Yellow: the grey zone.") +
                        "</div>\n");
    if (v.readouts.size() > 1) page += section("Read-outs", readouts_table(v));
    if (v.stenosis) page += section("Stenosis grading", stenosis_section(v));
    page += section("Rejected vessels, intention to diagnose", intention_section(v));
    page += section("Published studies", published_table(v));
    return page + "</main>\n" +
           fmt::format(
               "<footer>ctffr {} ({}). Formulas and sources: "
               "docs/theory/validation-statistics.md.</footer>\n",
               escape_html(software.version), escape_html(software.commit)) +
           "</body>\n</html>\n";
}

}  // namespace ctffr::report
