// SPDX-License-Identifier: Apache-2.0
#include "phantom/vessel_field_tube.hpp"

#include <algorithm>

#include "ctffr/core/units.hpp"

namespace ctffr::phantom {

namespace {

// The lumen of a root goes on into the aorta this far, so that no gap is left at the ostium.
constexpr double into_aorta_mm = 2;
constexpr double plaque_min_mm = 0.1;

double mixed(double a, double b, double w) { return a + w * (b - a); }

// Lumen shape without the radius, and its derivative by the angle.
struct Shape {
    double value, slope;
};
Shape lumen_shape(double cos2, double sin2, double cos3, double sin3, double c, double s) {
    const double c2 = c * c - s * s, s2 = 2 * c * s, c3 = c2 * c - s2 * s, s3 = s2 * c + c2 * s;
    const double scale = 1 / std::sqrt(1 + 0.5 * (cos2 * cos2 + sin2 * sin2 + cos3 * cos3 + sin3 * sin3));
    return {scale * (1 + cos2 * c2 + sin2 * s2 + cos3 * c3 + sin3 * s3),
            scale * (2 * (sin2 * c2 - cos2 * s2) + 3 * (sin3 * c3 - cos3 * s3))};
}

double ray_to_circle(double outer, double shift_n, double shift_b, double c, double s) {
    const double along = shift_n * c + shift_b * s,
                 across2 = shift_n * shift_n + shift_b * shift_b - along * along;
    return along + std::sqrt(std::max(0.0, outer * outer - across2));
}

// Angle difference in (-pi, pi].
double turned(double angle_rad) { return std::remainder(angle_rad, 2 * pi); }

bool in_strut(const Stent& stent, const ArteryPoint& at, double reference_mm) {
    if (at.arc_mm < stent.start_mm || at.arc_mm > stent.end_mm) return false;
    const double above = at.rho_mm - std::max(reference_mm, at.lumen_radius_mm);
    if (above < 0 || above > stent.strut_mm) return false;
    const double theta = std::atan2(at.sine, at.cosine) + pi;
    // Zigzag: a triangle wave with `crowns` peaks; the strut's width counts at right angles to it.
    const double phase = theta * stent.crowns / (2 * pi);
    const double wave = stent.amplitude_mm * (4 * std::abs(phase - std::floor(phase + 0.5)) - 1);
    const double quarter_mm = 2 * pi * reference_mm / stent.crowns / 2;
    const double lean = quarter_mm / std::hypot(quarter_mm, 2 * stent.amplitude_mm);
    const double along = at.arc_mm - stent.start_mm - 0.5 * stent.pitch_mm;
    const double ring = std::round((along - wave) / stent.pitch_mm);
    if (std::abs(along - wave - ring * stent.pitch_mm) * lean < 0.5 * stent.strut_mm) return true;
    // Links along the vessel at every third crown, between peak and next ring's trough.
    const double crown = std::round(phase / 3) * 3;
    return std::abs(phase - crown) * 2 * pi * reference_mm / stent.crowns < 0.5 * stent.strut_mm;
}

}  // namespace

std::size_t ArteryTube::index_at(double arc_mm) const {
    return static_cast<std::size_t>(
        std::clamp(std::round(arc_mm / Curve::step_mm), 0.0, static_cast<double>(stations.size() - 1)));
}

double lumen_radius(const Station& a, double cosine, double sine) {
    return a.lumen_mm * lumen_shape(a.cos2, a.sin2, a.cos3, a.sin3, cosine, sine).value;
}

double outer_radius(const Station& a, double cosine, double sine) {
    return ray_to_circle(a.outer_mm, a.shift_normal_mm, a.shift_binormal_mm, cosine, sine);
}

ArteryPoint locate(const ArteryTube& tube, Vec3 p, std::size_t guess) {
    constexpr double h = Curve::step_mm;
    const auto last = static_cast<std::ptrdiff_t>(tube.stations.size()) - 1;
    auto i = static_cast<std::ptrdiff_t>(guess);
    double ds = 0;
    for (int step = 0; step < 16; ++step) {
        const CurvePoint& axis = tube.stations[static_cast<std::size_t>(i)].axis;
        const Vec3 q = p - axis.position_lps_mm;
        // Planes of neighbouring sections close up on the inner side of a bend.
        ds = dot(q, axis.tangent) / std::max(0.3, 1 - dot(q, axis.curvature_per_mm));
        const auto move = static_cast<std::ptrdiff_t>(std::round(ds / h));
        if (move == 0) break;
        const std::ptrdiff_t next = std::clamp<std::ptrdiff_t>(i + move, 0, last);
        if (next == i) break;
        i = next;
    }
    const Station& a = tube.stations[static_cast<std::size_t>(i)];
    const bool before = i == 0 && ds < 0, beyond = i == last && ds > 0;
    const bool outside = before || beyond;
    const Station& b = outside ? a
                               : tube.stations[static_cast<std::size_t>(
                                     std::clamp<std::ptrdiff_t>(i + (ds < 0 ? -1 : 1), 0, last))];
    const double w = std::min(1.0, std::abs(ds) / h);
    const Vec3 curvature = outside ? Vec3{} : a.axis.curvature_per_mm;
    const Vec3 e = p - (a.axis.position_lps_mm + ds * a.axis.tangent + 0.5 * ds * ds * curvature);
    const Vec3 normal = a.axis.normal - ds * dot(curvature, a.axis.normal) * a.axis.tangent;
    const Vec3 binormal = cross(a.axis.tangent + ds * curvature, normal);

    ArteryPoint at;
    at.station = static_cast<std::size_t>(i);
    at.arc_mm = h * static_cast<double>(i) + ds;
    const double x = dot(e, normal), y = dot(e, binormal);
    at.rho_mm = std::sqrt(x * x + y * y);
    if (at.rho_mm > 1e-9) at.cosine = x / at.rho_mm, at.sine = y / at.rho_mm;

    const double lumen = mixed(a.lumen_mm, b.lumen_mm, w);
    const Shape shape = lumen_shape(mixed(a.cos2, b.cos2, w), mixed(a.sin2, b.sin2, w),
                                    mixed(a.cos3, b.cos3, w), mixed(a.sin3, b.sin3, w), at.cosine, at.sine);
    const double lumen_slope = (b.lumen_mm - a.lumen_mm) / h * shape.value;
    at.lumen_radius_mm = lumen * shape.value;
    // |grad (rho - r)| = sqrt(1 + r_s^2 + (r_theta / r)^2) on the surface.
    const double turn_slope = shape.slope / shape.value;
    at.lumen_mm =
        (at.rho_mm - at.lumen_radius_mm) / std::sqrt(1 + lumen_slope * lumen_slope + turn_slope * turn_slope);

    const double outer = mixed(a.outer_mm, b.outer_mm, w);
    const double shift_n = mixed(a.shift_normal_mm, b.shift_normal_mm, w);
    const double shift_b = mixed(a.shift_binormal_mm, b.shift_binormal_mm, w);
    const double outer_slope = (b.outer_mm - a.outer_mm) / h;
    at.wall_mm = (std::hypot(x - shift_n, y - shift_b) - outer) / std::sqrt(1 + outer_slope * outer_slope);
    at.depth_mm = at.rho_mm - at.lumen_radius_mm;
    at.thickness_mm = ray_to_circle(outer, shift_n, shift_b, at.cosine, at.sine) - at.lumen_radius_mm;

    // Ends: a root runs straight on into the aorta, a branch starts with a round end inside its parent,
    // leaves are cut.
    if (before && tube.parent >= 0) {
        const double from_end = norm(p - a.axis.position_lps_mm);
        at.lumen_mm = from_end - a.lumen_mm, at.wall_mm = from_end - a.outer_mm;
    } else if (before) {
        at.lumen_mm = std::max(at.lumen_mm, -into_aorta_mm - ds), at.wall_mm = std::max(at.wall_mm, -ds);
    } else if (beyond) {
        at.lumen_mm = std::max(at.lumen_mm, ds), at.wall_mm = std::max(at.wall_mm, ds);
    }
    return at;
}

double plaque_depth_mm(const ArteryTube& tube, const ArteryPoint& at) {
    const Station& a = tube.stations[at.station];
    // The outermost layer stays wall; plaque is what is thicker than a healthy wall.
    if (at.thickness_mm < a.wall_mm + plaque_min_mm) return 0;
    return at.thickness_mm - 0.5 * a.wall_mm;
}

WallTissue wall_tissue(const ArteryTube& tube, const ArteryPoint& at) {
    for (const Stent& stent : tube.stents)
        if (in_strut(stent, at, tube.stations[at.station].reference_mm)) return {stent.hu, Label::stent};
    for (const Plaque& plaque : tube.plaques) {
        if (at.arc_mm < plaque.start_mm || at.arc_mm > plaque.end_mm) continue;
        const double outer = plaque_depth_mm(tube, at);
        if (outer <= 0 || at.depth_mm > outer) continue;
        if (!plaque.calcium.empty()) {
            const double theta = std::atan2(at.sine, at.cosine), depth = at.depth_mm / outer;
            for (const Calcium& body : plaque.calcium) {
                const double u = (at.arc_mm - body.arc_mm) / body.half_length_mm;
                const double v = turned(theta - body.angle_rad) / body.half_angle_rad;
                const double d = (depth - body.depth) / body.half_depth;
                if (u * u + v * v + d * d < 1) return {body.hu, Label::calcium};
            }
        }
        return {plaque.hu, Label::plaque};
    }
    return {healthy_wall_hu, Label::background};
}

}  // namespace ctffr::phantom
