// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "ctffr/core/units.hpp"
#include "report/figures.hpp"
#include "report/reformat.hpp"
#include "report/svg.hpp"

namespace ctffr::report {

namespace {

constexpr double width = 1000, left = 62, right = 14;
constexpr double ffr_top = 42, ffr_height = 180, radius_top = 246, radius_height = 78, views_top = 340;
constexpr double half_width_mm = 7.5, view_pixel_mm = 0.15;

const char* class_ink(FfrClass kind) {
    switch (kind) {
        case FfrClass::missing: return "#55626f";
        case FfrClass::low: return "#a3152b";
        case FfrClass::grey: return "#7a5200";
        case FfrClass::high: return "#1b4f8f";
    }
    return "#55626f";
}

// Axes of one figure: millimetres along the vessel, FFR and radius to SVG units.
struct Frame {
    double length_mm, per_mm, radius_max_mm;

    double x(double arc_mm) const { return left + per_mm * std::clamp(arc_mm, 0.0, length_mm); }
    double y_ffr(double ffr) const { return ffr_top + ffr_height * (1.0 - std::clamp(ffr, 0.5, 1.0)) / 0.5; }
    double y_radius(double radius_mm) const {
        return radius_top + radius_height * (1 - std::clamp(radius_mm / radius_max_mm, 0.0, 1.0));
    }
    double right_edge() const { return x(length_mm); }
};

Frame make_frame(const VesselPath& path) {
    double radius_mm = 1;
    for (const PathPoint& p : path.points)
        for (const double r : {p.radius_mm, p.reference_radius_mm})
            if (std::isfinite(r)) radius_mm = std::max(radius_mm, r);
    const double length_mm = std::max(1.0, path.length_mm());
    return {length_mm, std::min(9.0, (width - left - right) / length_mm), std::ceil(2 * radius_mm) / 2};
}

std::string ffr_axis(const Frame& f) {
    const double x1 = f.x(0), x2 = f.right_edge();
    std::string svg = svg_rect(x1, f.y_ffr(0.80), x2 - x1, f.y_ffr(0.75) - f.y_ffr(0.80), "fill=\"#fdf0c8\"");
    svg += svg_rect(x1, f.y_ffr(0.75), x2 - x1, f.y_ffr(0.5) - f.y_ffr(0.75), "fill=\"#fdf1f1\"");
    for (const double ffr : {0.5, 0.6, 0.7, 0.75, 0.8, 0.9, 1.0}) {
        const bool threshold = ffr > 0.74 && ffr < 0.81;
        svg += svg_line(x1, f.y_ffr(ffr), x2, f.y_ffr(ffr),
                        threshold ? "stroke=\"#b98a00\" stroke-width=\"1\"" : "stroke=\"#d5dce3\"");
        svg +=
            svg_text(x1 - 6, f.y_ffr(ffr) + 4, fmt::format("{}{:.2f}", ffr > 0.5 ? "" : "\xE2\x89\xA4 ", ffr),
                     "text-anchor=\"end\" font-size=\"12\" fill=\"#55626f\"");
    }
    return svg +
           svg_text(15, ffr_top + ffr_height / 2, "FFR",
                    fmt::format(
                        "text-anchor=\"middle\" font-size=\"13\" font-weight=\"600\" transform=\"rotate(-90 "
                        "15 {:.0f})\"",
                        ffr_top + ffr_height / 2));
}

std::string radius_axis(const Frame& f) {
    std::string svg;
    for (const double part : {0.0, 0.5, 1.0}) {
        const double r = part * f.radius_max_mm;
        svg += svg_line(f.x(0), f.y_radius(r), f.right_edge(), f.y_radius(r), "stroke=\"#d5dce3\"");
        svg += svg_text(f.x(0) - 6, f.y_radius(r) + 4, fmt::format("{:.3g}", r),
                        "text-anchor=\"end\" font-size=\"12\" fill=\"#55626f\"");
    }
    return svg +
           svg_text(15, radius_top + radius_height / 2, "radius, mm",
                    fmt::format(
                        "text-anchor=\"middle\" font-size=\"13\" font-weight=\"600\" transform=\"rotate(-90 "
                        "15 {:.0f})\"",
                        radius_top + radius_height / 2));
}

std::string distance_axis(const Frame& f, double y) {
    std::string svg;
    for (int mm = 0; mm <= f.length_mm; mm += 10) {
        svg += svg_line(f.x(mm), y, f.x(mm), y + 5, "stroke=\"#55626f\"");
        svg += svg_text(f.x(mm), y + 18, fmt::format("{}", mm),
                        "text-anchor=\"middle\" font-size=\"12\" fill=\"#55626f\"");
    }
    return svg + svg_text(f.x(0.5 * f.length_mm), y + 36, "distance from the ostium, mm",
                          "text-anchor=\"middle\" font-size=\"13\" fill=\"#1c2530\"");
}

// Names of the segments above the curves; branches of one segment share a name.
std::string segment_names(const CaseResult& result, const VesselPath& path, const Frame& f) {
    std::string svg;
    for (std::size_t k = 0; k < path.branch_start_mm.size();) {
        const Segment segment =
            result.tree.branches[static_cast<std::size_t>(path.branch_start_mm[k].first)].segment;
        const double start = path.branch_start_mm[k].second;
        while (k < path.branch_start_mm.size() &&
               result.tree.branches[static_cast<std::size_t>(path.branch_start_mm[k].first)].segment ==
                   segment)
            ++k;
        const double end =
            k < path.branch_start_mm.size() ? path.branch_start_mm[k].second : path.length_mm();
        if (start > 0)
            svg += svg_line(f.x(start), 4, f.x(start), radius_top + radius_height,
                            "stroke=\"#9fabb7\" stroke-dasharray=\"2 4\"");
        if (segment != Segment::unknown && f.per_mm * (end - start) > 30)
            svg += svg_text(f.x(0.5 * (start + end)), 14, segment_name(segment),
                            "text-anchor=\"middle\" font-size=\"12\" fill=\"#55626f\"");
    }
    return svg;
}

// Shaded stretch, label, throat and the point where FFR is read, for the lesions of this vessel.
std::string lesions(const CaseResult& result, const VesselPath& path, const Frame& f) {
    std::string svg;
    for (std::size_t i = 0; i < result.lesions.size(); ++i) {
        const Lesion& lesion = result.lesions[i];
        if (!path.holds(lesion)) continue;
        const double start = f.x(path.from_ostium(lesion.branch, lesion.start_mm));
        const double end = f.x(path.from_ostium(lesion.branch, lesion.end_mm));
        const double throat = f.x(path.from_ostium(lesion.branch, lesion.throat_mm));
        for (const auto& [top, height] :
             {std::pair{ffr_top, ffr_height}, std::pair{radius_top, radius_height}}) {
            svg += svg_rect(start, top, std::max(1.0, end - start), height,
                            "fill=\"#5b3f8f\" fill-opacity=\"0.13\"");
            svg += svg_line(throat, top, throat, top + height, "stroke=\"#5b3f8f\" stroke-dasharray=\"5 3\"");
        }
        svg +=
            svg_text(throat, ffr_top - 8,
                     fmt::format("{}  {} DS", lesion_label(i), number(lesion.diameter_stenosis_pct, 0, "%")),
                     "text-anchor=\"middle\" font-size=\"13\" font-weight=\"650\" fill=\"#5b3f8f\"");
        const double ffr = lesion_ffr_distal(result, lesion);
        const double read_mm = path.from_ostium(lesion.branch, lesion.end_mm) + lesion.distal_read_mm;
        if (!std::isfinite(ffr) || !std::isfinite(read_mm) || read_mm > path.length_mm() + 1) continue;
        const double x = f.x(read_mm), y = f.y_ffr(ffr);
        const std::string ink = class_ink(ffr_class(ffr));
        svg += fmt::format(
            "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"5\" fill=\"#fff\" stroke=\"{}\" "
            "stroke-width=\"2.5\"/>\n",
            x, y, ink);
        svg += svg_text(x, y - 11, fmt::format("{} {}", lesion_label(i), ffr_text(ffr)),
                        fmt::format("text-anchor=\"middle\" font-size=\"14\" font-weight=\"700\" fill=\"{}\" "
                                    "stroke=\"#fff\" stroke-width=\"4\" paint-order=\"stroke\"",
                                    ink));
    }
    return svg;
}

// Curve and band of one standard deviation; both are interrupted where a value is missing.
std::string ffr_curve(const VesselPath& path, const Frame& f) {
    PathData curve, band;
    const auto& points = path.points;
    for (const PathPoint& p : points) {
        if (std::isfinite(p.ffr))
            curve.to(f.x(p.arc_mm), f.y_ffr(p.ffr));
        else
            curve.lift();
    }
    const auto has_band = [](const PathPoint& p) { return std::isfinite(p.ffr) && std::isfinite(p.ffr_sd); };
    for (auto first = std::find_if(points.begin(), points.end(), has_band); first != points.end();) {
        const auto last = std::find_if_not(first, points.end(), has_band);
        for (auto p = first; p != last; ++p) band.to(f.x(p->arc_mm), f.y_ffr(p->ffr + p->ffr_sd));
        for (auto p = last; p != first; --p)
            band.to(f.x((p - 1)->arc_mm), f.y_ffr((p - 1)->ffr - (p - 1)->ffr_sd));
        band.close();
        first = std::find_if(last, points.end(), has_band);
    }
    return svg_path(band, "fill=\"#1c2530\" fill-opacity=\"0.14\"") +
           svg_path(curve, "fill=\"none\" stroke=\"#1c2530\" stroke-width=\"2.4\" stroke-linejoin=\"round\"");
}

std::string radius_curves(const VesselPath& path, const Frame& f) {
    PathData radius, reference;
    for (const PathPoint& p : path.points) {
        radius.to(f.x(p.arc_mm), f.y_radius(p.radius_mm));
        if (std::isfinite(p.reference_radius_mm))
            reference.to(f.x(p.arc_mm), f.y_radius(p.reference_radius_mm));
        else
            reference.lift();
    }
    return svg_path(reference,
                    "fill=\"none\" stroke=\"#55626f\" stroke-width=\"1.4\" stroke-dasharray=\"6 4\"") +
           svg_path(radius,
                    "fill=\"none\" stroke=\"#1c2530\" stroke-width=\"1.8\" stroke-linejoin=\"round\"");
}

// Stretches without FFR are hatched, other flagged stretches get a bar below the radius, both with words. A
// word is not repeated over itself, and another one that would cover it stands a line higher.
std::string flags(const CaseResult& result, const VesselPath& path, const Frame& f) {
    constexpr double letter_width = 6.5, line_height = 12;
    std::string svg, last_word;
    double word_end = 0;
    bool raised = false;
    for (const auto& [id, start_mm] : path.branch_start_mm)
        for (const BranchFlag& flag : result.tree.branches[static_cast<std::size_t>(id)].flags) {
            const double x = f.x(start_mm + flag.start_mm);
            const double w = std::max(2.0, f.x(start_mm + flag.end_mm) - x);
            if (flag.kind == BranchFlag::Kind::not_analysable)
                svg += svg_rect(x, ffr_top, w, ffr_height, "fill=\"url(#hatch)\"");
            svg += svg_rect(x, radius_top - 12, w, 4, "fill=\"#1d6b6b\"");
            const std::string word(flag_name(flag.kind));
            const bool covers = x < word_end;
            if (covers && word == last_word) continue;
            raised = covers && !raised;
            svg += svg_text(x, radius_top - 15 - (raised ? line_height : 0), word,
                            "font-size=\"11\" fill=\"#1d6b6b\"");
            last_word = word, word_end = x + letter_width * static_cast<double>(word.size());
        }
    return svg;
}

std::string straightened_view(const CaseResult& result, const VesselPath& path, const Volume& volume,
                              const Frame& f, double angle, double top, const Cpu& exec) {
    const GreyImage image =
        straightened(volume, path, angle, half_width_mm, view_pixel_mm, window_for(result.scan), exec);
    const double height = 2 * half_width_mm * f.per_mm, middle = top + 0.5 * height;
    // The last column may reach past the end of the vessel.
    std::string svg = svg_image(f.x(0), top, image.width * view_pixel_mm * f.per_mm,
                                image.height * view_pixel_mm * f.per_mm, png_uri(image));
    PathData above, below;
    for (const PathPoint& p : path.points) {
        const Vec3 up = cut_direction(p, angle);
        above.to(f.x(p.arc_mm), middle - f.per_mm * wall_distance_mm(result, p, up));
        below.to(f.x(p.arc_mm), middle + f.per_mm * wall_distance_mm(result, p, -up));
    }
    for (const PathData& wall : {above, below})
        svg += svg_path(wall, "class=\"wall\" fill=\"none\" stroke=\"#ffd34d\" stroke-width=\"1.1\"");
    for (std::size_t i = 0; i < result.lesions.size(); ++i) {
        const Lesion& lesion = result.lesions[i];
        if (!path.holds(lesion)) continue;
        const double start = f.x(path.from_ostium(lesion.branch, lesion.start_mm));
        const double end = f.x(path.from_ostium(lesion.branch, lesion.end_mm));
        const double throat = f.x(path.from_ostium(lesion.branch, lesion.throat_mm));
        svg += svg_line(start, top + 6, end, top + 6, "stroke=\"#c9b3ff\" stroke-width=\"3\"");
        svg += svg_line(throat, top + 6, throat, top + 20, "stroke=\"#c9b3ff\" stroke-width=\"1.5\"");
        svg += svg_text(
            end + 4, top + 13, lesion_label(i),
            "font-size=\"13\" font-weight=\"700\" fill=\"#c9b3ff\" stroke=\"#000\" stroke-width=\"2.5\" "
            "paint-order=\"stroke\"");
    }
    return svg + svg_text(left - 6, middle + 4, fmt::format("{:.0f}\xC2\xB0", angle * 180 / pi),
                          "text-anchor=\"end\" font-size=\"12\" fill=\"#55626f\"");
}

std::string description(const VesselPath& path) {
    return fmt::format("Pull-back of {}: FFR {} at the ostium, {} at the distal end, {} long", path.name,
                       ffr_text(path.points.front().ffr), ffr_text(path.points.back().ffr),
                       number(path.length_mm(), 0, "mm"));
}

}  // namespace

std::string hatch_definition() {
    return "<svg width=\"0\" height=\"0\" aria-hidden=\"true\"><defs><pattern id=\"hatch\" width=\"8\" "
           "height=\"8\" "
           "patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\"><rect width=\"8\" height=\"8\" "
           "fill=\"#fff\"/><line x1=\"0\" y1=\"0\" x2=\"0\" y2=\"8\" stroke=\"#8c8c8c\" "
           "stroke-width=\"3\"/></pattern>"
           "</defs></svg>\n";
}

std::string pullback_figure(const CaseResult& result, const VesselPath& path, const Volume* volume,
                            const Cpu& exec) {
    const Frame f = make_frame(path);
    const double view_height = 2 * half_width_mm * f.per_mm;
    const double axis_y = volume ? views_top + 2 * view_height + 8 : radius_top + radius_height + 4;
    const double height = axis_y + 42;

    std::string svg = fmt::format(
        "<svg class=\"pullback\" role=\"img\" aria-label=\"{}\" viewBox=\"0 0 {:.0f} {:.0f}\" "
        "data-vessel=\"{}\" "
        "data-x0=\"{:.1f}\" data-per-mm=\"{:.4f}\">\n",
        escape_html(description(path)), width, height, escape_html(path.name), left, f.per_mm);
    svg += ffr_axis(f) + radius_axis(f) + segment_names(result, path, f);
    svg += ffr_curve(path, f) + radius_curves(path, f) + flags(result, path, f) + lesions(result, path, f);
    if (volume) {
        svg += straightened_view(result, path, *volume, f, 0, views_top, exec);
        svg += straightened_view(result, path, *volume, f, pi / 2, views_top + view_height + 6, exec);
    }
    svg += distance_axis(f, axis_y);
    svg += "<g class=\"cursor\" visibility=\"hidden\">" +
           svg_line(0, ffr_top, 0, axis_y, "stroke=\"#e0218a\" stroke-width=\"1.5\"") + "</g>\n";
    return svg + "</svg>\n";
}

}  // namespace ctffr::report
