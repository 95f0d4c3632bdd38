// SPDX-License-Identifier: Apache-2.0
#include "report/state_page.hpp"

#include <cmath>

#include <fmt/format.h>

#include "report/html.hpp"
#include "report/tables.hpp"
#include "report/text.hpp"

namespace ctffr::report {

namespace {

// Remarks are worded for FFR; here the ratio has another name.
std::string renamed(std::string text, FlowState state) {
    const std::string name = ratio_name(state);
    for (std::size_t at = text.find("FFR"); at != std::string::npos; at = text.find("FFR", at + name.size()))
        text.replace(at, 3, name);
    return text;
}

// Two digits, without the floor and the classes of FFR.
std::string ratio_text(double value) { return number(value, 2); }

std::string interval_text(const std::vector<FfrInterval>& intervals, std::size_t i) {
    if (i >= intervals.size() || !std::isfinite(intervals[i].low_90)) return std::string(not_available);
    return ratio_text(intervals[i].low_90) + "\xE2\x80\x93" + ratio_text(intervals[i].high_90);
}

std::string threshold_words(FlowState state) {
    if (const auto threshold = ratio_threshold(state))
        return fmt::format(
            "The published cut-off of resting Pd/Pa is {:.2f} (RESOLVE, 2014). The cut-off 0.80 of "
            "hyperaemia "
            "does not apply, and iFR (0.89) is another index.",
            *threshold);
    return "No cut-off is published for this ratio; none of another state applies.";
}

std::string lesions(const CaseResult& result, const std::string& ratio) {
    if (result.lesions.empty()) return "<p>No focal lesion was found.</p>\n";
    Table table(ratio + " below each lesion, with the 90 % interval; read as its note says.");
    table.head({{"Segment", "text"},
                {"Vessel", "text"},
                {"% DS"},
                {"MLD, mm"},
                {ratio + " above"},
                {ratio + " below"},
                {"90 % interval"},
                {"LV at risk, %"},
                {"Note", "text"}});
    for (std::size_t i = 0; i < result.lesions.size(); ++i) {
        const Lesion& l = result.lesions[i];
        table.row({{l.segment, "text"},
                   {l.vessel, "text"},
                   number(l.diameter_stenosis_pct, 0),
                   number(l.mld_mm, 2),
                   ratio_text(l.ffr_proximal),
                   ratio_text(l.ffr_20mm_distal),
                   interval_text(result.uncertainty.lesions, i),
                   number(l.at_risk_lv_pct, 0),
                   {renamed(l.note, result.hyperaemia.state), "note"}});
    }
    return table.html();
}

std::string vessels(const CaseResult& result, const std::string& ratio) {
    Table table(ratio + " at the distal end of each vessel: not the value of a lesion.");
    table.head({{"Vessel", "text"}, {"Length, mm"}, {ratio + " at the distal end"}, {"90 % interval"}});
    for (std::size_t i = 0; i < result.vessels.size(); ++i)
        table.row({{result.vessels[i].name, "text"},
                   number(result.vessels[i].length_mm, 0),
                   ratio_text(result.vessels[i].ffr_distal),
                   interval_text(result.uncertainty.vessels, i)});
    return table.html();
}

}  // namespace

std::string make_state_page(const CaseResult& result, const std::string& title) {
    const FlowState state = result.hyperaemia.state;
    const std::string ratio = ratio_name(state);
    // The usual title speaks of FFR.
    const std::string heading = renamed(title, state);
    std::string page = page_head(heading);
    page += fmt::format(
        "<div class=\"research\">For research use only. Not a medical device; not for diagnosis or "
        "treatment.</div>\n<header><h1>{}</h1>\n<p><strong>State: {}. All ratios on this page are {}, NOT "
        "fractional flow reserve.</strong> {}</p>\n",
        escape_html(heading), flow_state_name(state), ratio, threshold_words(state));
    page += fmt::format("<p>{}</p>\n<ul class=\"reasons\">\n", result_state_name(result.state));
    for (const std::string& reason : result.reasons)
        page += "<li>" + escape_html(renamed(reason, state)) + "</li>\n";
    page += "</ul>\n</header>\n<main>\n";
    if (result.state != ResultState::rejected && !result.tree.branches.empty()) {
        page += section("Lesions", lesions(result, ratio));
        page += section("Vessels", vessels(result, ratio));
    }
    page += section("Image quality", quality_table(result));
    page += section("Patient and flow state", renamed(patient_table(result), state));
    page += section("Input and software", input_facts(result));
    page += section("Times", timing_table(result));
    return page + fmt::format(
                      "</main>\n<footer>ctffr {}. {} is computed from CT, not measured.</footer>\n"
                      "</body>\n</html>\n",
                      escape_html(result.software.version), ratio);
}

}  // namespace ctffr::report
