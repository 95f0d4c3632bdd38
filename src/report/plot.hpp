// SPDX-License-Identifier: Apache-2.0
// A rectangular plot with ticks and labels, as a standalone SVG document that may also stand in a page.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "report/svg.hpp"

namespace ctffr::report {

inline constexpr const char* ink = "#1c2530";
inline constexpr const char* soft_ink = "#55626f";
inline constexpr const char* grid_line = "stroke=\"#d5dce3\"";

struct PlotFrame {
    double width = 520, height = 470;  // of the document
    double left = 66, right = 500, top = 20, bottom = 404;
    double x_low = 0, x_high = 1, y_low = 0, y_high = 1;

    double x(double value) const { return left + (value - x_low) / (x_high - x_low) * (right - left); }
    double y(double value) const { return bottom - (value - y_low) / (y_high - y_low) * (bottom - top); }
    bool holds(double px, double py) const {
        return px >= x_low && px <= x_high && py >= y_low && py <= y_high;
    }
};

// From `low` to `high` in steps, ends included to rounding.
std::vector<double> ticks(double low, double high, double step);

std::string svg_document(const PlotFrame& frame, std::string_view title, const std::string& content);
std::string axes(const PlotFrame& frame, const std::vector<double>& x_ticks,
                 const std::vector<double>& y_ticks, int digits, std::string_view x_label,
                 std::string_view y_label);
std::string y_axis(const PlotFrame& frame, const std::vector<double>& y_ticks, int digits,
                   std::string_view y_label);
// The part of y = intercept + slope x that lies in the frame.
std::string straight_line(const PlotFrame& frame, double slope, double intercept,
                          std::string_view attributes);
// A short line of the given attributes, then words, at the lower left corner (x, y).
std::string legend_line(double x, double y, std::string_view words, std::string_view attributes);

}  // namespace ctffr::report
