// SPDX-License-Identifier: Apache-2.0
// Stage: mesh + boundary conditions -> steady 3-D flow, read out along the tree (docs/theory/flow-solver.md).
#pragma once

#include <optional>

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
    // Solve first on a mesh of `coarse_spacing` times the spacing: the start of the finer solution, and the
    // difference of the two shows the error of the mesh.
    bool coarse_first = true;
    static constexpr double coarse_spacing = 2;
};

struct SteadyFlow {
    FlowSolution solution;  // model "steady-3d", always converged
    FlowField field;        // on the cells of the mesh
    WallField wall;         // on the points of lumen.mesh
};

// `mesh`: from run_mesh, of this lumen. `coarse_mesh`: the same with a coarser spacing, or none: then there
// is no estimate of the error of the mesh; nor is there one when the flow does not converge on it. `reduced`:
// the network solution of the same problem, the starting point; one that has not converged is not used.
// Unconnected trees are solved one by one. Throws Error(mesh_failed) when mesh and problem do not fit, and
// Error(not_converged) when a tree has no solution: there are no numbers then.
SteadyFlow run_solve_steady(const CoronaryTree& tree, const LumenSurface& lumen, const FlowMesh& mesh,
                            std::optional<FlowMesh> coarse_mesh, const FlowProblem& problem,
                            const FlowSolution& reduced, const SteadyFlowOptions& options, const Run& run);

}  // namespace ctffr
