// SPDX-License-Identifier: Apache-2.0
// `result.json`: the contract that scripts, plugins and evaluations read (docs/stages/results.md,
// docs/result.schema.json).
#pragma once

#include <optional>
#include <string>

#include "ctffr/core/error.hpp"
#include "ctffr/data/result.hpp"

namespace ctffr {

// What the distal value of a vessel is good for, as result.json and the tables of a batch say it.
inline constexpr const char* vessel_value_use = "not for decision alone";

// Value of the field `schema`; changes when a reader of the old one would misread the new one.
inline constexpr const char* result_schema = "ctffr-result-1";
// Of results that are not FFR: the same file with other names for the ratio (docs/theory/flow-states.md).
inline constexpr const char* resting_result_schema = "ctffr-resting-result-1";
inline constexpr const char* exercise_result_schema = "ctffr-exercise-result-1";

// Name of the probability that the ratio of a state is at most its threshold, in VTP files; null without a
// threshold.
const char* ratio_below_array(FlowState state);

// Why and where a run ended without a result.
struct ResultFailure {
    ExitCode code = ExitCode::internal;
    std::string stage;
};

// The whole text of result.json. Numbers that are not finite become null, and `null_reasons` says why a kind
// of number is null. A rejected result has no branches, lesions, vessels or solver numbers, whatever `result`
// holds. The same result gives the same bytes.
std::string result_json(const CaseResult& result, const std::optional<ResultFailure>& failure = {});

}  // namespace ctffr
