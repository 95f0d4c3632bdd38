// SPDX-License-Identifier: Apache-2.0
#include "ctffr/data/flow_state.hpp"

namespace ctffr {

const char* flow_state_name(FlowState state) {
    switch (state) {
        case FlowState::hyperaemia: return "hyperaemia";
        case FlowState::rest: return "rest";
        case FlowState::exercise: return "exercise";
    }
    return "unknown";
}

std::optional<FlowState> flow_state_from_name(std::string_view name) {
    for (const FlowState state : {FlowState::hyperaemia, FlowState::rest, FlowState::exercise})
        if (name == flow_state_name(state)) return state;
    return std::nullopt;
}

const char* ratio_name(FlowState state) {
    switch (state) {
        case FlowState::hyperaemia: return "FFR";
        case FlowState::rest: return "resting Pd/Pa";
        case FlowState::exercise: return "exercise Pd/Pa";
    }
    return "unknown";
}

const char* ratio_key(FlowState state) {
    switch (state) {
        case FlowState::hyperaemia: return "ffr";
        case FlowState::rest: return "resting_pd_pa";
        case FlowState::exercise: return "exercise_pd_pa";
    }
    return "unknown";
}

std::optional<double> ratio_threshold(FlowState state) {
    switch (state) {
        case FlowState::hyperaemia: return 0.80;
        case FlowState::rest: return 0.92;
        case FlowState::exercise: break;
    }
    return std::nullopt;
}

}  // namespace ctffr
