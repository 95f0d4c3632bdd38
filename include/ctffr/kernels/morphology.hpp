// SPDX-License-Identifier: Apache-2.0
// Kernels on masks, and the reading of HU volumes onto working grids.
#pragma once

#include <cstdint>

#include "ctffr/core/vec3.hpp"
#include "ctffr/data/image.hpp"
#include "ctffr/parallel/array.hpp"
#include "ctffr/parallel/exec.hpp"

namespace ctffr::kernels {

// Trilinear values of an HU volume at the voxels of `to`, each the mean of samples^3 points spread over the
// voxel (use 2 or more where `to` is coarser than `from`); `outside` beyond the edge.
template <class Exec>
void resample_hu(const Exec& exec, const ImageGeometry& from, View<const std::int16_t> in,
                 const ImageGeometry& to, int samples, float outside, View<float> out);

// Euclidean distance (mm) from every voxel centre to the nearest voxel with mask != 0, exact up to reach_mm
// and reach_mm beyond. `scratch` and `out` hold size.count() values.
template <class Exec>
void distance_to_mask(const Exec& exec, Int3 size, Vec3 spacing_mm, double reach_mm,
                      View<const std::uint8_t> mask, View<float> scratch, View<float> out);

}  // namespace ctffr::kernels
