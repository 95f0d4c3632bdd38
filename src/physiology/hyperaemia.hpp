// SPDX-License-Identifier: Apache-2.0
// From patient facts to blood, aortic pressure and hyperaemic flow. Formulas and sources:
// docs/theory/hyperaemia.md.
#pragma once

#include "ctffr/data/flow.hpp"
#include "ctffr/data/heart.hpp"
#include "ctffr/data/image.hpp"

namespace ctffr {

// What the user fixed; 0 means: estimate.
struct HyperaemiaChoice {
    double aortic_pressure_mmhg = 0, total_flow_ml_min = 0, venous_pressure_mmhg = 5;
    double viscosity_mpa_s = 0, density_kg_m3 = 1060, flow_factor = 16;
};

// Every number used is kept in `patient` with its origin. Throws Error(physiology_out_of_range).
Hyperaemia hyperaemia_of(const PatientFacts& facts, const HeartFrame& heart, const HyperaemiaChoice& choice);

// The single formulas, for tests and documentation.
// Mean of cuff pressures; the heart rate (0 = not known) corrects for the shorter diastole.
double mean_pressure_mmhg(double systolic_mmhg, double diastolic_mmhg, double heart_rate_bpm);
double viscosity_of_hematocrit_mpa_s(double hematocrit);
double body_surface_m2(double height_m, double weight_kg);  // Mosteller 1987
double hyperaemic_flow_ml_min(double lv_mass_g, double factor);

// Throws Error(physiology_out_of_range) unless low <= value <= high.
void require_range(const char* name, const PatientValue& value, double low, double high, const char* unit);

}  // namespace ctffr
