// SPDX-License-Identifier: Apache-2.0
// Areas and volumes of a mesh under construction.
#pragma once

#include <vector>

#include "ctffr/core/run.hpp"
#include "meshing/poly_mesh.hpp"

namespace ctffr::meshing {

// Area vector of a polygon: that of its rim, whatever surface spans it.
Vec3 area_vector(const PolyMesh& mesh, std::int32_t face);
// Volume of each cell (mm3), from pyramids over fans about the mean point of each face.
std::vector<double> cell_volumes(const PolyMesh& mesh, const Run& run);

}  // namespace ctffr::meshing
