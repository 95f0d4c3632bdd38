// SPDX-License-Identifier: Apache-2.0
// Exact distances on a grid: what the heart network is trained to give.
#pragma once

#include <vector>

#include "ctffr/core/run.hpp"
#include "ctffr/data/image.hpp"
#include "ctffr/data/tree.hpp"
#include "imaging/grid.hpp"

namespace ctffr::imaging {

// Signed distance (mm, negative inside, cut at +-reach_mm) to the surface on which `solid` (negative inside)
// is zero. Only the sign and the zero set of `solid` count, it need be no distance. The surface is taken as
// small discs about the places where grid lines cross it: within 0.1 voxels of the true distance where the
// surface is smooth on the scale of the voxels, half a voxel at creases. Grids without a crossing give
// +-reach_mm.
std::vector<float> signed_distance(const ScalarGrid& solid, double reach_mm, const Run& run);

// Distance (mm, cut at reach_mm) to the centerlines of the tree.
std::vector<float> distance_to_tree(const ImageGeometry& grid, const CoronaryTree& tree, double reach_mm,
                                    const Run& run);

// Voxels through which the centerlines of one side pass.
Mask centerline_voxels(const ImageGeometry& grid, const CoronaryTree& tree, Side side);

}  // namespace ctffr::imaging
