// SPDX-License-Identifier: Apache-2.0
#include "imaging/ostium.hpp"

#include <algorithm>
#include <cmath>

#include "imaging/smoothing.hpp"

namespace ctffr::imaging {

namespace {

constexpr double step_mm = 0.25;

// The aortic axis as a curve over the height along the mean axis.
struct AxisCurve {
    const HeartFrame& heart;

    Vec3 center(double height_mm) const {
        const auto& s = heart.aorta;
        const auto height = [&](std::size_t i) {
            return dot(s[i].center_lps_mm - s[0].center_lps_mm, heart.aorta_axis);
        };
        std::size_t i = 1;
        while (i + 1 < s.size() && height(i) < height_mm) ++i;
        const double a = height(i - 1), b = height(i);
        return lerp(s[i - 1].center_lps_mm, s[i].center_lps_mm, b > a ? (height_mm - a) / (b - a) : 0);
    }
    double height(Vec3 p) const { return dot(p - heart.aorta.front().center_lps_mm, heart.aorta_axis); }
};

class WallModel {
   public:
    WallModel(const ScalarGrid& image, const ScanModel& scan, const HeartFrame& heart,
              double vessel_radius_mm)
        : image_(image),
          axis_{heart},
          heart_(heart),
          level_hu_(0.5 * (scan.blood_hu + scan.myocardium_hu)),
          calcium_hu_(scan.blood_hu + std::max(150.0, 4 * scan.noise_sd_hu)),
          vessel_radius_mm_(vessel_radius_mm) {}

    // Distance of a point to the wall, positive outside; a large value where the wall cannot be read.
    double outside_mm(Vec3 p) const {
        const Vec3 center = axis_.center(axis_.height(p));
        const Vec3 d = p - center, across = d - dot(d, heart_.aorta_axis) * heart_.aorta_axis;
        const double off = norm(across);
        if (off < 1) return -off;
        const Vec3 u = across / off, v = cross(heart_.aorta_axis, u);
        // Angles just clear of the vessel, and 18 degrees beyond.
        const double near = std::asin(std::min(0.8, (vessel_radius_mm_ + 1.2) / off)) + 0.05,
                     far = near + 0.31;
        std::vector<double> at_near, at_far;
        for (const double sign : {-1.0, 1.0}) {
            if (const double r = ray(center, u, v, sign * near, off); r > 0) at_near.push_back(r);
            if (const double r = ray(center, u, v, sign * far, off); r > 0) at_far.push_back(r);
        }
        if (at_near.empty()) return 1e9;
        const auto mean = [](const std::vector<double>& x) {
            return x.size() == 2 ? 0.5 * (x[0] + x[1]) : x[0];
        };
        double wall = mean(at_near);
        if (at_near.size() == 2 && at_far.size() == 2)
            wall += std::clamp((wall - mean(at_far)) * near * near / (far * far - near * near), -1.5, 1.5);
        return off - wall;
    }

    // Unit vector from a point to the axis of the aorta.
    Vec3 inward(Vec3 p) const {
        const Vec3 d = axis_.center(axis_.height(p)) - p;
        return normalized(d - dot(d, heart_.aorta_axis) * heart_.aorta_axis);
    }

   private:
    double ray(Vec3 center, Vec3 u, Vec3 v, double angle, double off) const {
        const Vec3 direction = std::cos(angle) * u + std::sin(angle) * v;
        double before = image_.at(center);
        for (double t = 3; t < off + 8; t += step_mm) {
            const double value = image_.at(center + t * direction);
            if (value > calcium_hu_) return t;  // plaque sits in the wall
            if (value < level_hu_) return t - step_mm * (level_hu_ - value) / std::max(1e-6, before - value);
            before = value;
        }
        return -1;
    }

