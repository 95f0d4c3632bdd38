// SPDX-License-Identifier: Apache-2.0
// Working grids of equal spacing along the LPS axes, and sampling of volumes at points.
#pragma once

#include <cstdint>
#include <vector>

#include "ctffr/core/run.hpp"
#include "ctffr/core/vec3.hpp"
#include "ctffr/data/image.hpp"

namespace ctffr::imaging {

using Mask = std::vector<std::uint8_t>;  // one value per voxel, 0 or 1

// Values on a grid whose axes are x, y, z of LPS with equal spacing.
struct ScalarGrid {
    ImageGeometry geometry;
    std::vector<float> values;  // i fastest

    double spacing_mm() const { return geometry.spacing_mm.x; }
    Vec3 position(Index voxel) const;
    // Voxel that holds the point; -1 outside.
    Index voxel_at(Vec3 lps_mm) const;
    // Trilinear value at a point; the nearest border value outside.
    double at(Vec3 lps_mm) const;
};

inline std::size_t as_size(Index i) { return static_cast<std::size_t>(i); }

struct Box {
    Vec3 low, high;  // LPS mm
};

// The box of all voxel centres of a volume.
Box bounding_box(const ImageGeometry& geometry);
ImageGeometry grid_geometry(const Box& box, double spacing_mm);

// HU of the volume on a working grid; `samples`^3 points are averaged per voxel.
ScalarGrid resample(const Volume& volume, const ImageGeometry& to, int samples, const Run& run);
// The grid convolved with a Gaussian (zero sigma: a copy).
ScalarGrid gaussian(const ScalarGrid& grid, double sigma_mm, const Run& run);
// Normalised taps w[0..radius] of a Gaussian sampled at the voxels, cut at 4 sigma.
std::vector<float> gaussian_weights(double sigma_voxels);
// Distance (mm, at most reach_mm) from every voxel to the mask.
std::vector<float> distance_to(const ImageGeometry& geometry, const Mask& mask, double reach_mm,
                               const Run& run);
// Opening with a ball: what is left of the mask after erosion and dilation by `radius_mm`.
Mask opened(const ImageGeometry& geometry, const Mask& mask, double radius_mm, const Run& run);
Mask dilated(const ImageGeometry& geometry, const Mask& mask, double radius_mm, const Run& run);

// 6-connected components of a mask: label 1.. per voxel (0 outside), ordered by the first voxel, and their
// sizes.
struct Components {
    std::vector<std::int32_t> label;
    std::vector<Index> size;  // size[c] for label c; size[0] = 0
};
Components connected_components(Int3 size, const Mask& mask);

// Trilinear HU at a point of the input volume (border values outside).
double sample_hu(const Volume& volume, Vec3 lps_mm);

double median_of(std::vector<double> values);              // 0 for none
double quantile_of(std::vector<double> values, double q);  // q in 0..1; 0 for none

}  // namespace ctffr::imaging
