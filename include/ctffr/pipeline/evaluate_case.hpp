// SPDX-License-Identifier: Apache-2.0
// `ctffr evaluate` on files: reads a run and a truth, compares, writes.
#pragma once

#include <filesystem>
#include <string>

#include "ctffr/core/run.hpp"
#include "ctffr/stages/evaluate.hpp"

namespace ctffr {

// Value of the field `schema` of the JSON file (docs/evaluation.schema.json).
inline constexpr const char* evaluation_schema = "ctffr-evaluation-1";

// What is compared of a folder (or of the folder of a result.json): result.json, lumen.vtp, and labels.nii.gz
// or segmentation.nii.gz. Only result.json must be there; a missing file is named in `remarks`, and its
// figures are left out. Throws Error(input_missing | input_unreadable) as read_result_json does, and
// input_unreadable when the result is a rejected case or holds no tree.
EvaluationSide read_evaluation_side(const std::filesystem::path& path, std::vector<std::string>& remarks);

struct EvaluateRequest {
    std::filesystem::path result, truth;
    std::string case_name = "case";
    std::filesystem::path json;  // written when not empty
    EvaluateOptions options;
};
Evaluation run_evaluate_case(const EvaluateRequest& request, const Run& run);

std::string evaluation_json(const Evaluation& evaluation, const std::string& case_name);

}  // namespace ctffr
