// SPDX-License-Identifier: Apache-2.0
// The object "uncertainty" of result.json.
#pragma once

#include <nlohmann/json.hpp>

#include "ctffr/data/result.hpp"

namespace ctffr {

// Null where no uncertainty was asked for.
nlohmann::ordered_json uncertainty_json(const CaseResult& result);

// The object "resting_estimate": pressure over aortic pressure at rest, in the order of lesions and vessels.
// Null where it was not estimated.
nlohmann::ordered_json resting_json(const CaseResult& result);

}  // namespace ctffr
