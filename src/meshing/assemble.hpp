// SPDX-License-Identifier: Apache-2.0
// From the mesh under construction to the FlowMesh that solvers use.
#pragma once

#include <cstdint>
#include <vector>

#include "ctffr/core/run.hpp"
#include "ctffr/data/flow_mesh.hpp"
#include "meshing/implicit_lumen.hpp"
#include "meshing/poly_mesh.hpp"

namespace ctffr::meshing {

// Cells with the same `group` (the lowest cell of the group) become one. Cells are numbered by ascending
// `order` of that cell (equal: by cell), faces by owner and neighbour, boundary faces by patch: "wall", then
// the openings. Cells of regions without an inlet are left out. Points in metres, geometry computed. Throws
// Error(mesh_failed) when nothing is left or an opening has no face.
FlowMesh assemble(const PolyMesh& mesh, const std::vector<std::int32_t>& order,
                  const std::vector<Opening>& openings, const Run& run);

}  // namespace ctffr::meshing
