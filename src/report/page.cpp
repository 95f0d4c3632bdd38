// SPDX-License-Identifier: Apache-2.0
#include "report/page.hpp"

#include <fmt/format.h>

#include "ctffr/parallel/exec.hpp"
#include "report/figures.hpp"
#include "report/html.hpp"
#include "report/surface_data.hpp"
#include "report/tables.hpp"
#include "report/text.hpp"
#include "report/uncertainty_tables.hpp"
#include "report/viewer_assets.hpp"

namespace ctffr::report {

namespace {

std::string state_words(ResultState state) {
    switch (state) {
        case ResultState::ok: return "Analysed";
        case ResultState::ok_with_excluded_segments: return "Analysed, with excluded segments";
        case ResultState::rejected: return "Rejected: no FFR";
    }
    return "unknown";
}

std::string header(const CaseResult& result, const std::string& title) {
    std::string html = fmt::format(
        "<div class=\"research\">For research use only. Not a medical device; not for diagnosis or "
        "treatment.</div>\n"
        "<header><h1>{}</h1>\n<span class=\"state {}\">{}</span>\n",
        escape_html(title), result_state_name(result.state), state_words(result.state));
    if (!result.reasons.empty()) {
        html += "<ul class=\"reasons\">\n";
        for (const std::string& reason : result.reasons) html += "<li>" + escape_html(reason) + "</li>\n";
        html += "</ul>\n";
    }
    if (const std::string why = why_no_ffr(result); !why.empty())
        html += fmt::format("<p><strong>FFR is not available: {}.</strong></p>\n", escape_html(why));
    return html + "</header>\n";
}

constexpr std::string_view class_key =
    "<p class=\"small soft\"><span class=\"chip low\"></span>0.75 or less"
    "<span class=\"chip grey\"></span>0.76\xE2\x80\x93"
    "0.80, grey zone: the method cannot decide"
    "<span class=\"chip high\"></span>above 0.80. Values below 0.50 are shown as &lt; 0.50.</p>\n";

std::string viewer(const CaseResult& result) {
    return section(
        "Coronary tree",
        fmt::format(
            "<div id=\"viewer\"><div id=\"stage\">\n<div id=\"views\" role=\"toolbar\" aria-label=\"Standard "
            "views\" hidden></div>\n<div id=\"canvas-host\" hidden></div>\n"
            "<div id=\"static-tree\">{}</div>\n"
            "<div id=\"walk-bar\" hidden><input id=\"walk\" type=\"range\" min=\"0\" value=\"0\" "
            "aria-label=\"Place along the vessel\"></div>\n"
            "<p id=\"viewer-note\" class=\"small soft screen\">Drag to turn, wheel to zoom, right button to "
            "move; "
            "click the tree to read a value. Keys: arrows, Shift with arrows, + and \xE2\x88\x92, "
            "1\xE2\x80\x93"
            "8.</p>"
            "\n</div>\n<div id=\"side\">{}<div id=\"walk-side\" hidden><label>Walk along <select "
            "id=\"walk-vessel\"></select></label>\n<dl id=\"readout\" aria-live=\"polite\"><dt>FFR here</dt>"
            "<dd>choose a point</dd></dl></div>\n</div></div>\n",
            tree_picture(result), colour_legend()));
}

std::string vessel_views(const CaseResult& result, const Volume* volume, const Cpu& exec, const Run& run) {
    std::string html = hatch_definition();
    const std::vector<VesselPath> paths = shown_paths(result);
    std::vector<bool> drawn(result.lesions.size(), false);
    for (std::size_t k = 0; k < paths.size(); ++k) {
        const VesselPath& path = paths[k];
        run.progress("report", 0.3 + 0.6 * static_cast<double>(k) / static_cast<double>(paths.size()));
        std::string content = "<figure>" + pullback_figure(result, path, volume, exec);
        content += fmt::format(
            "<figcaption>Above: FFR; shaded violet: lesions; circle: where a lesion's FFR is read. Middle: "
            "radius, dashed: "
            "healthy reference. {}</figcaption></figure>\n",
            volume ? "Below: straightened views at right angles, \xC2\xB1"
                     "7.5 mm, yellow: lumen wall as found."
                   : "");
        if (volume) {
            content += "<div class=\"pictures\">" + stretched_figure(result, path, *volume, exec);
            for (std::size_t i = 0; i < result.lesions.size(); ++i) {
                // A lesion in a shared stem is drawn once, with the first vessel that holds it.
                if (drawn[i] || !path.holds(result.lesions[i])) continue;
                drawn[i] = true;
                content += lesion_sections_figure(result, path, i, *volume, exec);
            }
            content += "</div>\n";
        }
        html += section(escape_html(path.name), content);
    }
    return html;
}

std::string facts(const CaseResult& result) {
    std::string html = section("Image quality", quality_table(result));
    html += section("Patient and hyperaemia", patient_table(result));
    html += section("Input and software", input_facts(result));
    html += section("Computation", "<div class=\"columns\"><div><h3>Flow solver</h3>" + solver_facts(result) +
                                       "</div><div><h3>Times</h3>" + timing_table(result) + "</div></div>\n" +
                                       outlet_table(result));
    if (!result.options_toml.empty())
        html += section("Options", "<details><summary>Options as resolved</summary><pre>" +
                                       escape_html(result.options_toml) + "</pre></details>\n");
    return html;
}

std::string footer(const CaseResult& result) {
    return fmt::format(
        "<footer>ctffr {}. FFR is computed from CT, not measured. Read lesions 10\xE2\x80\x93"
        "20 mm below their lower end; "
        "thresholds after the 2019 expert recommendations on CT-derived FFR. 3-D viewer: {} (MIT "
        "licence).</footer>\n",
        escape_html(result.software.version), viewer_assets().library);
}

}  // namespace

std::string make_page(const CaseResult& result, const Volume* volume, const std::string& title,
                      const Run& run) {
    const Cpu exec{run.profiler};
    for (const Lesion& lesion : result.lesions) {
        CTFFR_CHECK_OP(lesion.branch, >=, 0);
        CTFFR_CHECK_OP(lesion.branch, <, static_cast<int>(result.tree.branches.size()));
    }
    const bool analysed = result.state != ResultState::rejected && !result.tree.branches.empty();
    run.progress("report", 0);
    std::string page = page_head(title) + header(result, title) + "<main>\n";
    if (analysed) {
        page += section("Findings", vessel_cards(result) + std::string(class_key));
        page += viewer(result);
        page += section("Lesions", lesion_table(result));
        page += vessel_views(result, volume, exec, run);
        page += section("Vessels", vessel_table(result));
        page += uncertainty_section(result);
        page += section("Branches", branch_table(result));
    }
    page += facts(result) + "</main>\n" + footer(result);
    run.progress("report", 0.9);
    if (analysed) {
        page += "<script type=\"application/json\" id=\"ctffr-data\">" +
                json_for_script(viewer_json(result, exec)) + "</script>\n<script>";
        page += viewer_assets().script;
        page += "</script>\n";
    }
    run.progress("report", 1);
    return page + "</body>\n</html>\n";
}

}  // namespace ctffr::report
