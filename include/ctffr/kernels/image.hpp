// SPDX-License-Identifier: Apache-2.0
// Kernels that walk volumes. Each is a template on Exec, instantiated for Cpu by g++ and for Cuda by nvcc.
#pragma once

#include <cstdint>

#include "ctffr/core/vec3.hpp"
#include "ctffr/data/image.hpp"
#include "ctffr/parallel/array.hpp"
#include "ctffr/parallel/exec.hpp"

namespace ctffr::kernels {

// out = in convolved along axis 0, 1 or 2 with the symmetric taps h[-radius..radius] (weights[0] is the
// centre), edge voxels repeated. `in` and `out` hold size.count() values and must not overlap.
template <class Exec>
void convolve_axis(const Exec& exec, Int3 size, int axis, View<const float> weights, View<const float> in,
                   View<float> out);

// out = trilinear interpolation of `in` (geometry `from`) at the voxel centres of `to`; `outside` beyond the
// edge.
template <class Exec>
void resample(const Exec& exec, const ImageGeometry& from, View<const float> in, const ImageGeometry& to,
              float outside, View<float> out);

}  // namespace ctffr::kernels
