// SPDX-License-Identifier: Apache-2.0
// Cross-sections of a chain in polar coordinates, as the lumen network sees them.
#pragma once

#include <cstddef>
#include <vector>

#include "ctffr/core/run.hpp"
#include "lumen/fit_chain.hpp"
#include "lumen/image_window.hpp"
#include "lumen/ray_data.hpp"

namespace ctffr::lumen {

// Sampling of one section at scale 1: 32 rays of 32 samples. A scale k stretches everything (step, distance
// of sections, blur, radii) by k, so that a vessel too wide for the grid fits.
struct PolarGrid {
    static constexpr std::size_t angles = 32, steps = 32, samples = angles * steps;
    static constexpr double step_mm = 0.15, section_mm = 0.5;
};

// What is known of the scan at a section before anything is fitted. In the plane of the section, lengths in
// mm.
struct SectionConditions {
    double blood_hu = 400;          // expected here
    double noise_hu = 20;           // in the image
    double uu = 0, uv = 0, vv = 0;  // covariance of the point spread along normal and binormal (mm2)
    double along_mm = 0;            // its standard deviation along the tangent
};

SectionConditions conditions_of(const FitSection& section, const ImageGeometry& geometry,
                                const ScanFacts& scan, double blood_hu);

// HU on the rays of all sections of a chain, [section][angle][step], at scale k.
std::vector<float> sample_polar(const ImageWindow& window, const std::vector<FitSection>& sections,
                                double scale, const Run& run);

}  // namespace ctffr::lumen
