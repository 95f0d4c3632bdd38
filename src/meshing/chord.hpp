// SPDX-License-Identifier: Apache-2.0
// Volume and sections of a mesh whose wall faces are flat.
#pragma once

#include <cstdint>
#include <vector>

#include "ctffr/core/run.hpp"
#include "meshing/implicit_lumen.hpp"
#include "meshing/poly_mesh.hpp"
#include "meshing/wall_layers.hpp"

namespace ctffr::meshing {

// With its points on a curved wall a mesh is too small by about (spacing / radius)^2. Moves each wall point
// out by the mean depth of its faces below the wall (on the rim of an opening: of the edges of the rim),
// which leaves an error of fourth order for volume and sections.
void compensate_chords(PolyMesh& mesh, const WallLayers& walls, const ImplicitLumen& lumen,
                       const std::vector<std::int32_t>& opening_of_point, const Run& run);

}  // namespace ctffr::meshing
