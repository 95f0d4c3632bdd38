// SPDX-License-Identifier: Apache-2.0
// What the 3-D flow gets from the flow problem: a condition for every patch, and a first guess of the field.
#pragma once

#include <vector>

#include "ctffr/core/run.hpp"
#include "ctffr/data/flow.hpp"
#include "ctffr/data/flow_mesh.hpp"
#include "ctffr/data/lumen.hpp"
#include "ctffr/data/mesh_regions.hpp"
#include "ctffr/data/tree.hpp"
#include "ctffr/data/tree_place.hpp"
#include "flow/fv_mesh.hpp"

namespace ctffr {

// Side branches that CT does not show, on the wall faces of a mesh. Values per face of the wall patch.
struct WallLeak {
    std::vector<float> conductance;  // m/(s Pa): normal velocity over pressure above venous
    std::vector<TreePlace> place;
};

// Patches of the mesh by what they are; outlet[o] is the patch of problem.outlets[o], -1 where the lumen has
// no opening at that end.
struct PatchRoles {
    int wall = -1;
    std::vector<int> inlet, outlet;
};
// Throws Error(mesh_failed) for an opening that the problem does not know.
PatchRoles patch_roles(const FlowMesh& mesh, const LumenSurface& lumen, const FlowProblem& problem);

// The leak before a centerline point is shared, by area, by the wall faces of that stretch; of a stretch with
// hardly a face (inside a larger vessel) it goes to the next stretch of the branch that has a wall of its
// own, or to the branch upstream.
WallLeak wall_leak(const FlowMesh& mesh, const PatchRoles& roles, const CoronaryTree& tree,
                   const FlowProblem& problem, const Run& run);

// One per patch. Blood at rest in the aorta enters with a flat profile and loses half a velocity head.
std::vector<FlowCondition> flow_conditions(const FlowMesh& mesh, const PatchRoles& roles,
                                           const FlowProblem& problem, const WallLeak& leak);
// The conditions of one region of the mesh.
std::vector<FlowCondition> conditions_of(const MeshRegion& region, const FlowMesh& mesh,
                                         const std::vector<FlowCondition>& conditions);

// u, v, w, p of every cell from a solution along the tree: a parabola across, linear along.
std::vector<double> field_along(const FlowMesh& mesh, const std::vector<TreePlace>& place_of_cell,
                                const CoronaryTree& tree, const FlowSolution& solution);

}  // namespace ctffr
