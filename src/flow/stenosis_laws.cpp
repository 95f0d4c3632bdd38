// SPDX-License-Identifier: Apache-2.0
#include "flow/stenosis_laws.hpp"

#include <cmath>

#include "ctffr/core/units.hpp"

namespace ctffr {

namespace {

double square(double x) { return x * x; }

constexpr double turbulence_factor = 1.52;  // K_t
constexpr double smallest_core = 0.05;      // core radius at which Huo and Kassab call the flow developed

// int_a^1 (1-x)(6+x)(1+4x+9x^2+4x^3) / [5x(3+2x)(3+2x+x^2)^2] dx, closed form.
double core_length(double a) {
    const double root2 = std::sqrt(2.0);
    return -(a - 13) / (5 * a * a + 10 * a + 15) - 2.0 / 45 * std::log(a) + 7.0 / 27 * std::log(a + 1.5) +
           5.0 / 54 * std::log(a * a + 2 * a + 3) +
           29 * root2 / 54 * (std::atan(root2 * (a + 1) / 2) - std::atan(root2)) - 7.0 / 27 * std::log(5.0) -
           0.4 - 5.0 / 54 * std::log(6.0) + 7.0 / 27 * std::log(2.0);
}

// int_a^1 (1+4x+9x^2+4x^3) / [x(3+2x)(3+2x+x^2)^2] dx by Simpson's rule in log x.
double core_friction(double a) {
    constexpr int intervals = 200;
    const double low = std::log(a), h = -low / intervals;
    double sum = 0;
    for (int i = 0; i <= intervals; ++i) {
        const double x = std::exp(low + i * h);
        const double value =
            (1 + 4 * x + 9 * x * x + 4 * x * x * x) / ((3 + 2 * x) * square(3 + 2 * x + x * x));
        sum += (i == 0 || i == intervals ? 1 : (i % 2 == 1 ? 4 : 2)) * value;
    }
    return sum * h / 3;
}

}  // namespace

const char* flow_law_name(FlowLaw law) {
    switch (law) {
        case FlowLaw::profile: return "profile march";
        case FlowLaw::young_tsai: return "Young-Tsai";
        case FlowLaw::itu: return "Itu";
        case FlowLaw::huo_kassab: return "Huo-Kassab";
    }
    return "unknown";
}

double young_tsai_drop(const StenosisShape& s, const Blood& blood, double flow) {
    const double d0 = 2 * std::sqrt(s.reference_area / pi), ds = 2 * std::sqrt(s.throat_area / pi);
    const double ratio = s.reference_area / s.throat_area;
    const double viscous = 32 * (0.83 * s.length + 1.64 * ds) * square(ratio) / d0;
    return viscous * blood.viscosity / (s.reference_area * d0) * flow +
           turbulence_factor * blood.density / (2 * square(s.reference_area)) * square(ratio - 1) *
               std::abs(flow) * flow;
}

double itu_drop(const StenosisShape& s, const Blood& blood, double flow, double angular_frequency) {
    const double radius2 = s.reference_area / pi;
    const double womersley2 = radius2 * angular_frequency * blood.density / blood.viscosity;
    const double viscous = 1 + 0.053 * s.throat_area / s.reference_area * womersley2;
    const double steady = 0.0018 * womersley2;
    return (viscous + steady) * s.viscous_resistance * flow +
           turbulence_factor * blood.density / (2 * square(s.reference_area)) *
               square(s.reference_area / s.throat_area - 1) * std::abs(flow) * flow;
}

double huo_kassab_drop(const StenosisShape& s, const Blood& blood, double flow) {
    const double q = std::abs(flow);
    if (q == 0) return 0;
    const double sign = flow < 0 ? -1 : 1;
    const double wanted = pi * blood.viscosity * s.length / (blood.density * q);
    const double as2 = square(s.throat_area);
    const double a = 1 / s.throat_area - 1 / s.reference_area,
                 b = 1 / s.throat_area - 1 / (3 * s.reference_area);
    const double reversible =
        blood.density / 2 * q * q * (1 / square(s.outlet_area) - 1 / square(s.inlet_area));
    double friction, expansion;
    if (wanted >= core_length(smallest_core)) {
        const double entrance = core_length(smallest_core) * blood.density * q / (pi * blood.viscosity);
        friction = blood.density * q * q / (2 * as2) * 96 / 5 * core_friction(smallest_core) +
                   8 * pi * blood.viscosity / as2 * q * (s.length - entrance);
        // Continuous with the other branch; one published code has half of it.
        expansion = blood.density * q * q * a * b;
    } else {
        double low = smallest_core, high = 1;  // the length falls as the core grows
        for (int i = 0; i < 60; ++i) {
            const double middle = (low + high) / 2;
            (core_length(middle) > wanted ? low : high) = middle;
        }
        friction = blood.density * q * q / (2 * as2) * 96 / 5 * core_friction(low);
        expansion = blood.density / 2 * q * q * (a * a + (2 * a * b - a * a) * square(1 - low));
    }
    return sign * (friction + expansion + reversible);
}

}  // namespace ctffr
