// SPDX-License-Identifier: Apache-2.0
// Textbook pressure drops of a stenosis, Pa. Kept for comparison and for the spread between models: they
// disagree with three-dimensional flow by up to a factor of two (docs/theory/reduced-flow.md), so they are
// never the default.
#pragma once

namespace ctffr {

// How the network computes the pressure along a branch.
enum class FlowLaw { profile, young_tsai, itu, huo_kassab };
const char* flow_law_name(FlowLaw law);

// A stenosis as the laws see it. SI units.
struct StenosisShape {
    double reference_area = 0, throat_area = 0;  // m2
    double inlet_area = 0, outlet_area = 0;      // m2, for the reversible part of Huo and Kassab
    double length = 0;                           // m
    double viscous_resistance = 0;               // 8 mu / pi int r^-4 dx, Pa s/m3
};

struct Blood {
    double density = 1060, viscosity = 3.5e-3;
};

// Young and Tsai 1973 with the coefficients of Seeley and Young 1976: K_t = 1.52,
// K_v = 32 (0.83 L + 1.64 D_s) (A_0/A_s)^2 / D_0.
double young_tsai_drop(const StenosisShape& stenosis, const Blood& blood, double flow);
// Bessems 2007 / Itu 2012 in the mean over the cycle; `angular_frequency` (1/s) of the heart beat.
double itu_drop(const StenosisShape& stenosis, const Blood& blood, double flow, double angular_frequency);
// Huo, Svendsen, Choy, Zhang, Kassab 2012: core flow with growing boundary layers, no fitted constant.
double huo_kassab_drop(const StenosisShape& stenosis, const Blood& blood, double flow);

}  // namespace ctffr
