// SPDX-License-Identifier: Apache-2.0
// A smooth centerline: a C2 cubic spline, tabulated at even arc length with rotation-minimising frames.
#pragma once

#include <cstddef>
#include <vector>

#include "ctffr/core/vec3.hpp"

namespace ctffr::phantom {

// One entry of the table. Frame LPS, mm; (tangent, normal, cross(tangent, normal)) is right-handed.
struct CurvePoint {
    Vec3 position_lps_mm, tangent, normal;
    Vec3 curvature_per_mm;  // d tangent / d arc: points to the centre of the bend
};

class Curve {
   public:
    static constexpr double step_mm = 0.25;

    Curve() = default;
    // Natural cubic spline (chord-length parameter) through at least 2 knots; a non-zero `start_tangent`
    // clamps the start. The length is cut to a multiple of 0.5 mm, so that every second table entry is a tree
    // point.
    Curve(const std::vector<Vec3>& knots_lps_mm, Vec3 start_tangent);

    std::size_t size() const { return points_.size(); }
    double length_mm() const {
        return points_.empty() ? 0 : step_mm * static_cast<double>(points_.size() - 1);
    }
    const CurvePoint& operator[](std::size_t i) const { return points_[i]; }
    const CurvePoint& back() const { return points_.back(); }
    // Index of the table entry nearest to an arc length.
    std::size_t index_at(double arc_mm) const;
    // Shortens the curve to at most `length_mm` (a multiple of 0.5 mm, at least 0.5 mm).
    void cut(double length_mm);

   private:
    std::vector<CurvePoint> points_;
};

// A multiple of 0.5 mm at or below `arc_mm`.
double snapped(double arc_mm);
// Points every `spacing_mm` along a polyline, first and last kept.
std::vector<Vec3> resampled(const std::vector<Vec3>& polyline, double spacing_mm);
double polyline_length(const std::vector<Vec3>& polyline);

}  // namespace ctffr::phantom
