// SPDX-License-Identifier: Apache-2.0
// From closed surfaces to voxels, and from centerline values to surface points.
#pragma once

#include <cstdint>
#include <vector>

#include "ctffr/core/run.hpp"
#include "ctffr/data/image.hpp"
#include "ctffr/data/lumen.hpp"
#include "ctffr/data/tree.hpp"
#include "ctffr/data/tree_place.hpp"

namespace ctffr {

// A run of voxels [first, last] of row (j, k) whose centres lie inside the surface.
struct InsideRun {
    int j = 0, k = 0, first = 0, last = 0;
};

// The voxels inside a closed surface (winding number not 0), row by row in k, j, i order. Where closed
// surfaces overlap the union counts; the same for any order of triangles.
std::vector<InsideRun> voxels_inside(const TriangleMesh& mesh, const ImageGeometry& geometry);

// Paints the lumen into a label volume: coronary_left or coronary_right by the nearest centerline. Calcium
// and stent voxels stay, as they are not lumen.
void paint_coronaries(const TriangleMesh& mesh, const CoronaryTree& tree, Segmentation& segmentation);

// A mask of the inside of a surface on a grid of `spacing_mm` around it, label coronary_left.
Segmentation mask_of_surface(const TriangleMesh& mesh, double spacing_mm);

// values[branch][point] at these places, linear between centerline points.
std::vector<double> values_at(const std::vector<TreePlace>& places,
                              const std::vector<std::vector<double>>& values);

}  // namespace ctffr
