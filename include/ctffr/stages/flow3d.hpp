// SPDX-License-Identifier: Apache-2.0
// Stage: mesh + boundary conditions -> steady 3-D flow, read out along the tree (docs/theory/flow-solver.md).
#pragma once

#include "ctffr/core/run.hpp"
#include "ctffr/data/flow.hpp"
#include "ctffr/data/flow_field.hpp"
#include "ctffr/data/flow_mesh.hpp"
#include "ctffr/data/lumen.hpp"
#include "ctffr/data/tree.hpp"

namespace ctffr {

struct SteadyFlowOptions {
    int max_iterations = 250;
    // Change of pressure (over the aortic pressure, so of FFR) and of flow at any opening over some
    // iterations, and the estimate of what further iterations would still change.
    double tolerance = 2e-4;
    bool start_from_reduced = true;  // else from the potential flow
};

struct SteadyFlow {
    FlowSolution solution;  // model "steady-3d", always converged
    FlowField field;        // on the cells of the mesh
    WallField wall;         // on the points of lumen.mesh
};

// `mesh`: from run_mesh, of this lumen. `reduced`: the network solution of the same problem, the starting
// point; one that has not converged is not used. Unconnected trees are solved one by one. Throws
// Error(mesh_failed) when mesh and problem do not fit, and Error(not_converged) when a tree has no solution:
// there are no numbers then.
SteadyFlow run_solve_steady(const CoronaryTree& tree, const LumenSurface& lumen, const FlowMesh& mesh,
                            const FlowProblem& problem, const FlowSolution& reduced,
                            const SteadyFlowOptions& options, const Run& run);

}  // namespace ctffr
