// SPDX-License-Identifier: Apache-2.0
// Reading `result.json` back: the tree, FFR and lesions of a run or of a virtual patient's truth.
#pragma once

#include <filesystem>

#include "ctffr/data/result.hpp"

namespace ctffr {

// Fills state, reasons, scan model, tree (points, radii, segments, sides, flags, dominance), FFR map,
// lesions and vessel summaries; all else keeps its default. Numbers that are null become NaN. `path` is the
// file or the folder that holds it. Throws Error(input_missing | input_unreadable) naming the file and the
// field.
CaseResult read_result_json(const std::filesystem::path& path);

}  // namespace ctffr
