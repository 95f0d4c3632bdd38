// SPDX-License-Identifier: Apache-2.0
// The local time scale of a flow, radius over mean speed, from the velocity gradients alone.
#pragma once

#include <cstdint>
#include <vector>

#include "ctffr/data/flow_mesh.hpp"

namespace ctffr {

// Scale of each cell, s: 8/3 over the mean magnitude of the velocity gradient in the cell's group (in
// developed pipe flow that mean is 8/3 U / R), together with the time R^2 / (8 nu) in which viscosity brings
// flow in a tube of the mean hydraulic radius to a stand. `volume`: m3, one per cell; `gradient`: 12 per cell
// as the kernels give; `group`: of each cell, about half a diameter in size.
std::vector<float> local_time_scale(const std::vector<float>& volume, const std::vector<float>& gradient,
                                    const std::vector<std::int32_t>& group, double kinematic_viscosity,
                                    double hydraulic_radius);

// Twice the volume over the area of the walls, m: the mean radius of tubes. Without walls the cube root of
// the volume.
double hydraulic_radius(const FlowMesh& mesh);

// Level of a multigrid hierarchy whose groups are about half a diameter long: `rows` of each level, `volume`
// of the mesh (m3), `radius` of its tubes (m).
int scale_level(const std::vector<Index>& rows, double volume, double radius);

}  // namespace ctffr
