// SPDX-License-Identifier: Apache-2.0
// The image as the heart network sees it: the heart box at 0.8 mm. Training and inference read it with this
// code.
#pragma once

#include "ctffr/core/run.hpp"
#include "ctffr/data/image.hpp"
#include "imaging/grid.hpp"

namespace ctffr::imaging {

inline constexpr double heart_spacing_mm = 0.8;

// The grid of the network in `box`, cut to the image so that every voxel lies wholly within it.
ImageGeometry heart_grid(const Box& box, const ImageGeometry& image);

// HU on such a grid. Each voxel is the mean over its own extent, so that detail and noise too fine for the
// grid are averaged out and not folded into it.
ScalarGrid heart_image(const Volume& volume, const ImageGeometry& grid, const Run& run);

// Variance (mm2) of the blur that heart_image adds along an axis of the volume with this spacing, where the
// volume's finest spacing is `finest_mm`: averaging over the voxel, and reading between the volume's voxels.
double heart_image_blur_mm2(double spacing_mm, double finest_mm);

}  // namespace ctffr::imaging
