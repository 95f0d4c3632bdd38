// SPDX-License-Identifier: Apache-2.0
// Kernels of the virtual patient: painting tissues, exact patches of vessels, and the scanner.
#pragma once

#include <cstdint>

#include "ctffr/core/vec3.hpp"
#include "ctffr/data/image.hpp"
#include "ctffr/parallel/array.hpp"
#include "ctffr/parallel/exec.hpp"

namespace ctffr::kernels {

// One tissue, painted over the ones before it wherever its distance is negative; partial voxels are mixed by
// coverage.
struct TissueLayer {
    int field = 0;        // which distance field (mm)
    float offset_mm = 0;  // added to the distance: negative grows the solid
    float shell_mm = 0;   // > 0: only a shell of this thickness about the surface
    float hu = 0;
    int texture = -1;        // which field is the texture; -1: none
    float texture_hu = 0;    // attenuation per unit of texture
    std::uint8_t label = 0;  // written where the voxel's centre is inside
};

// Paints `layers` on the grid `fine` (axis-aligned, same axes as `coarse`). `fields` holds field after field
// on the grid `coarse`, which must enclose `fine` and be at most 320 wide; distances are interpolated
// linearly. Surfaces are blurred by a Gaussian of standard deviation `blur_xy_mm` in the slice and
// `blur_z_mm` across, as if flat on that scale. Starts from `background_hu` and label 0.
template <class Exec>
void paint_tissues(const Exec& exec, const ImageGeometry& fine, const ImageGeometry& coarse,
                   View<const float> fields, View<const TissueLayer> layers, float blur_xy_mm,
                   float blur_z_mm, float background_hu, View<float> hu, View<std::uint8_t> labels);

// A voxel in which something small covers the fraction `cover` with mean attenuation `hu`.
struct Patch {
    std::int64_t voxel = 0;
    float cover = 0, hu = 0;
    std::uint8_t label = 0;  // 0: leave the label
};
// Mixes the patches into the image. A voxel may appear once.
template <class Exec>
void apply_patches(const Exec& exec, View<const Patch> patches, View<float> hu, View<std::uint8_t> labels);

// out = a * x + b * y; `out` may be x or y.
template <class Exec>
void mix(const Exec& exec, float a, View<const float> x, float b, View<const float> y, View<float> out);

// out = max(0, in - threshold).
template <class Exec>
void excess(const Exec& exec, float threshold, View<const float> in, View<float> out);

// Standard normal numbers, value n from number n of the stream (single precision Box-Muller on Philox bits).
template <class Exec>
void white_noise(const Exec& exec, std::uint64_t seed, std::uint64_t stream, View<float> out);

// A place that moves in the slice plane while the scanner looks: full amplitude at `center`, falling off as a
// Gaussian.
struct MovingPlace {
    Vec3 center_lps_mm, amplitude_mm;  // the smear is from -amplitude/2 to +amplitude/2
    float reach_mm = 20;
};
// Gathers the image along the motion of `places` (mean of 7 positions) and shifts slice k by (shift_x,
// shift_y, shift_z) [3 k ..] mm. Cubic convolution in place of linear interpolation keeps the sharpness. `in`
// and `out` must differ.
template <class Exec>
void displace(const Exec& exec, const ImageGeometry& geometry, View<const MovingPlace> places,
              View<const float> slice_shift_mm, View<const float> in, View<float> out);

// hu = round(image + sd * noise) in [-1024, 3071]; `sd` is given on the grid `coarse` and interpolated
// linearly.
template <class Exec>
void noisy_hu(const Exec& exec, const ImageGeometry& fine, View<const float> image, View<const float> noise,
              const ImageGeometry& coarse, View<const float> sd, View<std::int16_t> hu);

}  // namespace ctffr::kernels
