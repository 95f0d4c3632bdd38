// SPDX-License-Identifier: Apache-2.0
// Names of small enums, as written to result.json.
#include "ctffr/data/flow.hpp"
#include "ctffr/data/pulsatile.hpp"
#include "ctffr/data/quality.hpp"
#include "ctffr/data/result.hpp"

namespace ctffr {

const char* grade_name(Grade grade) {
    switch (grade) {
        case Grade::pass: return "pass";
        case Grade::warn: return "warn";
        case Grade::reject: return "reject";
    }
    return "unknown";
}

const char* origin_name(Origin origin) {
    switch (origin) {
        case Origin::measured: return "measured";
        case Origin::estimated: return "estimated";
        case Origin::defaulted: return "default";
    }
    return "unknown";
}

const char* uncertainty_state_name(FfrUncertainty::State state) {
    switch (state) {
        case FfrUncertainty::State::not_estimated: return "not estimated";
        case FfrUncertainty::State::estimated: return "estimated";
        case FfrUncertainty::State::no_answer: return "no answer";
        case FfrUncertainty::State::too_many_failed: return "too many failed";
    }
    return "unknown";
}

const char* reason_name(SolveStatus::Reason reason) {
    switch (reason) {
        case SolveStatus::Reason::converged: return "converged";
        case SolveStatus::Reason::max_iterations: return "max-iterations";
        case SolveStatus::Reason::stalled: return "stalled";
        case SolveStatus::Reason::not_finite: return "not-finite";
        case SolveStatus::Reason::out_of_range: return "out-of-range";
    }
    return "unknown";
}

const char* convection_name(Convection convection) {
    switch (convection) {
        case Convection::second_order: return "second-order";
        case Convection::damped: return "damped";
        case Convection::first_order: return "first-order";
    }
    return "unknown";
}

const char* probe_kind_name(PulsatileProbe::Kind kind) {
    switch (kind) {
        case PulsatileProbe::Kind::ostium: return "ostium";
        case PulsatileProbe::Kind::vessel: return "vessel";
        case PulsatileProbe::Kind::outlet: return "outlet";
    }
    return "unknown";
}

const char* result_state_name(ResultState state) {
    switch (state) {
        case ResultState::ok: return "ok";
        case ResultState::ok_with_excluded_segments: return "ok-with-excluded-segments";
        case ResultState::rejected: return "rejected";
    }
    return "unknown";
}

}  // namespace ctffr
