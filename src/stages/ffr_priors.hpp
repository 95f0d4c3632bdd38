// SPDX-License-Identifier: Apache-2.0
// How far the inputs of an FFR may be off in this patient (docs/theory/uncertainty.md).
#pragma once

#include "ctffr/data/flow.hpp"

namespace ctffr {

// Standard deviations, relative unless the name says otherwise.
struct FfrPriors {
    // Log-normal, of the hyperaemic flow; larger where the LV mass stands on a weaker foot.
    double flow = 0.20;
    // Microvascular disease that nobody measured: this part of patients has this much more resistance.
    double microvascular_chance = 0.22, microvascular_factor = 1.5;
    double pressure = 0.056, viscosity = 0.03;
    double venous_mmhg = 2;
    double exponent_low = 2.0, exponent_high = 2.7;  // uniform
    double share = 0.10;                             // log-normal, of each territory
    double reference_diameter = 0.05;                // of each outlet
    double model = 0.10;  // of the pressure drop of each lesion (`validation/virtual-trial`, arm `model`)
    double lesion_length_mm = 1;
    // True over stated deviation of the radius, at throats and elsewhere (validation/uncertainty).
    double throat_scale = 1, branch_scale = 0.55;
    double radius_common = 0.15;  // part of its variance that all vessels of a scan share
};

// Population values widen a prior, measured ones narrow it. `fitted`: the reduced model is fitted to a 3-D
// solution of this patient.
FfrPriors priors_of(const Hyperaemia& hyperaemia, bool fitted);

}  // namespace ctffr
