// SPDX-License-Identifier: Apache-2.0
// The patient once more without contrast, as for a calcium score.
#pragma once

#include "ctffr/stages/phantom_options.hpp"
#include "phantom/patient.hpp"

namespace ctffr::phantom {

// Blood, muscle and scanner of a calcium scan: 120 kV, slices of 3 mm, a smooth kernel, no enhancement; body,
// pose, motion and disease stay as drawn.
void take_contrast_away(DrawnPatient& patient, PhantomOptions& options);

}  // namespace ctffr::phantom
