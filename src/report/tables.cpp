// SPDX-License-Identifier: Apache-2.0
#include "report/tables.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>

#include <fmt/format.h>

#include "ctffr/core/units.hpp"
#include "report/html.hpp"
#include "report/text.hpp"
#include "report/vessel_path.hpp"

namespace ctffr::report {

namespace {

// Fall of FFR from above to below a lesion.
std::string lesion_drop(const CaseResult& result, const Lesion& lesion) {
    const double below = lesion_ffr_distal(result, lesion);
    return delta_ffr_text(lesion_ffr_proximal(result, lesion), below,
                          std::isfinite(below) ? lesion.delta_ffr : missing);
}

Cell ffr_cell(double ffr) { return {ffr_text(ffr), ffr_class_name(ffr_class(ffr))}; }

// Lesions whose throat lies in one of the branches.
std::vector<std::size_t> lesions_in(const CaseResult& result, const std::vector<int>& branches) {
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < result.lesions.size(); ++i)
        if (std::find(branches.begin(), branches.end(), result.lesions[i].branch) != branches.end())
            found.push_back(i);
    return found;
}

// The lesion with the lowest FFR below it; lesions without a value count last.
std::size_t worst_of(const CaseResult& result, const std::vector<std::size_t>& lesions) {
    const auto value = [&](std::size_t i) {
        const double ffr = lesion_ffr_distal(result, result.lesions[i]);
        return std::isfinite(ffr) ? ffr : 2.0;
    };
    return *std::min_element(lesions.begin(), lesions.end(),
                             [&](std::size_t a, std::size_t b) { return value(a) < value(b); });
}

std::string lesion_note(const Lesion& lesion) {
    std::string note = lesion.note;
    if (std::isfinite(lesion.distal_read_mm) && lesion.distal_read_mm < 19.5)
        note = fmt::format("FFR read {} below the lesion.{}{}", number(lesion.distal_read_mm, 0, "mm"),
                           note.empty() ? "" : " ", note);
    return note;
}

// Distance of a lesion's throat from the ostium.
double throat_from_ostium_mm(const CaseResult& result, const Lesion& lesion) {
    double start_mm = 0;
    for (const int id : result.tree.path_to(lesion.branch))
        if (id != lesion.branch) start_mm += result.tree.branches[static_cast<std::size_t>(id)].length_mm();
    return start_mm + lesion.throat_mm;
}

std::string flag_sentences(const Branch& branch) {
    std::string text;
    for (const BranchFlag& flag : branch.flags)
        text += fmt::format("{}{} {}\xE2\x80\x93{}{}{}", text.empty() ? "" : "; ", flag_name(flag.kind),
                            number(flag.start_mm, 0), number(flag.end_mm, 0, "mm"),
                            flag.reason.empty() ? "" : ": ", flag.reason);
    return text;
}

const VesselSummary* summary_of(const CaseResult& result, const std::string& name) {
    for (const VesselSummary& vessel : result.vessels)
        if (vessel.name == name) return &vessel;
    return nullptr;
}

// FFR at the last point of a vessel, as the map has it.
double end_ffr(const CaseResult& result, const Vessel& vessel) {
    const int last = vessel.branches.back();
    return ffr_at(result, last, result.tree.branches[static_cast<std::size_t>(last)].points.size() - 1);
}

std::string card(const CaseResult& result, const Vessel& vessel) {
    const std::vector<std::size_t> found = lesions_in(result, vessel.branches);
    std::string value = "no focal lesion", css = "none", kind = "missing", below;
    const auto closed = std::find_if(found.begin(), found.end(), [&](std::size_t i) {
        return result.lesions[i].diameter_stenosis_pct >= 100;
    });
    if (closed != found.end()) {
        value = "occluded", css = "", kind = ffr_class_name(FfrClass::low);
        below =
            fmt::format("{} {}, no FFR beyond it{}", lesion_label(*closed), result.lesions[*closed].segment,
                        found.size() > 1 ? fmt::format("; {} lesions", found.size()) : "");
    } else if (!found.empty()) {
        const std::size_t worst = worst_of(result, found);
        const Lesion& lesion = result.lesions[worst];
        const double ffr = lesion_ffr_distal(result, lesion);
        value = ffr_text(ffr), kind = ffr_class_name(ffr_class(ffr));
        css = std::isfinite(ffr) ? "" : "none";
        below = fmt::format(
            "{} {}, {} diameter stenosis, \xCE\x94"
            "FFR {}{}",
            lesion_label(worst), lesion.segment, number(lesion.diameter_stenosis_pct, 0, "%"),
            lesion_drop(result, lesion),
            found.size() > 1 ? fmt::format(", lowest of {} lesions", found.size()) : "");
    } else if (const double ffr = end_ffr(result, vessel); std::isfinite(ffr)) {
        below = ffr_class(ffr) == FfrClass::high
                    ? fmt::format("FFR stays above 0.80 (end of vessel {})", ffr_text(ffr))
                    : fmt::format(
                          "FFR falls without a focal lesion to {} at the end of the vessel, a value "
                          "that is not for a decision alone",
                          ffr_text(ffr));
    }
    return fmt::format(
        "<div class=\"card {}\"><div class=\"name\">{}</div><div class=\"value {}\">{}</div>"
        "<div class=\"small soft\">{}</div></div>\n",
        kind, escape_html(vessel.name), css, escape_html(value), escape_html(below));
}

}  // namespace

