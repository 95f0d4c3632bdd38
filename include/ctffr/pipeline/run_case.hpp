// SPDX-License-Identifier: Apache-2.0
// The whole way of one case: read, segment, centerline, lumen, boundary, solve, ffr, report, with resume.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "ctffr/core/error.hpp"
#include "ctffr/core/run.hpp"
#include "ctffr/data/result.hpp"
#include "ctffr/pipeline/request.hpp"

namespace ctffr {

// Moments the caller may want to know about (the log file lives in the output folder). All may be empty.
struct CaseHooks {
    std::function<void()> folder_ready;  // the output folder exists and is locked
    std::function<void()> stage_finished;
    std::function<void(const Error* failure)>
        closing;  // the last moment under the lock; null when all went well
};

// Names of the stages in order, as in the case file and in `timings_s`.
const std::vector<std::string>& stage_names();

// Runs a case and leaves everything of docs/stages/results.md in `request.out`. Finished stages of an earlier
// run with the same inputs, options and version are taken from case.h5. A case that the quality gate rejects
// comes back with state `rejected`. Every failure is an Error; failures of the case itself (not of the
// folder, the request or the user's patience) also leave a result.json of state `rejected` that says why and
// holds no FFR.
CaseResult run_case(const RunRequest& request, const Run& run, const CaseHooks& hooks = {});

// The request stored in a case folder, for the commands that redo a stage; `out` is set.
RunRequest stored_request(const std::filesystem::path& case_folder);

}  // namespace ctffr
