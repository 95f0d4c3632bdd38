// SPDX-License-Identifier: Apache-2.0
#include "phantom/tree_radius.hpp"

#include <algorithm>
#include <cmath>

namespace ctffr::phantom {

namespace {

constexpr double exponent = 7.0 / 3.0;

double ramp(double x_mm) {
    constexpr double half = 2;
    if (x_mm <= -half) return 0;
    return x_mm >= half ? x_mm : (x_mm + half) * (x_mm + half) / (4 * half);
}

}  // namespace

double huo_kassab_mother(std::initializer_list<double> daughters) {
    double sum = 0;
    for (double d : daughters)
        if (d > 0) sum += std::pow(d, exponent);
    return std::pow(sum, 1 / exponent);
}

double huo_kassab_rest(double mother, double side) {
    const double rest = std::pow(mother, exponent) - std::pow(side, exponent);
    return std::max(0.6 * mother, rest > 0 ? std::pow(rest, 1 / exponent) : 0);
}

void RadiusProfile::add_step(double position_mm, double ratio, double width_mm) {
    steps_.push_back({position_mm, std::log(ratio), width_mm});
}

void RadiusProfile::add_taper(double position_mm, double extra_per_mm) {
    tapers_.push_back({position_mm, extra_per_mm});
}

double RadiusProfile::at(double arc_mm) const {
    double log_factor = -taper_per_mm_ * arc_mm;
    for (const Taper& taper : tapers_) log_factor -= taper.extra_per_mm * ramp(arc_mm - taper.position_mm);
    for (const Step& step : steps_) {
        const double u = std::clamp((arc_mm - step.position_mm) / step.width_mm + 0.5, 0.0, 1.0);
        log_factor += step.log_ratio * u * u * u * (10 - 15 * u + 6 * u * u);
    }
    const double x = arc_mm / 1.5;
    return radius_mm_ * std::exp(log_factor) * (1 + flare_ * std::exp(-x * x));
}

double RadiusProfile::end_at(double radius_mm, double longest_mm) const {
    for (double s = 0; s < longest_mm; s += 0.5)
        if (at(s) < radius_mm) return s;
    return longest_mm;
}

double healthy_wall_mm(double lumen_radius_mm) { return std::clamp(0.25 + 0.3 * lumen_radius_mm, 0.4, 1.0); }

}  // namespace ctffr::phantom
