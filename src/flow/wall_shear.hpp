// SPDX-License-Identifier: Apache-2.0
// Viscous traction of the flow on its walls.
#pragma once

#include <vector>

#include "ctffr/data/flow_mesh.hpp"

namespace ctffr {

// Three values a boundary face (mesh order), Pa: traction along the wall at rest, mu du_t/dn from the
// parabola through the wall and the cell with the cell's slope, which is exact for developed flow; 0 on
// openings. `state`: u, v, w, p of each cell; `gradient`: 12 a cell (3 c + a: component c along axis a);
// `viscosity`: one a cell or one for all, Pa s.
std::vector<float> wall_shear(const FlowMesh& mesh, const std::vector<double>& state,
                              const std::vector<float>& gradient, const std::vector<float>& viscosity);

}  // namespace ctffr
