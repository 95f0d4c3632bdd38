// SPDX-License-Identifier: Apache-2.0
// Kernels that say how much a voxel looks like the axis of a bright tube.
#pragma once

#include <cstdint>

#include "ctffr/core/vec3.hpp"
#include "ctffr/data/image.hpp"
#include "ctffr/parallel/array.hpp"
#include "ctffr/parallel/exec.hpp"

namespace ctffr::kernels {

// Best tube response of a voxel over the scales tried so far, with the scale and the direction of the tube.
struct TubeResponse {
    float response =
        0;  // 1 on the axis of a straight tube of unit contrast at its best scale, 0 for edges and plates
    float sigma_mm = 0;
    float direction[3] = {0, 0, 0};
};

// Tube response of `smoothed` (the image convolved with a Gaussian of sigma_mm) at the listed voxels, kept in
// `best` where it is larger. Hessian by central differences on the grid of equal `spacing_mm` along the axes.
// A disc of contrast C and radius r gives sigma^2 |second derivative| = C u exp(-u), u = r^2 / (2 sigma^2),
// which is largest (C / e) at sigma = r / sqrt 2; so response = e sigma^2 |lambda_2| / C, with lambda_2 the
// second largest eigenvalue by magnitude, both large ones negative. Voxels on the border of the grid get no
// response.
template <class Exec>
void tube_response(const Exec& exec, Int3 size, double spacing_mm, double sigma_mm, double contrast,
                   View<const float> smoothed, View<const std::int32_t> voxels, View<TubeResponse> best);

// Mean of `image` along the tube through each listed voxel: Gaussian weights of `sigma_mm` over +-2 sigma
// along best[i].direction, in steps of half a voxel spacing; the value of the voxel itself where no tube was
// found.
template <class Exec>
void mean_along_tube(const Exec& exec, Int3 size, double spacing_mm, double sigma_mm, View<const float> image,
                     View<const std::int32_t> voxels, View<const TubeResponse> best, View<float> mean);

// What rays from a voxel to the wall of a tube find, in the plane at right angles to the tube.
struct RaySection {
    float closed = 0;     // fraction of the rays that meet the wall within the reach
    float balance = 0;    // mean of shorter/longer over opposite closed rays: 1 in the centre, 0 at the wall
    float radius_mm = 0;  // area-equivalent radius over the closed rays
};

struct RayOptions {
    int rays = 16;  // even
    double reach_mm = 3.5, step_mm = 0.25;
    double background_hu = 100;  // tissue around vessels; the wall is half way between it and the centre
    double blood_hu = 400;       // centre values above (calcium) count as blood
};

// Casts the rays of the listed voxels of `image` (grid of equal `spacing_mm`) around best[i].direction.
template <class Exec>
void ray_sections(const Exec& exec, Int3 size, double spacing_mm, const RayOptions& options,
                  View<const float> image, View<const std::int32_t> voxels, View<const TubeResponse> best,
                  View<RaySection> sections);

}  // namespace ctffr::kernels
