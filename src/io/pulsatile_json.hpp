// SPDX-License-Identifier: Apache-2.0
// The object `pulsatile` of result.json.
#pragma once

#include <nlohmann/json.hpp>

#include "ctffr/data/pulsatile.hpp"

namespace ctffr {

// Numbers are null when the flow did not become periodic.
nlohmann::ordered_json pulsatile_json(const PulsatileFlow& beat);

}  // namespace ctffr
