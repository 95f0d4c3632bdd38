// SPDX-License-Identifier: Apache-2.0
// The octree as a polyhedral mesh of cubes, with the function along which it is to be cut.
#pragma once

#include <vector>

#include "ctffr/core/run.hpp"
#include "meshing/octree.hpp"
#include "meshing/poly_mesh.hpp"

namespace ctffr::meshing {

struct CoreMesh {
    PolyMesh mesh;  // one cell per octree leaf with a corner inside, coarse faces split where needed
    std::vector<double>
        depth;  // per point: below 0 inside the core, 0 on its surface (snapped), above 0 outside
    std::vector<float>
        layer_mm;  // per point: thickness the wall layers shall have there; 0: far from the wall
};

struct CoreOptions {
    double cells_per_diameter = 16;
    double layer_fraction = 0.8;  // thickness of all wall layers together over the wanted spacing
    double snap_fraction =
        0.25;  // points nearer to the core's surface than this (in cells) are moved onto it
};

CoreMesh make_core(const ImplicitLumen& lumen, const Octree& octree, const CoreOptions& options,
                   const Run& run);

}  // namespace ctffr::meshing