    const ScalarGrid& image_;
    AxisCurve axis_;
    const HeartFrame& heart_;
    double level_hu_, calcium_hu_, vessel_radius_mm_;
};

// Moves a point to the middle of its section; false when the section is not all round closed.
bool centre(const SectionProbe& probe, Vec3 tangent, Vec3& p, double& radius_mm) {
    const Vec3 start = p;
    for (int iteration = 0; iteration < 4; ++iteration) {
        const Section s = probe(p, tangent);
        if (s.closed < 0.85) return false;
        radius_mm = s.radius_mm;
        p += 0.8 * s.shift_mm;
        if (distance(p, start) > 3) return false;
    }
    return true;
}

// The points that make one smooth course with points[start], from there inwards: single points off it are
// left out, and what lies behind several of them.
std::vector<Vec3> course_from(const std::vector<Vec3>& points, std::size_t start) {
    constexpr double least_cosine = 0.5, farthest_step_mm = 1.5;
    std::vector<Vec3> course;  // from the outermost point inwards
    for (std::size_t i = start + 1; i-- > 0;) {
        if (!course.empty()) {
            const Vec3 step = points[i] - course.back();
            if (norm(step) > farthest_step_mm) continue;
            const Vec3 before =
                course.back() - course[course.size() - std::min<std::size_t>(4, course.size())];
            if (course.size() >= 2 && dot(normalized(step), normalized(before)) < least_cosine) continue;
        }
        course.push_back(points[i]);
    }
    std::reverse(course.begin(), course.end());
    return course;
}

// Of the centred points near the wall (from the wall outwards) the longest smooth course. Where the way has
// left the lumen, for the plaque of an ostial lesion, it turns sharply; and behind the end of a short left
// main the outermost points lie in a branch that leaves sideways.
std::vector<Vec3> one_course(const std::vector<Vec3>& points) {
    std::vector<Vec3> longest;
    for (std::size_t start = points.size(); start-- > 0;) {
        std::vector<Vec3> course = course_from(points, start);
        if (course.size() > longest.size()) longest = std::move(course);
    }
    return longest;
}

}  // namespace

std::vector<Vec3> started_at_wall(const std::vector<Vec3>& way, const ScalarGrid& image,
                                  const ScanModel& scan, const HeartFrame& heart, const SectionProbe& probe) {
    constexpr double last_mm = 9, nearest_mm = 1.2, farthest_mm = 5;
    const auto line = resampled(way, step_mm);
    const auto reach = static_cast<std::size_t>(2 / step_mm);
    if (heart.aorta.size() < 2 || line.size() < 4 * reach) return way;
    const auto last = std::min(static_cast<std::size_t>(last_mm / step_mm), line.size() - 2 * reach);
    std::vector<Vec3> points;
    std::vector<double> radii;
    for (std::size_t i = reach / 2; i <= last; i += 2) {
        Vec3 p = line[i];
        double radius = 0;
        if (centre(probe, normalized(line[i + reach] - line[i > reach ? i - reach : 0]), p, radius))
            points.push_back(p), radii.push_back(radius);
    }
    if (points.size() < 5) return way;
    // The rays to the wall must clear the vessel where it is widest: at the wall, in a wide left main that is
    // narrowed further on, or beyond a narrow ostium.
    const auto first = radii.begin(), fourth = first + 4;
    const WallModel wall(image, scan, heart, std::max(median_of(radii), median_of({first, fourth})));
    std::vector<Vec3> near_wall;
    for (Vec3 p : points)
        if (const double d = wall.outside_mm(p); d > nearest_mm && d < farthest_mm) near_wall.push_back(p);
    const std::vector<Vec3> kept = one_course(near_wall);
    if (kept.size() < 4) return way;
    // From the innermost centred point straight to the wall: towards the axis of the aorta, and where a
    // plaque hides a longer way, half in the direction the vessel has there.
    const Vec3 inner = kept.front(), outer = kept.back();
    const double hidden = std::clamp(wall.outside_mm(inner) - 1.4, 0.0, 1.0);
    const Vec3 inward = normalized(
        wall.inward(inner) + hidden * normalized(inner - kept[std::min<std::size_t>(4, kept.size() - 1)]));
    double t = 0;
    while (t < farthest_mm + 2 && wall.outside_mm(inner + t * inward) > 0) t += 0.1;
    if (t >= farthest_mm + 2) return way;
    std::vector<Vec3> result{inner + t * inward, inner};
    if (distance(outer, inner) > 0.5) result.push_back(outer);
    // On from where the old way has passed the centred part.
    const Vec3 onward = normalized(outer - result.front());
    std::size_t i = 0;
    while (i < line.size() && (dot(line[i] - outer, onward) < 0.5 || distance(line[i], outer) > 3)) ++i;
    if (i == line.size()) return way;
    result.insert(result.end(), line.begin() + static_cast<std::ptrdiff_t>(i), line.end());
    return resampled(result, step_mm);
}

}  // namespace ctffr::imaging
