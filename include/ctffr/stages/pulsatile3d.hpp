// SPDX-License-Identifier: Apache-2.0
// Stage: steady 3-D solution -> 3-D flow over a heart beat (docs/theory/pulsatile-flow.md).
#pragma once

#include <vector>

#include "ctffr/core/run.hpp"
#include "ctffr/data/flow.hpp"
#include "ctffr/data/flow_mesh.hpp"
#include "ctffr/data/lumen.hpp"
#include "ctffr/data/pulsatile.hpp"
#include "ctffr/data/tree.hpp"
#include "ctffr/stages/pulsatile.hpp"

namespace ctffr {

struct Beat3dOptions {
    double cells_per_diameter = 8;  // of the mesh of the beat
    // Time steps of a beat; 0: as many as keep the fastest blood of the network's beat from crossing more
    // than `courant` cells in one, at least 200.
    int steps = 0;
    double courant = 40;
    int max_cycles = 6;  // beats until two agree
    // Change of pressure and flow at the openings from beat to beat over their range.
    double tolerance = 3e-3;
};

// `mesh`: of this lumen, that of `options`; `solution`: the steady 3-D one. The network's beat (`network`)
// gives the start of flow and beds. Its failure, a step without solution and beats that do not agree are a
// status with a note and without numbers. `field_centres`: places (m) where the mean field is wanted.
// Otherwise as run_pulsatile; also throws Error(mesh_failed) when mesh and problem do not fit.
PulsatileFlow run_pulsatile_3d(const CoronaryTree& tree, const LumenSurface& lumen, const FlowMesh& mesh,
                               const FlowProblem& problem, const FlowSolution& solution,
                               const std::vector<std::vector<double>>& reference_radius_mm,
                               const std::vector<Lesion>& lesions, const std::vector<Vec3>& field_centres,
                               const BeatOptions& network, const Beat3dOptions& options, const Run& run);

}  // namespace ctffr
