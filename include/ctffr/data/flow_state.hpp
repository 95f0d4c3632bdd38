// SPDX-License-Identifier: Apache-2.0
// The state of the coronary bed in which the flow is computed, and what a pressure ratio is called there.
#pragma once

#include <optional>
#include <string_view>

namespace ctffr {

// FFR is defined in hyperaemia alone; elsewhere the same ratio has another name and other thresholds
// (docs/theory/flow-states.md).
enum class FlowState { hyperaemia, rest, exercise };

const char* flow_state_name(FlowState state);  // "hyperaemia", "rest", "exercise"
std::optional<FlowState> flow_state_from_name(std::string_view name);

// Mean pressure over mean aortic pressure: "FFR", "resting Pd/Pa", "exercise Pd/Pa".
const char* ratio_name(FlowState state);
// The same in the keys of result.json and in columns: "ffr", "resting_pd_pa", "exercise_pd_pa".
const char* ratio_key(FlowState state);
// At or below it a vessel counts as limiting flow: 0.80 of FFR, 0.92 of resting Pd/Pa (Jeremias et al.,
// J Am Coll Cardiol 63 (2014) 1253, RESOLVE); none is published for exercise.
std::optional<double> ratio_threshold(FlowState state);

}  // namespace ctffr
