// SPDX-License-Identifier: Apache-2.0
// From an implicit lumen to a polyhedral flow mesh: an octree core, cut by marching a little inside the wall,
// and prism layers from there to the wall (docs/theory/mesh.md).
#pragma once

#include "ctffr/core/run.hpp"
#include "ctffr/data/flow_mesh.hpp"
#include "meshing/implicit_lumen.hpp"

namespace ctffr::meshing {

struct FlowMeshOptions {
    double cells_per_diameter = 16;  // spacing = local diameter / this, to the nearest power of two
    int layers = 2;                  // prisms between core and wall
    double layer_fraction = 0.8;     // thickness of all layers together over the wanted spacing
};

// The mesh, in metres, patches "wall" and one per opening, checked. Same lumen and options: same bits for any
// number of threads. Throws Error(mesh_failed) naming the place, Error(usage) for options out of range.
FlowMesh build_flow_mesh(const ImplicitLumen& lumen, const FlowMeshOptions& options, const Run& run);

}  // namespace ctffr::meshing
