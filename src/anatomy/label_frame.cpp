// SPDX-License-Identifier: Apache-2.0
#include "anatomy/label_frame.hpp"

#include <algorithm>
#include <cmath>

#include "ctffr/core/units.hpp"

namespace ctffr::anatomy {

namespace {

// In most adults the long axis of the heart points left, forward and down, and the septum faces right and
// forward.
constexpr Vec3 usual_apical{0.70, -0.55, -0.45}, usual_septal{-0.6, -0.7, -0.3};
// The aortic root lies in front of and a little septal to the LV axis.
// The apex of a heart in its usual place lies to the left; more than this to the right is a mirrored one.
constexpr double least_mirrored = 0.2;
constexpr double root_septal_mm = 6, root_anterior_mm = 17;

Vec3 across(Vec3 v, Vec3 axis) { return normalized(v - dot(v, axis) * axis); }

// The direction of the septum about the axis: the usual one, turned half way, and by no more than 20 degrees,
// to where the aortic root would have it.
Vec3 septal_direction(const HeartAxes& axes, Vec3 usual, Vec3 root) {
    constexpr double least_off_axis_mm = 8, trust = 0.5, most_rad = 20 * pi / 180;
    const Vec3 septal = across(usual, axes.apical);
    const Vec3 anterior = axes.handed * cross(septal, axes.apical);
    const Vec3 d = root - axes.base_lps_mm;
    const double x = dot(d, septal), y = dot(d, anterior);
    if (std::hypot(x, y) < least_off_axis_mm) return septal;
    const double off =
        std::remainder(std::atan2(y, x) - std::atan2(root_anterior_mm, root_septal_mm), 2 * pi);
    const double turn = std::clamp(trust * off, -most_rad, most_rad);
    return normalized(std::cos(turn) * septal + std::sin(turn) * anterior);
}

Vec3 farthest_left_point(const CoronaryTree& tree, Vec3 from) {
    Vec3 best = from;
    for (const Branch& branch : tree.branches)
        if (branch.side == Side::left)
            for (const CenterlinePoint& p : branch.points)
                if (distance(p.position_lps_mm, from) > distance(best, from)) best = p.position_lps_mm;
    return best;
}

}  // namespace

double HeartAxes::angle_deg(Vec3 p) const {
    const Vec3 d = p - base_lps_mm;
    return std::atan2(dot(d, anterior), dot(d, septal)) * 180 / pi;
}

double HeartAxes::off_axis_mm(Vec3 p) const {
    const Vec3 d = p - base_lps_mm;
    return norm(d - dot(d, apical) * apical);
}

HeartAxes axes_of(const CoronaryTree& tree, const HeartFrame& heart) {
    HeartAxes axes;
    Vec3 root = heart.root_center_lps_mm;
    if (heart.aorta.empty() && !tree.branches.empty())
        root = tree.branches.front().points.front().position_lps_mm;
    if (heart.lv_found) {
        axes.apical = normalized(heart.lv_apex_lps_mm - heart.lv_base_lps_mm);
        axes.length_mm = distance(heart.lv_apex_lps_mm, heart.lv_base_lps_mm);
    } else {
        const Vec3 tip = farthest_left_point(tree, root);
        axes.apical = normalized(normalized(usual_apical) + normalized(tip - root));
        axes.length_mm = std::max(60.0, dot(tip - root, axes.apical));
    }
    const bool mirrored = heart.lv_found && axes.apical.x < -least_mirrored;
    axes.handed = mirrored ? -1 : 1;
    const Vec3 usual{axes.handed * usual_septal.x, usual_septal.y, usual_septal.z};
    if (heart.lv_found) axes.base_lps_mm = heart.lv_base_lps_mm;
    axes.septal = heart.lv_found && !heart.aorta.empty()
                      ? septal_direction(axes, usual, heart.root_center_lps_mm)
                      : across(usual, axes.apical);
    axes.anterior = axes.handed * cross(axes.septal, axes.apical);
    axes.base_lps_mm = heart.lv_found
                           ? heart.lv_base_lps_mm
                           : root - root_septal_mm * axes.septal - root_anterior_mm * axes.anterior;
    return axes;
}

double beside_anterior_groove_mm(const HeartAxes& axes, Vec3 p) {
    const double groove_deg = 115 - 60 * std::clamp(axes.height(p) / axes.length_mm, 0.0, 1.0);
    return angle_difference_deg(axes.angle_deg(p), groove_deg) * pi / 180 * axes.off_axis_mm(p);
}

double angle_difference_deg(double a, double b) { return std::remainder(a - b, 360.0); }

}  // namespace ctffr::anatomy
