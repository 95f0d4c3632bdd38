// SPDX-License-Identifier: Apache-2.0
// What the boundary faces of a mesh are: from names, or from their shape where nothing names them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ctffr/data/flow_mesh.hpp"

namespace ctffr {

// "inlet*", "inflow*" -> inlet; "outlet*", "outflow*" -> outlet; "wall*", "lumen*" -> wall; "sym*", "empty*",
// "frontAndBack" -> symmetry, in any case of letters; other names say nothing.
std::optional<FlowPatch::Kind> kind_from_name(const std::string& name);

// Sorts the boundary faces into `patches` (kinds and names given; counts are filled in): entry i of
// `patch_of_face` is for face internal_faces() + i. Patches without faces are dropped.
void regroup_boundary(FlowMesh& mesh, const std::vector<std::int32_t>& patch_of_face,
                      std::vector<FlowPatch> patches);

// Splits a boundary that nothing names: flat ends become cap_1, cap_2 ... by falling area, the rest is wall.
// Throws Error(mesh_failed) when there are fewer than two caps.
void patches_from_shape(FlowMesh& mesh);

// Gives kinds to the patches: `inlet` (may be empty) names the inlet; then names decide, and for names that
// say nothing a flat patch is an outlet and any other wall. When that leaves no inlet, the largest outlet
// that its name does not call one becomes it. Throws Error(mesh_failed) when `inlet` names no patch.
void settle_patch_kinds(FlowMesh& mesh, const std::string& inlet);

// Forgets points that no face uses.
void drop_unused_points(FlowMesh& mesh);

}  // namespace ctffr
