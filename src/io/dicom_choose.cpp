// SPDX-License-Identifier: Apache-2.0
// Which series of a folder is the coronary CT angiography: points for what the header says, explained in
// words.
#include <algorithm>
#include <cctype>
#include <cmath>
#include <regex>
#include <set>

#include "ctffr/core/error.hpp"
#include "io/dicom_series.hpp"

namespace ctffr::dicom {

namespace {

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

bool has_any(const std::string& text, std::initializer_list<const char*> words) {
    return std::any_of(words.begin(), words.end(),
                       [&](const char* word) { return text.find(word) != std::string::npos; });
}

bool has_value(const std::vector<std::string>& values, std::initializer_list<const char*> wanted) {
    return std::any_of(values.begin(), values.end(), [&](const std::string& value) {
        return std::any_of(wanted.begin(), wanted.end(), [&](const char* word) { return value == word; });
    });
}

// Why a series cannot be the input at all; empty: it can.
std::string reason_to_leave(const Series& series) {
    const ImageFile& file = series.first();
    const std::string modality = file.text(tag::modality), sop_class = file.dataset().text(tag::sop_class);
    const std::string description = lower(series.info.description);
    if (!modality.empty() && modality != "CT") return fmt::format("its modality is {}, not CT", modality);
    const bool ct_class = sop_class == uid::ct_image || sop_class == uid::enhanced_ct_image ||
                          sop_class == uid::legacy_enhanced_ct_image;
    if (!ct_class && !(sop_class.empty() && modality == "CT"))
        return fmt::format("its storage class ({}) is not CT Image",
                           sop_class.empty() ? "not given" : to_utf8(sop_class, ""));
    if (has_value(file.image_type, {"LOCALIZER", "SCOUT", "TOPOGRAM"})) return "it is a localizer";
    if (has_value(file.image_type,
                  {"MIP", "MINIP", "MPR", "VRT", "CPR", "PROJECTION IMAGE", "MAX_IP", "MIN_IP"}))
        return "it is a projection or reformation (" + file.text(tag::image_type) + ")";
    if (has_value(file.image_type, {"SECONDARY", "SCREEN SAVE", "SCREENSAVE"}))
        return "it is a secondary capture";
    // Compression with loss makes an image DERIVED by the standard (PS3.3 C.7.6.1.1.5); such ones are only
    // marked down.
    const bool only_compressed =
        file.dataset().text(tag::lossy) == "01" && has_value(file.image_type, {"AXIAL"});
    if (!file.image_type.empty() && file.image_type.front() == "DERIVED" && !only_compressed)
        return "it is derived from other images (" + file.text(tag::image_type) + ")";
    if (has_any(description, {"topogram", "scout", "localizer", "surview", "scanogram"}))
        return "it is a localizer";
    return {};
}

struct Points {
    double sum = 0;
    std::vector<std::string> words;

