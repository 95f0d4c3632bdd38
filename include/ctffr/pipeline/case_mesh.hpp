// SPDX-License-Identifier: Apache-2.0
// The flow mesh of a finished lumen as a file of its own.
#pragma once

#include <filesystem>
#include <string>

#include "ctffr/core/run.hpp"
#include "ctffr/pipeline/request.hpp"

namespace ctffr {

// Makes the mesh of the case in `request.out` from its stored lumen with the mesh options of the request, and
// writes it to `path`: format "vtu" (a file, LPS mm) or "foam" (a polyMesh folder, metres). An empty path
// means flow-mesh.vtu or polyMesh in the case folder. With a `vessel`, "LAD" or the number of a branch, it is
// the swept mesh of that vessel (run_swept_mesh), by default flow-mesh-VESSEL.vtu or polyMesh-VESSEL. Nothing
// else of the case changes. Returns the path. Throws Error(input_missing) when the case has no lumen yet,
// Error(usage) for a vessel that the tree does not have.
std::filesystem::path write_case_mesh(const RunRequest& request, const std::string& format,
                                      const std::string& vessel, std::filesystem::path path, const Run& run);

}  // namespace ctffr
