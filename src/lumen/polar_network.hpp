// SPDX-License-Identifier: Apache-2.0
// The lumen network on a chain: from sections to one set of numbers per ray.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "ctffr/core/run.hpp"
#include "lumen/polar_sections.hpp"

namespace ctffr::lumen {

// Layout of the network's input and output; tools/train/polar_data.py and polar_net.py hold the same.
struct PolarLayout {
    static constexpr std::size_t channels = 8, outputs = 7;
    // Sections per window, and how many at each end see too little around them to be used.
    static constexpr std::size_t window = 64, margin = 8;
};

// Runs the network on one window: input [channels][window][angles][steps], output [outputs][window][angles].
using PolarNetwork = std::function<std::vector<float>(const std::vector<float>& input)>;

// What the network says of one ray.
struct RayEstimate {
    float radius_mm = 0, outer_mm = 0;       // lumen and outer wall from the section's centre
    float sd_mm = 0, outer_sd_mm = 0;        // standard deviations
    float open = 0, calcium = 0, stent = 0;  // probabilities
};

// Input channels of `count` sections from `first` of the sampled HU [section][angle][step] at `scale`; before
// the first and behind the last section the end sections repeat. Lengths are divided by the scale.
std::vector<float> polar_input(const std::vector<float>& hu, const std::vector<SectionConditions>& conditions,
                               double scale, std::ptrdiff_t first, std::size_t count);

// Throws Error(lumen_failed) when the network answers with numbers that are not finite.
// [section][angle] of a chain's sections, whatever their distances. `blood_hu` per section.
std::vector<RayEstimate> estimate_rays(const ImageWindow& window, const std::vector<FitSection>& sections,
                                       const std::vector<double>& blood_hu, const ScanFacts& scan,
                                       const PolarNetwork& network, const Run& run);

}  // namespace ctffr::lumen
