// SPDX-License-Identifier: Apache-2.0
// What is found beside FFR: plaque of the wall, and calcium of a scan without contrast.
#include "ctffr/core/error.hpp"
#include "pipeline/case_run.hpp"

namespace ctffr {

void CaseRun::plaque() {
    if (!inputs_.volume || !segmented_) {
        result_.plaque.why_not = "There is no image in which the wall could be measured.";
        return;
    }
    stage("plaque", "", result_.plaque, [&] {
        return run_plaque(*inputs_.volume, segment_.scan, result_.tree, result_.lumen, result_.ffr,
                          result_.lesions, run_);
    });
}

// A series that cannot be scored costs the score, not the case; one of another patient does.
void CaseRun::calcium_score() {
    if (!inputs_.calcium) return;
    try {
        stage("calcium",
              fmt::format("series = {}\n{}", inputs_.calcium->hash, options_text(request_, "calcium")),
              result_.calcium, [&] {
                  return run_calcium_score(*inputs_.calcium, result_.acquisition, segment_.segmentation,
                                           result_.tree, request_.findings, run_);
              });
    } catch (const Error& error) {
        if (error.code() != ExitCode::input_unsupported && error.code() != ExitCode::input_geometry &&
            error.code() != ExitCode::input_not_ct)
            throw;
        result_.calcium = {};
        result_.calcium.remarks = {error.what()};
        result_.reasons.push_back(fmt::format("There is no calcium score: {}", error.what()));
        run_.warn("{}", result_.reasons.back());
    }
}

}  // namespace ctffr
