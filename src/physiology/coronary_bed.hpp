// SPDX-License-Identifier: Apache-2.0
// How resistance and capacitance of the coronary bed divide into artery, microcirculation and vein
// (docs/theory/pulsatile-flow.md).
#pragma once

#include "ctffr/data/tree.hpp"

namespace ctffr {

// Parts of the resistance of any bed, which add up to 1, and its capacitances times its resistance, s.
struct BedParts {
    double artery = 0, micro = 0, vein = 0;
    double artery_time = 0, muscle_time = 0;
    double muscle_share = 0;  // intramyocardial over left ventricular pressure
};

// Resistance of the hyperaemic bed over that of the bed at rest: flow 5.0 at rest and 16 in hyperaemia, times
// LV mass^0.75, under 88 and 82 mmHg.
inline constexpr double hyperaemic_resistance_index = 0.29;

// `resistance_index`: of the present state over that at rest; 1 at rest. It acts on artery and
// microcirculation alone. Throws Error(physiology_out_of_range) when it is not between 0.18 and 2.
BedParts coronary_bed(Side side, double resistance_index);

}  // namespace ctffr