    void add(double points, std::string why) {
        sum += points;
        words.push_back(std::move(why));
    }
};

// Thin slices and small pixels resolve a 2 mm vessel; bounds of the quality gate.
void add_resolution(Points& points, const Series& series) {
    const Dataset& dataset = series.first().dataset();
    const double thickness = dataset.number(tag::slice_thickness).value_or(0);
    if (thickness > 0)
        points.add(thickness <= 0.75   ? 20
                   : thickness <= 1.0  ? 14
                   : thickness <= 1.25 ? 8
                   : thickness <= 2.0  ? 0
                                       : -20,
                   fmt::format("slices of {:g} mm", thickness));
    const std::vector<double>& spacing =
        series.first().frames.empty() ? std::vector<double>{} : series.first().frames.front().spacing;
    if (spacing.size() == 2 && std::isfinite(spacing[0]))
        points.add(spacing[0] <= 0.45  ? 10
                   : spacing[0] <= 0.5 ? 7
                   : spacing[0] <= 0.6 ? 3
                                       : 0,
                   fmt::format("pixels of {:.2f} mm", spacing[0]));
}

void add_contrast(Points& points, const Series& series) {
    const Dataset& dataset = series.first().dataset();
    const std::string description = lower(series.info.description);
    const bool agent =
        dataset.has_value(tag::contrast_agent) || dataset.has_value(tag::contrast_agent_sequence);
    if (agent) points.add(20, "contrast given");
    if (has_any(description, {"cta", "ccta", "coron", "angio", "cor cta"}))
        points.add(6, "named as angiography");
    if (has_any(description, {"calcium", "cascore", "ca score", "cascore", "ca-score", "ca_score", "non con",
                              "noncon", "nativ", "without contrast"}))
        points.add(-30, "named as a scan without contrast");
    if (has_any(description, {"lung", "chest", "thorax", "abdomen"}))
        points.add(-6, "named as another region");
}

// The coronaries move least in mid-diastole (70-80 % of the RR interval); end-systole is second.
void add_phase(Points& points, const Series& series) {
    const std::string description = lower(series.info.description);
    const std::optional<double> phase = cardiac_phase_of(series);
    // The phases of one series share its description; then the stated phase counts.
    const bool diastolic = !phase || (*phase >= 55 && *phase <= 90);
    if (names_best_diastole(series.info.description) && diastolic)
        points.add(16, "the scanner's best diastolic phase");
    else if (phase && *phase >= 70 && *phase <= 80)
        points.add(14, fmt::format("phase {:g} %", *phase));
    else if (phase && *phase >= 60 && *phase <= 85)
        points.add(9, fmt::format("phase {:g} %", *phase));
    else if (phase && *phase >= 30 && *phase <= 50)
        points.add(5, fmt::format("phase {:g} %", *phase));
    else if (has_any(description, {"bestsyst", "best syst"}))
        points.add(6, "the scanner's best systolic phase");
    else if (phase)
        points.add(0, fmt::format("phase {:g} %", *phase));
}

// A sharp edge kernel doubles the noise; 'B70f', 'Bv60', 'LUNG', 'BONE', 'EDGE' are such.
void add_kernel(Points& points, const Series& series) {
    const std::string kernel = lower(series.first().text(tag::kernel));
    std::smatch number;
    const bool siemens_sharp = std::regex_search(kernel, number, std::regex("^[bhiuq][a-z]?([0-9]{2})")) &&
                               std::stoi(number[1]) >= 55;
    if (siemens_sharp || has_any(kernel, {"bone", "edge", "lung", "sharp"}))
        points.add(-8, fmt::format("the very sharp kernel {}", series.first().text(tag::kernel)));
}

}  // namespace

bool names_best_diastole(const std::string& description) {
    const std::string text = lower(description);
    return has_any(text, {"bestdiast", "best diast", "best_diast", "bestdia", "best dia"});
}

std::optional<double> cardiac_phase_of(const Series& series) {
    const std::optional<double> stated = series.first().dataset().number(tag::cardiac_phase_pct);
    if (stated && *stated >= 0 && *stated <= 100) return stated;
    std::smatch found;
    if (std::regex_search(series.info.description, found,
                          std::regex("(^|[^0-9.])([0-9]{1,2}(\\.[0-9])?) ?%")))
        return std::stod(found[2]);
    return std::nullopt;
}

void score_series(Series& series) {
    std::string problem = reason_to_leave(series);
    if (problem.empty() && series.frames() < 2) problem = "it has one slice";
    if (!problem.empty()) {
        series.info.score = -1;
        series.info.reason = "not used: " + problem;
        return;
    }
    Points points;
    const std::vector<std::string>& type = series.first().image_type;
    if (type.size() >= 2 && type[0] == "ORIGINAL" && type[1] == "PRIMARY") {
        const bool axial = has_value(type, {"AXIAL", "VOLUME", "CARDIAC", "CARDIAC_GATED", "ANGIO"});
        points.add(axial ? 20 : 12, axial ? "original axial images" : "original images");
    }
    points.add(10 * std::min(1.0, static_cast<double>(series.frames()) / 200),
               fmt::format("{} slices", series.frames()));
    add_resolution(points, series);
    add_contrast(points, series);
    add_phase(points, series);
    add_kernel(points, series);
    if (series.first().dataset().text(tag::lossy) == "01") points.add(-10, "compressed with loss");
    try {
        build_stack(series);
    } catch (const Error& error) {
        points.add(-40, fmt::format("but the slices make no volume ({})", exit_code_name(error.code())));
    }
    series.info.score = std::max(0.1, points.sum);
    series.info.reason = fmt::format("{}", fmt::join(points.words, ", "));
}

}  // namespace ctffr::dicom
