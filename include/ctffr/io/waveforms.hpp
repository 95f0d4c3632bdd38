// SPDX-License-Identifier: Apache-2.0
// Pressure and flow over a heart beat as a table.
#pragma once

#include <string>

#include "ctffr/data/pulsatile.hpp"

namespace ctffr {

// waveforms.csv: a line per time of the beat; columns time_s, aortic_pressure_mmhg, lv_pressure_mmhg,
// inflow_ml_min, then of every probe "KIND NAME pressure_mmhg" and "KIND NAME flow_ml_min". The header alone
// when the flow did not become periodic.
std::string waveforms_csv(const PulsatileFlow& beat);

}  // namespace ctffr
