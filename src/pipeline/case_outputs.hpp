// SPDX-License-Identifier: Apache-2.0
// The files that a finished or failed case leaves beside case.h5 and run.log.
#pragma once

#include <optional>

#include "ctffr/core/run.hpp"
#include "ctffr/data/result.hpp"
#include "ctffr/io/result_json.hpp"
#include "ctffr/pipeline/output_folder.hpp"

namespace ctffr {

// centerline.vtp, lumen.vtp and, when `labels` is given, segmentation.nii.gz with the coronaries painted in.
void write_geometry(const OutputFolder& folder, const CaseResult& result, const Segmentation* labels,
                    const Run& run);
// Removes the outputs of an earlier run, result.json first: a folder with result.json is always complete.
// `keep_field`: leave flow.vtu, which the caller looks after.
void remove_outputs(const OutputFolder& folder, bool keep_field = false);
// A result.json of state `rejected` and nothing else of a result.
void write_rejection(const OutputFolder& folder, CaseResult result,
                     const std::optional<ResultFailure>& failure);

}  // namespace ctffr
