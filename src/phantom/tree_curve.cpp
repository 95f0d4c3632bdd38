// SPDX-License-Identifier: Apache-2.0
#include "phantom/tree_curve.hpp"

#include <algorithm>
#include <cmath>

#include "ctffr/core/error.hpp"

namespace ctffr::phantom {

namespace {

// Second derivatives M of the interpolating spline by the Thomas algorithm:
// h_{i-1} M_{i-1} + 2 (h_{i-1} + h_i) M_i + h_i M_{i+1} = 6 ((x_{i+1} - x_i)/h_i - (x_i - x_{i-1})/h_{i-1}),
// with M = 0 at the end, and at the start M = 0 or the clamped condition 2 h_0 M_0 + h_0 M_1 = 6
// ((x_1-x_0)/h_0 - t).
std::vector<Vec3> second_derivatives(const std::vector<Vec3>& x, const std::vector<double>& h,
                                     Vec3 start_tangent) {
    const std::size_t n = x.size();
    std::vector<double> diagonal(n, 1), upper(n, 0);
    std::vector<Vec3> m(n);
    if (norm(start_tangent) > 0) {
        diagonal[0] = 2 * h[0], upper[0] = h[0];
        m[0] = 6.0 * ((x[1] - x[0]) / h[0] - start_tangent);
    }
    for (std::size_t i = 1; i + 1 < n; ++i) {
        const Vec3 right = 6.0 * ((x[i + 1] - x[i]) / h[i] - (x[i] - x[i - 1]) / h[i - 1]);
        const double w = h[i - 1] / diagonal[i - 1];
        diagonal[i] = 2 * (h[i - 1] + h[i]) - w * upper[i - 1];
        upper[i] = h[i];
        m[i] = right - w * m[i - 1];
    }
    for (std::size_t i = n - 1; i-- > 0;) m[i] = (m[i] - upper[i] * m[i + 1]) / diagonal[i];
    return m;
}

struct SplinePoint {
    Vec3 x, dx, ddx;  // derivatives by the chord-length parameter
};

SplinePoint evaluate(Vec3 a, Vec3 b, Vec3 ma, Vec3 mb, double h, double u) {
    const double v = 1 - u;
    return {v * a + u * b + h * h / 6 * ((v * v * v - v) * ma + (u * u * u - u) * mb),
            (b - a) / h + h / 6 * ((3 * u * u - 1) * mb - (3 * v * v - 1) * ma), v * ma + u * mb};
}

}  // namespace

Curve::Curve(const std::vector<Vec3>& knots, Vec3 start_tangent) {
    CTFFR_CHECK_OP(knots.size(), >=, std::size_t{2});
    std::vector<double> h(knots.size() - 1);
    for (std::size_t i = 0; i < h.size(); ++i) h[i] = distance(knots[i + 1], knots[i]);
    const std::vector<Vec3> m = second_derivatives(knots, h, start_tangent);

    // Walk in steps far below the table's and put an entry at every crossing of an even arc length.
    constexpr int fine = 64;
    double arc = 0, next = 0;
    Vec3 before = knots[0];
    for (std::size_t i = 0; i < h.size(); ++i)
        for (int k = i == 0 ? 0 : 1; k <= fine; ++k) {
            const double u = static_cast<double>(k) / fine;
            const Vec3 here = evaluate(knots[i], knots[i + 1], m[i], m[i + 1], h[i], u).x;
            const double chord = distance(here, before);
            while (next <= arc + chord) {
                const double back = chord > 0 ? (arc + chord - next) / chord : 0;
                const SplinePoint p = evaluate(knots[i], knots[i + 1], m[i], m[i + 1], h[i], u - back / fine);
                const double speed2 = dot(p.dx, p.dx);
                const Vec3 t = p.dx / std::sqrt(speed2);
                points_.push_back({p.x, t, {}, (p.ddx - dot(p.ddx, t) * t) / speed2});
                next = step_mm * static_cast<double>(points_.size());
            }
            arc += chord;
            before = here;
        }
    if (points_.size() % 2 == 0) points_.pop_back();
    CTFFR_CHECK_OP(points_.size(), >=, std::size_t{3});

    // Frames by double reflection (Wang, Juettler, Zheng, Liu, ACM TOG 27, 2008).
    points_[0].normal = any_normal(points_[0].tangent);
    for (std::size_t i = 1; i < points_.size(); ++i) {
        const CurvePoint& a = points_[i - 1];
        CurvePoint& b = points_[i];
        const Vec3 v1 = b.position_lps_mm - a.position_lps_mm;
        const double c1 = dot(v1, v1);
        const Vec3 n = a.normal - (2 / c1 * dot(v1, a.normal)) * v1;
        const Vec3 t = a.tangent - (2 / c1 * dot(v1, a.tangent)) * v1;
        const Vec3 v2 = b.tangent - t;
        const double c2 = dot(v2, v2);
        const Vec3 r = c2 > 1e-20 ? n - (2 / c2 * dot(v2, n)) * v2 : n;
        b.normal = normalized(r - dot(r, b.tangent) * b.tangent);
    }
}

std::size_t Curve::index_at(double arc_mm) const {
    const auto last = static_cast<double>(points_.size() - 1);
    return static_cast<std::size_t>(std::clamp(std::round(arc_mm / step_mm), 0.0, last));
}

void Curve::cut(double length_mm) {
    const auto keep = static_cast<std::size_t>(std::max(0.5, snapped(length_mm)) / step_mm + 0.5) + 1;
    if (keep < points_.size()) points_.resize(keep);
}

double snapped(double arc_mm) { return 0.5 * std::floor(arc_mm / 0.5 + 1e-9); }

double polyline_length(const std::vector<Vec3>& polyline) {
    double length = 0;
    for (std::size_t i = 1; i < polyline.size(); ++i) length += distance(polyline[i], polyline[i - 1]);
    return length;
}

std::vector<Vec3> resampled(const std::vector<Vec3>& polyline, double spacing_mm) {
    const double length = polyline_length(polyline);
    const int pieces = std::max(1, static_cast<int>(std::lround(length / spacing_mm)));
    std::vector<Vec3> out{polyline.front()};
    double arc = 0;
    for (std::size_t i = 1; i < polyline.size(); ++i) {
        const double chord = distance(polyline[i], polyline[i - 1]);
        while (static_cast<int>(out.size()) < pieces) {
            const double at = length * static_cast<double>(out.size()) / pieces;
            if (at > arc + chord) break;
            out.push_back(lerp(polyline[i - 1], polyline[i], chord > 0 ? (at - arc) / chord : 0));
        }
        arc += chord;
    }
    out.push_back(polyline.back());
    return out;
}

}  // namespace ctffr::phantom
