// SPDX-License-Identifier: Apache-2.0
// Kernels of the lumen fit: spline interpolation of the image on cross-sections, and the blurred contour.
#pragma once

#include <cstdint>

#include "ctffr/core/vec3.hpp"
#include "ctffr/data/image.hpp"
#include "ctffr/parallel/array.hpp"
#include "ctffr/parallel/exec.hpp"

namespace ctffr::kernels {

// Replaces samples by the coefficients of the interpolating cubic B-spline along axis 0, 1 or 2, mirrored at
// the edges. Source: Unser, Aldroubi, Eden, "B-spline signal processing: part II", IEEE Trans. Signal
// Process. 41 (1993).
template <class Exec>
void spline_coefficients(const Exec& exec, Int3 size, int axis, View<float> data);

// A plane in which rays are sampled: unit vectors span it.
struct SectionPlane {
    Vec3 center_lps_mm, normal, binormal;
};

// out[(section * angles + a) * steps + j] = spline value at center + rho (cos phi normal + sin phi binormal),
// phi = 2 pi a / angles, rho = (j + 1/2) step_mm. Points outside the image get `outside`.
template <class Exec>
void sample_rays(const Exec& exec, const ImageGeometry& geometry, View<const float> coefficients,
                 View<const SectionPlane> planes, int angles, int steps, double step_mm, float outside,
                 View<float> out);

// A lumen contour and an outer wall contour as Fourier series about the section centre, and the in-plane
// blur.
struct BlurredSection {
    static constexpr int harmonics = 3, terms = 2 * harmonics + 1, outer_terms = 3;
    // Terms in the order 1, cos, sin, cos 2, sin 2, cos 3, sin 3.
    float radius_mm[terms], outer_mm[outer_terms];
    // Inverse Cholesky factor of the in-plane covariance: (u, v) -> (whiten[0] u, whiten[1] u + whiten[2] v).
    float whiten[3];
    std::int32_t steps = 0;   // samples wanted along each ray of this section; the rest is left alone
    std::int32_t nodes = 32;  // quadrature points around, a multiple of 8, at most max_nodes
    static constexpr int max_nodes = 96;
};
// Values per sample: inside fraction, its derivatives by the 7 radius terms, the same for the outer contour
// (3 terms).
inline constexpr int blurred_values = 1 + BlurredSection::terms + 1 + BlurredSection::outer_terms;

// Fraction of the Gaussian around each ray sample that falls inside the contours (samples as in sample_rays).
// out[((section * angles + a) * steps + j) * blurred_values + k]. By Stokes' theorem the fraction is the
// closed line integral of (1 - exp(-d^2/2)) / (2 pi d^2) cross(y - x, dy) in whitened coordinates, d = |y -
// x|; smooth and periodic, so the trapezoidal rule converges spectrally.
template <class Exec>
void blurred_contours(const Exec& exec, View<const BlurredSection> sections, int angles, int steps,
                      double step_mm, View<float> out);

}  // namespace ctffr::kernels
