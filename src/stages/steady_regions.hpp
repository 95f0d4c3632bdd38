// SPDX-License-Identifier: Apache-2.0
// The 3-D flow on a whole mesh: its regions (left and right tree) solved one by one and put together, and the
// way from a coarse mesh to a finer one.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "ctffr/core/run.hpp"
#include "ctffr/data/flow.hpp"
#include "ctffr/data/flow_mesh.hpp"
#include "ctffr/data/lumen.hpp"
#include "ctffr/data/tree.hpp"
#include "ctffr/data/tree_place.hpp"
#include "ctffr/stages/flow3d.hpp"
#include "flow/flow_system.hpp"
#include "stages/steady_conditions.hpp"

namespace ctffr {

// A mesh with what the flow problem says about it. Refers to the mesh, which must outlive it.
struct MeshProblem {
    const FlowMesh& mesh;
    PatchRoles roles;
    WallLeak leak;
    std::vector<FlowCondition> conditions;
    std::vector<TreePlace> place_of_cell;

    MeshProblem(const FlowMesh& mesh, const LumenSurface& lumen, const CoronaryTree& tree,
                const FlowProblem& problem, const Run& run);
};

// What the solution of a region on one mesh tells about that on a finer one.
struct RegionHint {
    // Largest momentum residual times the root of the cells, N: the same on similar meshes of any spacing.
    double residual_scale = 0;
    bool from_first_order = false;  // convection of second order had no solution
};
using RegionHints = std::map<std::string, RegionHint>;  // by the name of the region's inlet

struct MeshFlow {
    std::vector<double> state;          // u, v, w, p of each cell
    std::vector<OpeningState> opening;  // per patch; the wall's outflow is the sum over the regions
    std::vector<float> shear;           // three a boundary face, Pa
    std::vector<double> leak_flow;      // per wall face, m3/s
    std::vector<float> gradient;  // where asked for: [12 cell + 3 component + axis], of the state, per metre
    FlowSolution summary;         // status, residuals and errors: the worst of the regions; no pressures
    RegionHints hints;
};

// `start`: u, v, w, p of each cell, or empty for a start from the potential flow. `coarse`: hints of
// the solution on a similar mesh from which `start` was made, or empty. Throws Error(not_converged) when a
// region has no solution.
MeshFlow solve_regions(const MeshProblem& on, const std::vector<double>& start, const RegionHints& coarse,
                       bool keep_gradient, const FlowProblem& problem, const SteadyFlowOptions& options,
                       const Run& run);

// u, v, w, p of every cell of `mesh` from the nearest cell of the coarse mesh and its gradient.
std::vector<double> field_from_coarse(const FlowMesh& mesh, const FlowMesh& coarse, const MeshFlow& flow,
                                      const Run& run);

}  // namespace ctffr
