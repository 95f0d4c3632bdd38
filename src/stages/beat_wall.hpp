// SPDX-License-Identifier: Apache-2.0
// The wall over a 3-D heart beat: on the lumen surface, and per lesion.
#pragma once

#include <vector>

#include "ctffr/core/run.hpp"
#include "ctffr/data/flow.hpp"
#include "ctffr/data/flow_mesh.hpp"
#include "ctffr/data/lumen.hpp"
#include "ctffr/data/pulsatile.hpp"
#include "ctffr/data/tree.hpp"

namespace ctffr {

// At every point of the surface from the nearest faces of the patch `wall`. `shear`, `shear_vector`: Pa, mean
// magnitude and magnitude of the mean, per face of it.
BeatWall beat_wall(const FlowMesh& mesh, int wall, const std::vector<double>& shear,
                   const std::vector<double>& shear_vector, const TriangleMesh& surface, const Run& run);

// Over the points of the surface that belong to a lesion, and to the 10 mm below it in its branch.
std::vector<BeatLesion> beat_lesions(const std::vector<Lesion>& lesions, const BeatWall& wall,
                                     const TriangleMesh& surface, const CoronaryTree& tree, const Run& run);

}  // namespace ctffr
