// SPDX-License-Identifier: Apache-2.0
// Sections measured on a user's surface or mask instead of fitted to an image.
#pragma once

#include <string>
#include <vector>

#include "ctffr/core/run.hpp"
#include "ctffr/data/image.hpp"
#include "ctffr/data/lumen.hpp"
#include "ctffr/data/tree.hpp"

namespace ctffr::lumen {

struct Measured {
    LumenSurface lumen;
    CoronaryTree tree;
    std::vector<std::string> remarks;
};

// Rays from the centerline to the triangles. Duplicate points are welded, an inside-out surface is turned,
// open ends are closed by planar fans, flat ends of a closed surface are recognised; each becomes a cap at
// the nearest end of the tree. Throws Error(lumen_failed) when the surface cannot be closed or hardly any
// section of the tree is inside it.
Measured measure_surface(const TriangleMesh& surface, const CoronaryTree& tree, int angles, const Run& run);

// Rays to the half level of the mask smoothed by half a voxel; the shrinkage of the smoothing is taken off
// again. Uses the labels coronary_left / coronary_right where the mask has them, else every non-zero value.
// Throws Error(lumen_failed) when hardly any section of the tree is inside the mask. The mesh is left empty.
Measured measure_mask(const Segmentation& mask, const CoronaryTree& tree, int angles, const Run& run);

// Completes raw ray lengths (< 0: none) of all sections of a branch: outliers and missing rays are marked
// open and interpolated around the section, empty sections along the branch. Returns the number of sections
// with data.
int complete_sections(std::vector<LumenSection>& sections, const std::vector<std::vector<double>>& raw_mm);

}  // namespace ctffr::lumen
