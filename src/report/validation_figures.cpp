// SPDX-License-Identifier: Apache-2.0
#include "report/validation_figures.hpp"

#include <algorithm>
#include <cmath>

#include "report/plot.hpp"

namespace ctffr::report {

namespace {

namespace st = statistics;

// Black, blue and orange keep apart for readers with colour blindness, and dashes tell them in print.
constexpr const char* main_line = "stroke=\"#1c2530\" stroke-width=\"2.4\" fill=\"none\"";
constexpr const char* second_line =
    "stroke=\"#1b4f8f\" stroke-width=\"2\" fill=\"none\" stroke-dasharray=\"9 4\"";
constexpr const char* third_line =
    "stroke=\"#b35c00\" stroke-width=\"2\" fill=\"none\" stroke-dasharray=\"3 3\"";
constexpr const char* threshold_line = "stroke=\"#b98a00\" stroke-width=\"1.2\"";
constexpr const char* identity_line = "stroke=\"#55626f\" stroke-width=\"1.4\" stroke-dasharray=\"5 4\"";

std::string roc_line(const PlotFrame& f, const std::vector<st::RocPoint>& curve, const char* attributes) {
    PathData path;
    for (const st::RocPoint& p : curve) path.to(f.x(p.false_positive_rate), f.y(p.true_positive_rate));
    return svg_path(path, attributes);
}

std::string with_interval(const char* what, const st::Estimate& e) {
    if (!e.value) return fmt::format("{}: AUC not defined", what);
    if (!e.interval) return fmt::format("{}: AUC {:.2f}", what, *e.value);
    return fmt::format("{}: AUC {:.2f} ({:.2f} to {:.2f})", what, *e.value, e.interval->low,
                       e.interval->high);
}

struct Point {
    double measured = 0, computed = 0;
    bool agrees = false;
};

std::vector<Point> points_of(const Validation& v, const ReadoutAgreement& readout) {
    std::vector<Point> points;
    for (const std::size_t i : readout.rows) {
        const CohortRow& row = v.cohort.rows[i];
        const double computed = readout.column == "ffr_ct_lesion"   ? *row.ffr_ct_lesion
                                : readout.column == "ffr_ct_distal" ? *row.ffr_ct_distal
                                                                    : *row.ffr_ct;
        const double bound = v.options.positive_at_ffr;
        points.push_back({*row.ffr_invasive, computed, (computed <= bound) == (*row.ffr_invasive <= bound)});
    }
    return points;
}

// Agreement is told by shape as well as by colour.
std::string mark(double x, double y, bool agrees) {
    if (agrees)
        return fmt::format(
            "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3.2\" fill=\"#1b4f8f\" fill-opacity=\"0.6\"/>\n", x, y);
    PathData cross;
    cross.to(x - 3.6, y - 3.6);
    cross.to(x + 3.6, y + 3.6);
    cross.lift();
    cross.to(x - 3.6, y + 3.6);
    cross.to(x + 3.6, y - 3.6);
    return svg_path(cross, "stroke=\"#a3152b\" stroke-width=\"1.8\" fill=\"none\"");
}

std::string mark_legend(double x, double y) {
    return mark(x + 13, y - 4, true) + svg_text(x + 33, y, "same side of the threshold", "fill=\"#1c2530\"") +
           mark(x + 13, y + 14, false) + svg_text(x + 33, y + 18, "other side", "fill=\"#1c2530\"");
}

}  // namespace

std::string band_name(const st::BandAccuracy& band) {
    if (std::isinf(band.above)) return fmt::format("up to {:.2f}", band.up_to);
    if (std::isinf(band.up_to)) return fmt::format("above {:.2f}", band.above);
    return fmt::format("{:.2f}\xE2\x80\x93{:.2f}", band.above, band.up_to);
}

std::string roc_figure(const Validation& v) {
    const PlotFrame f;
    const ReadoutAgreement& r = v.readouts.front();
    std::string svg =
        axes(f, ticks(0, 1, 0.2), ticks(0, 1, 0.2), 1, "1 \xE2\x88\x92 specificity", "sensitivity");
    svg += straight_line(f, 1, 0, identity_line);
    if (v.stenosis) svg += roc_line(f, v.stenosis->vessel.roc, third_line);
    svg += roc_line(f, r.patient.roc, second_line) + roc_line(f, r.vessel.roc, main_line);
    const double x = f.left + 150;
    svg += legend_line(x, f.bottom - 58, with_interval("vessels", r.vessel.auc.clustered), main_line);
    svg += legend_line(x, f.bottom - 38, with_interval("patients", r.patient.auc.delong), second_line);
    if (v.stenosis)
        svg += legend_line(x, f.bottom - 18, with_interval("stenosis", v.stenosis->vessel.auc.clustered),
                           third_line);
    return svg_document(f, "Receiver operating characteristic", svg);
}

std::string scatter_figure(const Validation& v, const ReadoutAgreement& readout) {
    const std::vector<Point> points = points_of(v, readout);
    double low = 0.5, high = 1.0;
    for (const Point& p : points) {
        low = std::min({low, p.measured, p.computed});
        high = std::max({high, p.measured, p.computed});
    }
    PlotFrame f;
    f.x_low = f.y_low = std::floor(low * 10 + 1e-9) / 10;
    f.x_high = f.y_high = std::ceil(high * 10 - 1e-9) / 10;
    const std::vector<double> at = ticks(f.x_low, f.x_high, 0.1);
    std::string svg = axes(f, at, at, 1, "measured FFR", "computed FFR");
    const double bound = v.options.positive_at_ffr;
    svg += svg_line(f.x(bound), f.top, f.x(bound), f.bottom, threshold_line);
    svg += svg_line(f.left, f.y(bound), f.right, f.y(bound), threshold_line);
    svg += straight_line(f, 1, 0, identity_line);
    for (const Point& p : points) svg += mark(f.x(p.measured), f.y(p.computed), p.agrees);
    const st::PassingBablok& line = readout.passing_bablok;
    if (line.slope.value) svg += straight_line(f, *line.slope.value, *line.intercept.value, main_line);
    const double x = f.left + 10, y = f.top + 20;
    svg += legend_line(x, y, "identity", identity_line);
    svg += line.slope.value ? legend_line(x, y + 18,
                                          fmt::format("Passing-Bablok {:.2f} x {} {:.2f}", *line.slope.value,
                                                      *line.intercept.value < 0 ? "\xE2\x88\x92" : "+",
                                                      std::abs(*line.intercept.value)),
                                          main_line)
                            : std::string();
    svg += mark_legend(x, y + 36);
    return svg_document(f, "Computed against measured FFR", svg);
}

std::string bland_altman_figure(const Validation& v, const ReadoutAgreement& readout) {
    const std::vector<Point> points = points_of(v, readout);
    const st::BlandAltman& b = readout.bland_altman;
    double low = 0.5, high = 1.0, reach = 0.2;
    for (const Point& p : points) {
        const double mean = (p.measured + p.computed) / 2;
        low = std::min(low, mean);
        high = std::max(high, mean);
        reach = std::max(reach, std::abs(p.computed - p.measured));
    }
    for (const st::Estimate* limit : {&b.lower_limit, &b.upper_limit})
        if (limit->interval)
            reach = std::max({reach, std::abs(limit->interval->low), std::abs(limit->interval->high)});
    PlotFrame f;
    f.x_low = std::floor(low * 10 + 1e-9) / 10;
    f.x_high = std::ceil(high * 10 - 1e-9) / 10;
    f.y_high = std::ceil(reach * 10 - 1e-9) / 10;
    f.y_low = -f.y_high;
    std::string svg = axes(f, ticks(f.x_low, f.x_high, 0.1), ticks(f.y_low, f.y_high, 0.1), 1,
                           "mean of computed and measured FFR", "computed \xE2\x88\x92 measured");
    const auto level = [&](const st::Estimate& e, const char* name, const char* attributes) {
        if (!e.value) return std::string();
        std::string part;
        if (e.interval)
            part += svg_rect(f.left, f.y(e.interval->high), f.right - f.left,
                             f.y(e.interval->low) - f.y(e.interval->high),
                             "fill=\"#5b3f8f\" fill-opacity=\"0.1\"");
        part += svg_line(f.left, f.y(*e.value), f.right, f.y(*e.value), attributes);
        return part + svg_text(f.right - 6, f.y(*e.value) - 5,
                               fmt::format("{} {}", name, number(*e.value, 3)),
                               "text-anchor=\"end\" fill=\"#1c2530\" stroke=\"#fff\" stroke-width=\"4\" "
                               "paint-order=\"stroke\"");
    };
    std::string levels = svg_line(f.left, f.y(0), f.right, f.y(0), identity_line);
    levels += level(b.bias_clustered, "bias", main_line);
    levels += level(b.lower_limit, "lower limit", second_line);
    levels += level(b.upper_limit, "upper limit", second_line);
    std::string marks;
    for (const Point& p : points)
        marks += mark(f.x((p.measured + p.computed) / 2), f.y(p.computed - p.measured), p.agrees);
    // Words above the marks, so that they stay legible.
    return svg_document(f, "Bland-Altman", svg + marks + levels);
}

std::string bands_figure(const ReadoutAgreement& readout) {
    PlotFrame f;
    f.width = 620;
    f.right = 600;
    f.y_high = 100;
    std::string svg = y_axis(f, ticks(0, 100, 20), 0, "accuracy, %");
    const double step = (f.right - f.left) / static_cast<double>(readout.bands_by_computed.size());
    double centre = f.left + step / 2;
    for (const st::BandAccuracy& band : readout.bands_by_computed) {
        const st::Estimate& e = band.agreement.clustered;
        const bool grey = band.above == grey_zone_above;
        if (e.value)
            svg += svg_rect(centre - 0.32 * step, f.y(*e.value * 100), 0.64 * step,
                            f.bottom - f.y(*e.value * 100), grey ? "fill=\"#f2c230\"" : "fill=\"#7f9cc0\"");
        if (e.interval) {
            PathData whisker;
            const double top = f.y(e.interval->high * 100), bottom = f.y(e.interval->low * 100);
            whisker.to(centre, top);
            whisker.to(centre, bottom);
            for (const double y : {top, bottom}) {
                whisker.lift();
                whisker.to(centre - 6, y);
                whisker.to(centre + 6, y);
            }
            svg += svg_path(whisker, "stroke=\"#1c2530\" stroke-width=\"1.4\" fill=\"none\"");
        }
        const char* middle = "text-anchor=\"middle\" fill=\"#1c2530\"";
        svg += svg_text(centre, f.bottom + 18, band_name(band), middle);
        svg += svg_text(centre, f.bottom + 35,
                        fmt::format("{}/{}", band.agreement.successes, band.agreement.count),
                        "text-anchor=\"middle\" fill=\"#55626f\"");
        centre += step;
    }
    svg += svg_text((f.left + f.right) / 2, f.bottom + 58, "computed FFR",
                    "text-anchor=\"middle\" fill=\"#1c2530\"");
    return svg_document(f, "Accuracy in bands of computed FFR", svg);
}

}  // namespace ctffr::report
