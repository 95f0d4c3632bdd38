// SPDX-License-Identifier: Apache-2.0
// Cuts a polyhedral mesh along a level set given at its points.
#pragma once

#include <cstdint>
#include <vector>

#include "ctffr/core/run.hpp"
#include "meshing/poly_mesh.hpp"

namespace ctffr::meshing {

// Keeps what lies where `value` < 0. Points of value exactly 0 lie on the cut; elsewhere an edge is cut where
// the linear interpolation vanishes (one new point per edge, shared by all). How a face is cut depends on the
// face alone, so cells on both sides agree and the result is closed. A cell whose inside falls into several
// pieces becomes several cells. Faces along the cut get code_of_point of the points they came from. `value`
// and `code_of_point` are extended to the new points (value 0). Order of cells and faces is kept.
void clip(PolyMesh& mesh, std::vector<double>& value, std::vector<std::int32_t>& code_of_point,
          const Run& run);

}  // namespace ctffr::meshing
