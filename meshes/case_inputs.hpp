// SPDX-License-Identifier: Apache-2.0
// Meshes and inflow of the cases on which solvers are compared.
#pragma once

#include <string>
#include <vector>

#include "ctffr/data/flow_mesh.hpp"

namespace ctffr {

// A recipe (stenosis:LEVEL, pipe:LEVEL, bend:LEVEL, nozzle:LEVEL), an octree mesh of the same stenosis or of
// the stenosed tree (octree-stenosis:CELLS_PER_DIAMETER, octree-tree:CELLS_PER_DIAMETER), or a mesh file.
// Throws Error(usage).
FlowMesh mesh_of(const std::string& text);

// Speed into the mesh at each face of an inlet: parabolic over the circle of radius R about its middle, the
// discrete flux exactly mean * pi * R^2. `radius_m` 0: R is that of the outermost rim point, which octree
// meshes have outside the circle, so that their area is right.
struct Inflow {
    Vec3 direction;
    std::vector<double> speed_m_s;
};
Inflow parabola(const FlowMesh& mesh, const FlowPatch& inlet, double mean_m_s, double radius_m = 0);

}  // namespace ctffr
