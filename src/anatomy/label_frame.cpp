// SPDX-License-Identifier: Apache-2.0
#include "anatomy/label_frame.hpp"

#include <cmath>

#include "ctffr/core/units.hpp"

namespace ctffr::anatomy {

namespace {

// In most adults the long axis of the heart points left, forward and down, and the septum faces right and
// forward.
constexpr Vec3 usual_apical{0.70, -0.55, -0.45}, usual_septal{-0.6, -0.7, -0.3};
// The aortic root lies in front of and a little septal to the LV axis.
constexpr double root_septal_mm = 6, root_anterior_mm = 17;

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
    axes.septal = normalized(usual_septal - dot(usual_septal, axes.apical) * axes.apical);
    axes.anterior = cross(axes.septal, axes.apical);
    axes.base_lps_mm = heart.lv_found
                           ? heart.lv_base_lps_mm
                           : root - root_septal_mm * axes.septal - root_anterior_mm * axes.anterior;
    return axes;
}

double angle_difference_deg(double a, double b) { return std::remainder(a - b, 360.0); }

}  // namespace ctffr::anatomy
