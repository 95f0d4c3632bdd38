// SPDX-License-Identifier: Apache-2.0
// Flow state and territories of result.json.
#pragma once

#include <nlohmann/json.hpp>

#include "ctffr/data/result.hpp"

namespace ctffr {

nlohmann::ordered_json flow_state_json(const CaseResult& result);
nlohmann::ordered_json territories_json(const CaseResult& result);

// Outside hyperaemia nothing in a result may be called FFR: in every key "ffr" becomes the key of the state's
// ratio, in every sentence "FFR" its name, and figures that only FFR has (ppg, the probability of a threshold
// that the state does not have) go. `options` is left as it is.
void rename_ratio(nlohmann::ordered_json& json, FlowState state);

}  // namespace ctffr
