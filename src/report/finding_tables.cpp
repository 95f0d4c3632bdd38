// SPDX-License-Identifier: Apache-2.0
#include "report/finding_tables.hpp"

#include <fmt/format.h>

#include "report/html.hpp"
#include "report/text.hpp"
#include "report/vessel_path.hpp"

namespace ctffr::report {

namespace {

std::string risk_words(const PlaqueRisk& risk) {
    std::string words;
    const auto add = [&](bool there, const char* word) {
        if (there) words += std::string(words.empty() ? "" : ", ") + word;
    };
    add(risk.low_attenuation, "low attenuation");
    add(risk.positive_remodelling, "positive remodelling");
    add(risk.spotty_calcium, "spotty calcium");
    return risk.high_risk() ? "High-risk: " + words : words;
}

void add_row(Table& table, const std::string& name, const std::string& remodelling, const PlaqueMeasure& m,
             const std::string& note) {
    table.row({{name, "text"},
               number(m.plaque.total_mm3(), 0),
               number(m.plaque.low_attenuation_mm3, 0),
               number(m.plaque.fibro_fatty_mm3, 0),
               number(m.plaque.fibrous_mm3, 0),
               number(m.plaque.calcified_mm3, 0),
               number(m.atheroma_pct(), 0),
               remodelling,
               {note, "note"}});
}

std::string joined(const std::vector<std::string>& words, const char* between) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : between) + word;
    return text;
}

}  // namespace

std::string cad_rads_facts(const CaseResult& result) {
    const CadRads& c = result.cad_rads;
    if (c.category.empty()) return {};
    return fact_list({
        {"CAD-RADS 2.0", c.text()},
        {"Worst stenosis",
         c.worst_segment.empty()
             ? std::string("none")
             : fmt::format("{} diameter, {}", number(c.worst_stenosis_pct, 0, "%"), c.worst_segment)},
        {"Segment involvement score", fmt::format("{}", c.segment_involvement)},
        {"Segment stenosis score", fmt::format("{}", c.segment_stenosis)},
        {"Plaque burden by", c.burden_by == "CACS"  ? std::string("calcium score")
                             : c.burden_by == "SIS" ? std::string("segment involvement")
                                                    : std::string()},
        {"Notes", joined(c.notes, " ")},
    });
}

std::string plaque_table(const CaseResult& result) {
    const PlaqueReport& p = result.plaque;
    if (!p.measured()) return fmt::format("<p class=\"soft\">{}</p>\n", escape_html(p.why_not));
    Table table(
        fmt::format("Volumes in mm\xC2\xB3 between lumen and outer wall: low attenuation below {:.0f} HU, "
                    "fibro-fatty below "
                    "{:.0f}, fibrous below {:.0f}, calcified above.",
                    p.thresholds.fibro_fatty_hu, p.thresholds.fibrous_hu, p.thresholds.calcified_hu));
    table.head({{"", "text"},
                {"Plaque"},
                {"Low attenuation"},
                {"Fibro-fatty"},
                {"Fibrous"},
                {"Calcified"},
                {"Of the vessel, %"},
                {"Remodelling"},
                {"Features", "text"}});
    for (std::size_t i = 0; i < p.lesions.size() && i < result.lesions.size(); ++i)
        add_row(table, fmt::format("{} ({})", lesion_label(i), result.lesions[i].segment),
                number(result.lesions[i].remodelling_index, 2), p.lesions[i].measure,
                risk_words(p.lesions[i].risk));
    for (const SegmentPlaque& s : p.segments)
        if (s.measure.plaque.total_mm3() > 0)
            add_row(table, std::string(segment_name(s.segment)), "", s.measure, "");
    add_row(table, "All arteries", "", p.total, "");
    std::string html = table.html();
    for (const std::string& remark : p.remarks)
        html += "<p class=\"small soft\">" + escape_html(remark) + "</p>\n";
    return html;
}

std::string calcium_table(const CaseResult& result) {
    const CalciumScore& c = result.calcium;
    if (!c.measured) {
        if (c.remarks.empty()) return {};
        return fmt::format("<p class=\"soft\">{}</p>\n", escape_html(c.remarks.front()));
    }
    Table table(fmt::format("Scan without contrast, from {:.0f} HU on, {:.1f} mm slices; coronary by {}.",
                            c.threshold_hu, c.slice_mm, c.restricted_by));
    table.head({{"Artery", "text"}, {"Agatston score"}, {"Volume, mm\xC2\xB3"}, {"Areas"}});
    for (const CalciumVessel& v : c.vessels)
        table.row(
            {{v.name, "text"}, number(v.agatston, 0), number(v.volume_mm3, 0), fmt::format("{}", v.regions)});
    table.row(
        {{"total", "text"}, number(c.agatston, 0), number(c.volume_mm3, 0), fmt::format("{}", c.regions)});
    std::string html = table.html();
    for (const std::string& remark : c.remarks)
        html += "<p class=\"small soft\">" + escape_html(remark) + "</p>\n";
    return html;
}

}  // namespace ctffr::report
