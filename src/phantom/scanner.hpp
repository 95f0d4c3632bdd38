// SPDX-License-Identifier: Apache-2.0
// The virtual scanner: sharpness, overshoot, blooming, motion, steps between stacks, noise, whole HU.
#pragma once

#include <cstdint>
#include <vector>

#include "ctffr/core/run.hpp"
#include "ctffr/data/image.hpp"
#include "ctffr/kernels/phantom.hpp"
#include "ctffr/parallel/array.hpp"
#include "phantom/heart_anatomy.hpp"
#include "phantom/patient.hpp"
#include "phantom/render.hpp"

namespace ctffr::phantom {

// In-plane point spread function: (1 + weight) Gauss(narrow) - weight Gauss(wide), of unit sum. Lengths in
// mm.
struct PlanePsf {
    double narrow_sd_mm = 0, wide_sd_mm = 0, weight = 0;
};
// The function whose line spread has the full width `fwhm_mm` at half maximum and whose edge overshoots by
// the fraction `overshoot` of its step.
PlanePsf design_psf(double fwhm_mm, double overshoot);

// In-plane noise filter Gauss(narrow) - weight Gauss(wide): a ramp at low frequency with soft apodisation.
// Its square is the noise power spectrum, which peaks at `peak_per_mm` line pairs per mm.
struct NoiseFilter {
    double narrow_sd_mm = 0, wide_sd_mm = 0, weight = 0;
};
NoiseFilter design_noise(double peak_per_mm);

// Taps h[0..radius] of a Gaussian, unit sum over -radius..radius, with exactly the variance sd_mm^2 on the
// grid.
std::vector<float> gauss_taps(double sd_mm, double spacing_mm);

// What the scanner needs besides the painted image.
struct ScanSetup {
    ImageGeometry geometry;
    DrawnScan scan;
    std::uint64_t seed = 0;
    RenderBlur rendered;  // blur that the painted image has already
    // Of reading the scan onto `geometry`, where that is another grid than the scan's own: image and noise
    // are then those of the scan behind that blur. Blooming alone is taken from the image as blurred so.
    ReadingBlur reading;
    Vec3 aorta_lps_mm;                         // where the noise must have the drawn SD
    std::vector<kernels::MovingPlace> places;  // empty without motion
    ImageGeometry coarse;                      // grid of `relative_sd`
    std::vector<float> relative_sd;            // of the noise, 1 at `aorta_lps_mm`
};

// Relative noise from the rays that cross each point: mean over four directions in the slice of
// exp(attenuation along the line), square root, 1 at `reference_lps_mm`, on the grid `coarse` where `hu` is
// known.
std::vector<float> relative_noise(const ImageGeometry& coarse, const std::vector<float>& hu,
                                  Vec3 reference_lps_mm, const Run& run);

// Turns the painted attenuation (overwritten) into the image. `noise_free`, when given, receives the same
// image without noise.
template <class Exec>
std::vector<std::int16_t> scan_image(const Exec& exec, const ScanSetup& setup, Array<float, Exec> image,
                                     std::vector<std::int16_t>* noise_free, const Run& run);

}  // namespace ctffr::phantom
