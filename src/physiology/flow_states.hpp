// SPDX-License-Identifier: Apache-2.0
// Pressure and wanted flow at rest and in exercise, from those of hyperaemia. Formulas and sources:
// docs/theory/flow-states.md.
#pragma once

#include "ctffr/data/flow.hpp"

namespace ctffr {

// Resting over hyperaemic flow of a healthy heart: 5.0 against 16 mL/min/g^0.75.
inline constexpr double resting_share = 5.0 / 16;
// Fall of the mean aortic pressure under adenosine.
inline constexpr double hyperaemic_fall_mmhg = 6;

// What the heart does at this work.
struct ExerciseLoad {
    double heart_rate_bpm = 0, systolic_mmhg = 0;
    double mean_rise_mmhg = 0;  // of the mean aortic pressure over rest
    double flow_ratio = 1;      // wanted flow over that at rest
};
// Heart rate and systolic pressure rise by 10 1/min and 10 mmHg for each MET above 1, diastolic pressure
// stays (Fletcher et al., Circulation 128 (2013) 873); flow goes with the oxygen that the heart takes, which
// goes with the rate-pressure product (docs/theory/flow-states.md). `mets` 1: rest.
ExerciseLoad exercise_load(double mets, double heart_rate_bpm, double systolic_mmhg, double diastolic_mmhg);

// Oxygen that the muscle takes, mL/min/100 g, by heart rate x systolic pressure.
double oxygen_demand(double heart_rate_bpm, double systolic_mmhg);

// `hyperaemia` in another state: pressure, total flow and the patient values that say so. Throws
// Error(physiology_out_of_range).
Hyperaemia in_state(Hyperaemia hyperaemia, FlowState state, double exercise_mets);

}  // namespace ctffr
