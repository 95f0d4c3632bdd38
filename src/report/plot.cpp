// SPDX-License-Identifier: Apache-2.0
#include "report/plot.hpp"

#include <cmath>

namespace ctffr::report {

namespace {

// Where two lines of text stand below and beside the frame.
constexpr double tick_gap = 18, label_gap = 44;

std::string frame_box(const PlotFrame& f) {
    return svg_rect(f.left, f.top, f.right - f.left, f.bottom - f.top, "fill=\"none\" stroke=\"#55626f\"");
}

}  // namespace

std::vector<double> ticks(double low, double high, double step) {
    std::vector<double> at;
    const long count = std::lround((high - low) / step);
    for (long k = 0; k <= count; ++k) at.push_back(low + step * static_cast<double>(k));
    return at;
}

std::string svg_document(const PlotFrame& f, std::string_view title, const std::string& content) {
    return fmt::format(
               "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" height=\"{1:.0f}\" viewBox=\"0 0 "
               "{0:.0f} "
               "{1:.0f}\" role=\"img\" font-family=\"system-ui, Segoe UI, Roboto, Helvetica Neue, Arial, "
               "sans-serif\" font-size=\"13\">\n<title>{2}</title>\n",
               f.width, f.height, escape_html(title)) +
           svg_rect(0, 0, f.width, f.height, "fill=\"#fff\"") + content + "</svg>\n";
}

std::string y_axis(const PlotFrame& f, const std::vector<double>& y_ticks, int digits,
                   std::string_view y_label) {
    std::string svg;
    for (const double v : y_ticks) {
        svg += svg_line(f.left, f.y(v), f.right, f.y(v), grid_line);
        svg += svg_text(f.left - 7, f.y(v) + 4.5, number(v, digits), "text-anchor=\"end\" fill=\"#55626f\"");
    }
    const double middle = (f.top + f.bottom) / 2;
    svg += svg_text(
        16, middle, y_label,
        fmt::format("text-anchor=\"middle\" fill=\"{}\" transform=\"rotate(-90 16 {:.1f})\"", ink, middle));
    return svg + frame_box(f);
}

std::string axes(const PlotFrame& f, const std::vector<double>& x_ticks, const std::vector<double>& y_ticks,
                 int digits, std::string_view x_label, std::string_view y_label) {
    std::string svg;
    for (const double v : x_ticks) {
        svg += svg_line(f.x(v), f.top, f.x(v), f.bottom, grid_line);
        svg += svg_text(f.x(v), f.bottom + tick_gap, number(v, digits),
                        "text-anchor=\"middle\" fill=\"#55626f\"");
    }
    svg += svg_text((f.left + f.right) / 2, f.bottom + label_gap, x_label,
                    fmt::format("text-anchor=\"middle\" fill=\"{}\"", ink));
    return svg + y_axis(f, y_ticks, digits, y_label);
}

std::string straight_line(const PlotFrame& f, double slope, double intercept, std::string_view attributes) {
    // Cut at the sides, then at bottom and top.
    double x1 = f.x_low, x2 = f.x_high;
    const auto at = [&](double x) { return intercept + slope * x; };
    if (slope != 0) {
        const double a = (f.y_low - intercept) / slope, b = (f.y_high - intercept) / slope;
        x1 = std::max(x1, std::min(a, b));
        x2 = std::min(x2, std::max(a, b));
    } else if (intercept < f.y_low || intercept > f.y_high) {
        return {};
    }
    if (!(x1 < x2)) return {};
    return svg_line(f.x(x1), f.y(at(x1)), f.x(x2), f.y(at(x2)), attributes);
}

std::string legend_line(double x, double y, std::string_view words, std::string_view attributes) {
    return svg_line(x, y - 4, x + 26, y - 4, attributes) +
           svg_text(
               x + 33, y, words,
               fmt::format("fill=\"{}\" stroke=\"#fff\" stroke-width=\"4\" paint-order=\"stroke\"", ink));
}

}  // namespace ctffr::report
