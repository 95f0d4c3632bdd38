// SPDX-License-Identifier: Apache-2.0
// Names, units and bounds of what may be known about a patient: the one table that files, options and
// formulas use.
#pragma once

#include "ctffr/data/image.hpp"

namespace ctffr {

// Calls visitor(key, value, unit, low, high, dicom_tag) for every numeric fact. The bounds are what a living
// adult can have; outside it is a typing error or a wrong unit.
template <class Facts, class Visitor>
void visit_facts(Facts& facts, Visitor&& visitor) {
    visitor("age_years", facts.age_years, "years", 15.0, 110.0, "(0010,1010)");
    visitor("height_m", facts.height_m, "m", 1.2, 2.3, "(0010,1020)");
    visitor("weight_kg", facts.weight_kg, "kg", 30.0, 300.0, "(0010,1030)");
    visitor("heart_rate_bpm", facts.heart_rate_bpm, "1/min", 30.0, 200.0, "(0018,1088)");
    visitor("systolic_mmhg", facts.systolic_mmhg, "mmHg", 70.0, 250.0, "");
    visitor("diastolic_mmhg", facts.diastolic_mmhg, "mmHg", 35.0, 150.0, "");
    visitor("hematocrit", facts.hematocrit, "fraction", 0.15, 0.70, "");
    visitor("lv_mass_g", facts.lv_mass_g, "g", 40.0, 500.0, "");
}

// Systolic pressure is at least this far above diastolic.
inline constexpr double least_pulse_mmhg = 10;

}  // namespace ctffr
