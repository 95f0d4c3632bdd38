// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <vector>

#include "ctffr/core/units.hpp"
#include "report/colormap.hpp"
#include "report/figures.hpp"
#include "report/svg.hpp"

namespace ctffr::report {

namespace {

// A short piece of a branch in one colour, seen from a direction.
struct Stroke {
    PathData path;
    double depth = 0;  // towards the viewer
    double width_mm = 0;
    Rgb colour{};
};

// Axes of a picture whose viewer stands at LAO (left) and cranial degrees.
struct Projection {
    Vec3 right, up, towards;
};
Projection projection(double lao_deg) {
    const double a = lao_deg * pi / 180;
    const Vec3 towards{std::sin(a), -std::cos(a), 0}, up{0, 0, 1};
    return {cross(up, towards), up, towards};
}

struct Extent {
    double x0 = 1e300, x1 = -1e300, y0 = 1e300, y1 = -1e300;
};

Extent extent_of(const CoronaryTree& tree, const Projection& view) {
    Extent e;
    for (const Branch& branch : tree.branches)
        for (const CenterlinePoint& p : branch.points) {
            const double x = dot(p.position_lps_mm, view.right), y = -dot(p.position_lps_mm, view.up);
            e.x0 = std::min(e.x0, x), e.x1 = std::max(e.x1, x), e.y0 = std::min(e.y0, y),
            e.y1 = std::max(e.y1, y);
        }
    return e;
}

// Strokes of about 2 mm; one colour each, from the FFR in their middle.
std::vector<Stroke> strokes_of(const CaseResult& result, const Projection& view, const Extent& e,
                               double scale, double margin) {
    constexpr std::size_t points_per_stroke = 4;
    std::vector<Stroke> strokes;
    for (const Branch& branch : result.tree.branches)
        for (std::size_t first = 0; first + 1 < branch.points.size(); first += points_per_stroke) {
            const std::size_t last = std::min(first + points_per_stroke, branch.points.size() - 1);
            const std::size_t middle = (first + last) / 2;
            Stroke stroke;
            for (std::size_t i = first; i <= last; ++i) {
                const Vec3 p = branch.points[i].position_lps_mm;
                stroke.path.to(margin + scale * (dot(p, view.right) - e.x0),
                               margin + scale * (-dot(p, view.up) - e.y0));
            }
            stroke.depth = dot(branch.points[middle].position_lps_mm, view.towards);
            stroke.width_mm = 2 * branch.points[middle].radius_mm;
            stroke.colour = ffr_colour(ffr_at(result, branch.id, middle));
            strokes.push_back(std::move(stroke));
        }
    std::stable_sort(strokes.begin(), strokes.end(),
                     [](const Stroke& a, const Stroke& b) { return a.depth < b.depth; });
    return strokes;
}

std::string lesion_labels(const CaseResult& result, const Projection& view, const Extent& e, double scale,
                          double margin) {
    std::string svg;
    for (std::size_t i = 0; i < result.lesions.size(); ++i) {
        const Lesion& lesion = result.lesions[i];
        if (!std::isfinite(lesion.throat_mm)) continue;
        const auto& points = result.tree.branches[static_cast<std::size_t>(lesion.branch)].points;
        const auto throat =
            std::lower_bound(points.begin(), points.end() - 1, lesion.throat_mm,
                             [](const CenterlinePoint& p, double arc) { return p.arc_mm < arc; });
        const Vec3 p = throat->position_lps_mm;
        const double x = margin + scale * (dot(p, view.right) - e.x0),
                     y = margin + scale * (-dot(p, view.up) - e.y0);
        svg += svg_line(x, y, x + 16, y - 16, "stroke=\"#1c2530\" stroke-width=\"1.2\"");
        svg += svg_text(
            x + 18, y - 17,
            fmt::format("{} {}", lesion_label(i), ffr_text(lesion_ffr_distal(result, lesion))),
            "font-size=\"16\" font-weight=\"700\" fill=\"#1c2530\" stroke=\"#fff\" stroke-width=\"4\" "
            "paint-order=\"stroke\"");
    }
    return svg;
}

std::string picture(const CaseResult& result, double lao_deg, std::string_view name) {
    constexpr double size = 430, margin = 26;
    const Projection view = projection(lao_deg);
    const Extent e = extent_of(result.tree, view);
    const double scale = (size - 2 * margin) / std::max({1.0, e.x1 - e.x0, e.y1 - e.y0});
    const double width = 2 * margin + scale * (e.x1 - e.x0) + 40, height = 2 * margin + scale * (e.y1 - e.y0);
    std::string svg = fmt::format(
        "<svg role=\"img\" aria-label=\"Coronary tree coloured by FFR, {0}\" width=\"{1:.0f}\" "
        "height=\"{2:.0f}\" "
        "viewBox=\"0 0 {1:.0f} {2:.0f}\">\n",
        name, width, height);
    for (const Stroke& stroke : strokes_of(result, view, e, scale, margin)) {
        const double w = std::max(1.5, scale * stroke.width_mm);
        svg += svg_path(stroke.path, fmt::format("fill=\"none\" stroke=\"#3a4550\" stroke-width=\"{:.1f}\" "
                                                 "stroke-linejoin=\"round\"",
                                                 w + 1.2));
        svg += svg_path(stroke.path, fmt::format("fill=\"none\" stroke=\"#{}\" stroke-width=\"{:.1f}\" "
                                                 "stroke-linecap=\"round\" stroke-linejoin=\"round\"",
                                                 hex(stroke.colour), w));
    }
    svg += lesion_labels(result, view, e, scale, margin);
    return fmt::format("<figure>{}</svg><figcaption>{}</figcaption></figure>\n", svg, name);
}

}  // namespace

std::string tree_picture(const CaseResult& result) {
    if (result.tree.branches.empty()) return {};
    return "<div class=\"pictures\">" + picture(result, -30, "RAO 30") + picture(result, 45, "LAO 45") +
           "</div>\n";
}

std::string colour_legend() {
    constexpr double top = 12, height = 220, bar_x = 4, bar_width = 22;
    std::string svg =
        "<svg role=\"img\" aria-label=\"Colour scale of FFR from 0.50 to 1.00\" width=\"170\" "
        "height=\"270\" viewBox=\"0 0 170 270\">\n";
    const auto y_of = [&](double ffr) {
        return top + height * (colour_high - ffr) / (colour_high - colour_low);
    };
    const double step = (colour_high - colour_low) / (colour_count - 1);
    for (int i = 0; i < colour_count - 1; ++i) {
        const double ffr = colour_low + step * i;
        svg += svg_rect(bar_x, y_of(ffr + step), bar_width, height / (colour_count - 1) + 1,
                        fmt::format("fill=\"#{}\"", hex(ffr_colour(ffr + 0.5 * step))));
    }
    svg += svg_rect(bar_x, top, bar_width, height, "fill=\"none\" stroke=\"#3a4550\"");
    for (const auto& [ffr, words] :
         {std::pair{1.0, "1.00"}, std::pair{0.9, "0.90"}, std::pair{0.8, "0.80"}, std::pair{0.75, "0.75"},
          std::pair{0.6, "0.60"}, std::pair{0.5, "0.50 and below"}}) {
        svg += svg_line(bar_x + bar_width, y_of(ffr), bar_x + bar_width + 6, y_of(ffr), "stroke=\"#3a4550\"");
        svg += svg_text(bar_x + bar_width + 11, y_of(ffr) + 4, words, "font-size=\"12.5\" fill=\"#1c2530\"");
    }
    svg += svg_text(bar_x + bar_width + 46, y_of(0.775) + 4, "grey zone",
                    "font-size=\"12.5\" font-style=\"italic\" fill=\"#7a5200\"");
    svg += svg_rect(bar_x, top + height + 14, bar_width, 14,
                    fmt::format("fill=\"#{}\" stroke=\"#3a4550\"", hex(ffr_colour(missing))));
    svg += svg_text(bar_x + bar_width + 11, top + height + 26, "not available",
                    "font-size=\"12.5\" fill=\"#1c2530\"");
    return svg + "</svg>\n";
}

}  // namespace ctffr::report
