// SPDX-License-Identifier: Apache-2.0
// Stage: lumen + tree -> polyhedral mesh for the 3-D flow solver.
#pragma once

#include <vector>

#include "ctffr/core/run.hpp"
#include "ctffr/data/flow_mesh.hpp"
#include "ctffr/data/lumen.hpp"
#include "ctffr/data/tree.hpp"

namespace ctffr {

struct MeshOptions {
    double cells_per_diameter = 16;  // spacing = local diameter / this, to the nearest power of two
    int layers = 2;                  // prism layers along the wall
    double layer_fraction = 0.8;     // thickness of all layers together over the spacing
    double blend_fraction =
        0.3;  // as in LumenOptions: the mesh must have the same bifurcations as the surface
    // An opening nearer than two diameters to a bifurcation is moved out by this many of its diameters, as a
    // straight tube; 0: openings stay where the lumen ends.
    double cap_extension_diameters = 0;
};

// The mesh, in metres, patches "wall" and one per cap of the lumen with its name. Its volume agrees with the
// surface within 0.5 % and its openings with the caps within 1 %; otherwise, and where no sound mesh can be
// made, throws Error(mesh_failed) that names the place.
FlowMesh run_mesh(const LumenSurface& lumen, const CoronaryTree& tree, const MeshOptions& options,
                  const Run& run);

// The independent cross-check of run_mesh: a hexahedral O-grid swept through the sections of one vessel, in
// metres. `branches`: ids from one with a parentless start down, each the parent of the next (CoronaryTree::
// path_to); what leaves the vessel on its way is wall. Patches: inlet and outlet with the names of their caps
// ("outlet" where the vessel goes on), and "wall". Of the options only cells_per_diameter counts: cells
// across, narrower towards the wall. Throws Error(mesh_failed) naming the place where sections cross or the
// openings differ from the caps by more than 1 %, the volume of a tree of this one vessel by more than 0.5 %.
FlowMesh run_swept_mesh(const LumenSurface& lumen, const CoronaryTree& tree, const std::vector<int>& branches,
                        const MeshOptions& options, const Run& run);

}  // namespace ctffr
