// SPDX-License-Identifier: Apache-2.0
// Joins cells into groups and the faces between two groups into one polygon.
#pragma once

#include <cstdint>
#include <vector>

#include "ctffr/core/run.hpp"
#include "meshing/poly_mesh.hpp"

namespace ctffr::meshing {

// Every cell becomes the cell `group[cell]` (the lowest cell of its group; numbers are kept, the others are
// left without faces). Faces inside a group vanish. Faces with the same two cells, or the same cell and
// boundary code, become one polygon where they hang together in one simple loop and are nearly flat. Faces
// are sorted by owner and neighbour, the lower cell being the owner; boundary faces follow, by code and cell.
PolyMesh merge_faces(PolyMesh mesh, const std::vector<std::int32_t>& group, const Run& run);

}  // namespace ctffr::meshing
