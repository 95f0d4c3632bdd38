// SPDX-License-Identifier: Apache-2.0
// Prisms between the surface of the core and the wall.
#pragma once

#include <cstdint>
#include <vector>

#include "ctffr/core/run.hpp"
#include "meshing/implicit_lumen.hpp"
#include "meshing/poly_mesh.hpp"

namespace ctffr::meshing {

struct WallLayers {
    std::vector<std::int32_t> core_cell;  // per prism (cells core_cells ...): the core cell it stands on
    std::int32_t core_cells = 0;
    // Points of the column above base[s]: first_raised + s * layers + l, l = layers - 1 on the wall.
    std::vector<std::int32_t> base;
    std::int32_t first_raised = 0;
    int layers = 0;  // prism k of polygon p is cell core_cells + p * layers + k, k = 0 next to the core
};

// Extrudes every polygon of the core's surface (boundary code wall_code) along the gradient of the lumen
// function to the wall, in `layers` prisms of equal height. Points on an opening (opening_of_point >= 0) stay
// in its plane. Afterwards wall_code stands for the wall. Throws Error(mesh_failed) where the core's surface
// is not closed.
WallLayers add_wall_layers(PolyMesh& mesh, const ImplicitLumen& lumen,
                           std::vector<std::int32_t>& opening_of_point, int layers, const Run& run);

}  // namespace ctffr::meshing
