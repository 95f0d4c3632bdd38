// SPDX-License-Identifier: Apache-2.0
// The part of the image around the tree, ready for smooth interpolation.
#pragma once

#include <vector>

#include "ctffr/core/run.hpp"
#include "ctffr/data/image.hpp"
#include "ctffr/data/tree.hpp"
#include "ctffr/kernels/lumen.hpp"

namespace ctffr::lumen {

struct ImageWindow {
    ImageGeometry geometry;
    std::vector<float> coefficients;  // cubic B-spline, HU
};

// The box of all centerline points and margin_mm around them. Throws Error(lumen_failed) when the tree lies
// outside the image.
ImageWindow window_around(const Volume& volume, const CoronaryTree& tree, double margin_mm, const Run& run);

// Image values on rays: [plane][angle][step], see kernels::sample_rays.
std::vector<float> sample_planes(const ImageWindow& window, const std::vector<kernels::SectionPlane>& planes,
                                 int angles, int steps, double step_mm, const Run& run);

}  // namespace ctffr::lumen
