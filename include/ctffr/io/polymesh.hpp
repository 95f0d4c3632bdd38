// SPDX-License-Identifier: Apache-2.0
// Meshes in OpenFOAM's polyMesh format (ascii, plain or .gz).
#pragma once

#include <filesystem>

#include "ctffr/data/flow_mesh.hpp"

namespace ctffr {

// Reads a polyMesh folder (points, faces, owner, neighbour, boundary). Patch kinds: "wall" -> wall,
// "symmetry*" -> symmetry, a name that begins with "inlet" -> inlet, every other patch -> outlet. Geometry is
// computed. Throws Error(input_missing | input_unreadable | mesh_failed) naming the file.
FlowMesh read_polymesh(const std::filesystem::path& folder);

// Writes the five files, ascii, numbers with 17 digits.
void write_polymesh(const std::filesystem::path& folder, const FlowMesh& mesh);

}  // namespace ctffr
