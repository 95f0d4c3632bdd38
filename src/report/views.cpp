// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "ctffr/core/units.hpp"
#include "report/figures.hpp"
#include "report/reformat.hpp"
#include "report/svg.hpp"

namespace ctffr::report {

namespace {

constexpr double stretched_margin_mm = 14, stretched_pixel_mm = 0.25, stretched_width = 620;
constexpr double section_half_width_mm = 6, section_pixel_mm = 0.1, section_size = 150;

// Where a lesion starts, is narrowest and ends, from the ostium.
struct LesionPlaces {
    double start, throat, end;
};
LesionPlaces places_of(const VesselPath& path, const Lesion& lesion) {
    return {path.from_ostium(lesion.branch, lesion.start_mm),
            path.from_ostium(lesion.branch, lesion.throat_mm),
            path.from_ostium(lesion.branch, lesion.end_mm)};
}

// Index of the path point nearest to a distance from the ostium.
std::size_t nearest_index(const VesselPath& path, double arc_mm) {
    std::size_t best = 0;
    for (std::size_t i = 0; i < path.points.size(); ++i)
        if (std::abs(path.points[i].arc_mm - arc_mm) < std::abs(path.points[best].arc_mm - arc_mm)) best = i;
    return best;
}

// The lumen contour at a path point in the axes (normal, binormal) of that point, mm; a circle without
// sections.
std::vector<std::pair<double, double>> contour(const CaseResult& result, const PathPoint& at) {
    constexpr int corners = 64;
    std::vector<std::pair<double, double>> points;
    for (int a = 0; a < corners; ++a) {
        const double phi = 2 * pi * a / corners;
        const double r = wall_distance_mm(result, at, cut_direction(at, phi));
        points.emplace_back(r * std::cos(phi), r * std::sin(phi));
    }
    return points;
}

std::string section_svg(const CaseResult& result, const PathPoint& at, const Volume& volume,
                        std::string_view label, const Cpu& exec) {
    const GreyImage image =
        cross_section(volume, at, section_half_width_mm, section_pixel_mm, window_for(result.scan), exec);
    const double scale = section_size / (2 * section_half_width_mm), middle = section_size / 2;
    PathData wall;
    for (const auto& [x, y] : contour(result, at)) wall.to(middle + scale * x, middle - scale * y);
    wall.close();
    return fmt::format(
               "<svg role=\"img\" aria-label=\"{0}\" width=\"{1:.0f}\" height=\"{1:.0f}\" viewBox=\"0 0 "
               "{1:.0f} "
               "{1:.0f}\">\n",
               escape_html(label), section_size) +
           svg_image(0, 0, section_size, section_size, png_uri(image)) +
           svg_path(wall, "class=\"wall\" fill=\"none\" stroke=\"#ffd34d\" stroke-width=\"1.2\"") +
           svg_line(8, section_size - 8, 8 + 2 * scale, section_size - 8,
                    "stroke=\"#fff\" stroke-width=\"2\"") +
           svg_text(14 + 2 * scale, section_size - 4, "2 mm", "font-size=\"11\" fill=\"#fff\"") + "</svg>\n";
}

}  // namespace

std::string stretched_figure(const CaseResult& result, const VesselPath& path, const Volume& volume,
                             const Cpu& exec) {
    const StretchedView view =
        stretched(volume, path, stretched_margin_mm, stretched_pixel_mm, window_for(result.scan), exec);
    const double scale = std::min(6.0, stretched_width / std::max(1.0, view.width_mm));
    const double width = scale * view.width_mm, height = scale * view.height_mm;
    const auto x_of = [&](std::size_t i) { return scale * view.across_mm[i]; };
    const auto y_of = [&](std::size_t i, double offset_mm) {
        return 0.5 * height - scale * (view.up_mm[i] + offset_mm);
    };

    std::string svg = fmt::format(
        "<svg role=\"img\" aria-label=\"Stretched view of {0}\" width=\"{1:.0f}\" height=\"{2:.0f}\" "
        "viewBox=\"0 0 "
        "{1:.0f} {2:.0f}\">\n",
        escape_html(path.name), width, height);
    svg += svg_image(0, 0, scale * view.image.width * stretched_pixel_mm,
                     scale * view.image.height * stretched_pixel_mm, png_uri(view.image));
    PathData above, below;
    for (std::size_t i = 0; i < path.points.size(); ++i) {
        above.to(x_of(i), y_of(i, wall_distance_mm(result, path.points[i], view.up)));
        below.to(x_of(i), y_of(i, -wall_distance_mm(result, path.points[i], -view.up)));
    }
    for (const PathData& wall : {above, below})
        svg += svg_path(wall, "class=\"wall\" fill=\"none\" stroke=\"#ffd34d\" stroke-width=\"1\"");
    for (std::size_t i = 0; i < result.lesions.size(); ++i) {
        if (!path.holds(result.lesions[i])) continue;
        const std::size_t throat = nearest_index(path, places_of(path, result.lesions[i]).throat);
        const double x = x_of(throat), y = y_of(throat, 5);
        svg += svg_line(x, y, x, y - 22, "stroke=\"#c9b3ff\" stroke-width=\"2\"");
        svg += svg_text(
            x, y - 26, lesion_label(i),
            "text-anchor=\"middle\" font-size=\"14\" font-weight=\"700\" fill=\"#c9b3ff\" stroke=\"#000\" "
            "stroke-width=\"2.5\" paint-order=\"stroke\"");
    }
    svg += svg_line(10, height - 10, 10 + 10 * scale, height - 10, "stroke=\"#fff\" stroke-width=\"2\"");
    svg += svg_text(16 + 10 * scale, height - 6, "10 mm", "font-size=\"12\" fill=\"#fff\"") + "</svg>\n";
    return fmt::format(
        "<figure>{}<figcaption>Stretched view of {}, ostium on the left; lengths are true.</figcaption>"
        "</figure>\n",
        svg, escape_html(path.name));
}

std::string lesion_sections_figure(const CaseResult& result, const VesselPath& path, std::size_t lesion,
                                   const Volume& volume, const Cpu& exec) {
    const LesionPlaces places = places_of(path, result.lesions[lesion]);
    std::string html = "<div class=\"sections\">";
    for (const auto& [arc_mm, word] : {std::pair{places.start, "start"}, std::pair{places.throat, "throat"},
                                       std::pair{places.end, "end"}}) {
        const PathPoint& at = path.points[nearest_index(path, arc_mm)];
        html += fmt::format(
            "<figure>{}<figcaption>{} {}, at {}<br>radius {}<br>area {}</figcaption></figure>\n",
            section_svg(result, at, volume, fmt::format("{} {}", lesion_label(lesion), word), exec),
            lesion_label(lesion), word, number(at.arc_mm, 1, "mm"), number(at.radius_mm, 2, "mm"),
            number(pi * at.radius_mm * at.radius_mm, 2, "mm\xC2\xB2"));
    }
    return html + "</div>\n";
}

}  // namespace ctffr::report
