// SPDX-License-Identifier: Apache-2.0
#include "imaging/heart_image.hpp"

#include <algorithm>
#include <cmath>

namespace ctffr::imaging {

namespace {

double finest_of(const ImageGeometry& image) {
    return std::min({image.spacing_mm.x, image.spacing_mm.y, image.spacing_mm.z});
}

// Points per axis over a voxel of the network: no farther apart than 1.5 voxels of the image.
int points_per_axis(double finest_mm) {
    return std::clamp(static_cast<int>(std::ceil(heart_spacing_mm / (1.5 * finest_mm))), 2, 6);
}

}  // namespace

ImageGeometry heart_grid(const Box& box, const ImageGeometry& image) {
    Box inner = bounding_box(image);
    for (int a = 0; a < 3; ++a) {
        inner.low[a] = std::max(box.low[a], inner.low[a] + 0.5 * heart_spacing_mm);
        inner.high[a] = std::min(box.high[a], inner.high[a] - 0.5 * heart_spacing_mm);
    }
    return grid_geometry(inner, heart_spacing_mm);
}

ScalarGrid heart_image(const Volume& volume, const ImageGeometry& grid, const Run& run) {
    return resample(volume, grid, points_per_axis(finest_of(volume.geometry)), run);
}

double heart_image_blur_mm2(double spacing_mm, double finest_mm) {
    const double n = points_per_axis(finest_mm);
    // Evenly spaced points over the voxel; linear interpolation is a triangle of variance spacing^2 / 6.
    return heart_spacing_mm * heart_spacing_mm / 12 * (1 - 1 / (n * n)) + spacing_mm * spacing_mm / 6;
}

}  // namespace ctffr::imaging
