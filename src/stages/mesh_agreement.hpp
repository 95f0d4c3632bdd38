// SPDX-License-Identifier: Apache-2.0
// Whether a flow mesh is that of its lumen.
#pragma once

#include <vector>

#include "ctffr/core/run.hpp"
#include "ctffr/data/flow_mesh.hpp"
#include "ctffr/data/lumen.hpp"

namespace ctffr {

// Throws Error(mesh_failed) unless every opening of the mesh has the area of its cap within 1 % and the mesh
// the volume of the surface within 0.5 %. `extension_mm`: per cap, how far it has been moved out.
void require_agreement(const FlowMesh& mesh, const LumenSurface& lumen,
                       const std::vector<double>& extension_mm);
// The same for a mesh of one vessel: the caps that it has, and the volume only if it has all of them.
void require_agreement_of_vessel(const FlowMesh& mesh, const LumenSurface& lumen);

// One line about the mesh in the log.
void say_quality(const FlowMesh& mesh, const Run& run);

}  // namespace ctffr