NamedUnit words_from_key(const std::string& key) {
    static constexpr std::array<std::pair<const char*, const char*>, 13> units = {{
        {"_ml_min", "mL/min"},
        {"_mmhg", "mmHg"},
        {"_years", "years"},
        {"_bpm", "1/min"},
        {"_kg", "kg"},
        {"_m2", "m\xC2\xB2"},
        {"_m", "m"},
        {"_g", "g"},
        {"_pct", "%"},
        {"_ml", "mL"},
        {"_fraction", ""},
        {"_cm", "cm"},
        {"_mm", "mm"},
    }};
    NamedUnit words{key, ""};
    for (const auto& [ending, unit] : units)
        if (key.size() > std::string_view(ending).size() && key.ends_with(ending)) {
            words = {key.substr(0, key.size() - std::string_view(ending).size()), unit};
            break;
        }
    std::replace(words.name.begin(), words.name.end(), '_', ' ');
    // Short names of heart and image terms are written in capitals.
    for (const std::string_view term : {"lv", "psf", "bsa", "bmi"})
        if (words.name == term || words.name.starts_with(std::string(term) + " "))
            std::transform(words.name.begin(), words.name.begin() + static_cast<std::ptrdiff_t>(term.size()),
                           words.name.begin(),
                           [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    if (!words.name.empty())
        words.name[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(words.name[0])));
    return words;
}

namespace {

// "aorta_hu" in HU -> "Aorta": the unit has its own column.
std::string figure_words(const QualityFigure& figure) {
    std::string name = words_from_key(figure.name).name, ending = " " + figure.unit;
    std::transform(ending.begin(), ending.end(), ending.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (ending.size() > 1 && name.size() > ending.size() && name.ends_with(ending))
        name.resize(name.size() - ending.size());
    return name;
}

}  // namespace

std::string input_facts(const CaseResult& result) {
    const Acquisition& a = result.acquisition;
    const ImageGeometry& g = result.input_geometry;
    const auto if_known = [](double value, int digits, const char* unit) {
        return value > 0 ? number(value, digits, unit) : std::string();
    };
    return fact_list({
        {"Patient ID", a.patient_id},
        {"Accession number", a.accession_number},
        {"Series", a.series_description},
        {"Why this series", a.selection_reason},
        {"Series UID", a.series_uid},
        {"Scanner", fmt::format("{}{}{}", a.manufacturer,
                                a.manufacturer.empty() || a.model.empty() ? "" : " ", a.model)},
        {"Kernel", a.kernel},
        {"Tube voltage", if_known(a.kvp, 0, "kV")},
        {"Cardiac phase", a.cardiac_phase_pct ? number(*a.cardiac_phase_pct, 0, "%") : std::string()},
        {"Voxels", g.size.count() > 0
                       ? fmt::format("{} \xC3\x97 {} \xC3\x97 {}, {} \xC3\x97 {} \xC3\x97 {}", g.size.x,
                                     g.size.y, g.size.z, number(g.spacing_mm.x, 2), number(g.spacing_mm.y, 2),
                                     number(g.spacing_mm.z, 2, "mm"))
                       : std::string()},
        {"Lossy compression", a.lossy_compressed ? "yes" : ""},
        {"Input", result.input_kind},
        {"Input hash (SHA-256)", result.input_hash},
        {"Software", fmt::format("ctffr {}{}", result.software.version,
                                 result.software.commit.empty() ? "" : " (" + result.software.commit + ")")},
        {"Device", result.software.device},
        {"Lumen from", result.lumen.method},
        {"Dominance", result.tree.branches.empty()
                          ? std::string()
                          : fmt::format("{} (confidence {:.2f})", dominance_name(result.tree.dominance),
                                        result.tree.dominance_confidence)},
    });
}

std::string patient_table(const CaseResult& result) {
    const Hyperaemia& h = result.hyperaemia;
    Table table;
    table.head({{"Value", "text"}, {"Number"}, {"Unit", "text"}, {"Origin", "text"}, {"Source", "text"}});
    if (result.sex)
        table.row({{"Sex", "text"},
                   std::string(1, *result.sex),
                   {"", "text"},
                   {"measured", "text"},
                   {result.sex_source, "text"}});
    for (const auto& [key, value] : h.patient) {
        const NamedUnit words = words_from_key(key);
        table.row({{words.name, "text"},
                   number(value.value, value.value == std::round(value.value) ? 0 : 2),
                   {words.unit, "text"},
                   {origin_name(value.origin), "text"},
                   {value.source, "text"}});
    }
    const auto used = [&](const char* name, double value, int digits, const char* unit) {
        if (value > 0)
            table.row(
                {{name, "text"}, number(value, digits), {unit, "text"}, {"model", "text"}, {"", "text"}});
    };
    used("Hyperaemic aortic pressure", mmhg_from_pa(h.aortic_pressure), 1, "mmHg");
    used("Venous pressure", mmhg_from_pa(h.venous_pressure), 1, "mmHg");
    used("Hyperaemic coronary flow", ml_min_from_m3_s(h.total_flow), 0, "mL/min");
    used("Blood density", h.density, 0, "kg/m\xC2\xB3");
    used("Blood viscosity", 1e3 * h.viscosity, 2, "mPa s");
    return table.html();
}

std::string quality_table(const CaseResult& result) {
    Table table;
    table.head({{"Figure", "text"}, {"Value"}, {"Unit", "text"}, {"Grade", "text"}, {"Meaning", "text"}});
    for (const QualityFigure& figure : result.quality.figures) {
        table.row({{figure_words(figure), "text"},
                   number(figure.value, 2),
                   {figure.unit, "text"},
                   {grade_name(figure.grade), std::string("text ") + grade_name(figure.grade)},
                   {figure.sentence, "note"}});
    }
    if (table.empty())
        return "<p class=\"soft\">No quality figures: the run did not start from an image.</p>\n";
    return table.html();
}

std::string vessel_cards(const CaseResult& result) {
    const std::vector<VesselPath> shown = shown_paths(result);
    std::string html = "<div class=\"cards\">\n";
    for (const Vessel& vessel : vessels_of(result.tree))
        if (std::any_of(shown.begin(), shown.end(),
                        [&](const VesselPath& p) { return p.name == vessel.name; }))
            html += card(result, vessel);
    return html + "</div>\n";
}

std::string lesion_table(const CaseResult& result) {
    if (result.lesions.empty()) return "<p>No focal lesion was found.</p>\n";
    Table table(
        "FFR is read 20 mm below the lower end of each lesion, or 10 to 20 mm as the note says; a lesion "
        "without such a place has none.");
    table.head({{"", "text"},
                {"Segment", "text"},
                {"Vessel", "text"},
                {"From ostium, mm"},
                {"% DS"},
                {"% AS"},
                {"MLD, mm"},
                {"MLA, mm\xC2\xB2"},
                {"Reference, mm"},
                {"Length, mm"},
                {"FFR above"},
                {"FFR 20 mm below"},
                {"\xCE\x94"
                 "FFR"},
                {"LV at risk, %"},
                {"Note", "text"}});
    for (std::size_t i = 0; i < result.lesions.size(); ++i) {
        const Lesion& lesion = result.lesions[i];
        const double above = lesion_ffr_proximal(result, lesion), below = lesion_ffr_distal(result, lesion);
        table.row(
            {Cell::html(
                 fmt::format("<button type=\"button\" data-lesion=\"{}\" title=\"Show in the pictures\">{}"
                             "</button>",
                             i, lesion_label(i)),
                 "text"),
             {lesion.segment, "text"},
             {lesion.vessel, "text"},
             number(throat_from_ostium_mm(result, lesion), 0),
             number(lesion.diameter_stenosis_pct, 0),
             number(lesion.area_stenosis_pct, 0),
             number(lesion.mld_mm, 2),
             number(lesion.mla_mm2, 2),
             number(lesion.reference_diameter_mm, 2),
             number(lesion.length_mm, 1),
             ffr_text(above),
             ffr_cell(below),
             lesion_drop(result, lesion),
             number(lesion.at_risk_lv_pct, 0),
             {lesion_note(lesion), "note"}});
    }
    return table.html();
}

std::string vessel_table(const CaseResult& result) {
    Table table(
        "The value at the distal end falls with the length of the vessel; it is not the value of a lesion "
        "and "
        "not for a decision alone. Pull-back index: 0 diffuse, 1 focal, where that value is 0.80 or less.");
    table.head({{"Vessel", "text"},
                {"Length, mm"},
                {"Lesions"},
                {"Lowest FFR 20 mm below a lesion"},
                {"FFR at the distal end"},
                {"Pull-back index"},
                {"Note", "text"}});
    for (const Vessel& vessel : vessels_of(result.tree)) {
        const std::vector<std::size_t> found = lesions_in(result, vessel.branches);
        double length_mm = 0;
        for (const int id : vessel.branches)
            length_mm += result.tree.branches[static_cast<std::size_t>(id)].length_mm();
        const VesselSummary* summary = summary_of(result, vessel.name);
        table.row({{vessel.name, "text"},
                   number(length_mm, 0),
                   fmt::format("{}", found.size()),
                   found.empty()
                       ? Cell("\xE2\x80\x93")
                       : ffr_cell(lesion_ffr_distal(result, result.lesions[worst_of(result, found)])),
                   ffr_text(end_ffr(result, vessel)),
                   summary && std::isfinite(summary->ppg)
                       ? Cell(fmt::format("{} ({})", number(summary->ppg, 2), summary->pattern))
                       : Cell("\xE2\x80\x93"),
                   {summary ? summary->note : std::string(), "note"}});
    }
    return table.html();
}

std::string branch_table(const CaseResult& result) {
    Table table;
    table.head({{"Branch", "text"},
                {"Segment", "text"},
                {"Confidence"},
                {"From", "text"},
                {"Length, mm"},
                {"Radius start, mm"},
                {"Radius end, mm"},
                {"Flow, mL/min"},
                {"FFR start"},
                {"FFR end"},
                {"Flags", "text"}});
    for (const Branch& branch : result.tree.branches) {
        if (branch.points.empty()) continue;
        const std::size_t last = branch.points.size() - 1;
        const std::string from = branch.parent < 0
                                     ? fmt::format("{} ostium", branch.side == Side::left ? "left" : "right")
                                     : fmt::format("{}", branch.parent);
        table.row({{fmt::format("{}", branch.id), "text"},
                   {std::string(segment_name(branch.segment)), "text"},
                   number(branch.label_confidence, 2),
                   {from, "text"},
                   number(branch.length_mm(), 0),
                   number(branch.points.front().radius_mm, 2),
                   number(branch.points.back().radius_mm, 2),
                   number(flow_ml_min_at(result, branch.id, 0), 0),
                   ffr_text(ffr_at(result, branch.id, 0)),
                   ffr_text(ffr_at(result, branch.id, last)),
                   {flag_sentences(branch), "note"}});
    }
    return table.html();
}

}  // namespace ctffr::report
