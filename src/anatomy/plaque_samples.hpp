// SPDX-License-Identifier: Apache-2.0
// What the plaque of each section is made of: samples of the image within the wall.
#pragma once

#include <vector>

#include "anatomy/plaque.hpp"

namespace ctffr {

struct SectionPlaque {
    PlaqueVolumes volumes;
    double calcium_arc_deg = 0;  // of the circumference
};

// Sections `first` to `last` of a branch, in order. `depth_mm` [section][angle] is the plaque's, `blood_hu`
// that of the lumen beside it.
std::vector<SectionPlaque> plaque_of_sections(const Branch& branch, const std::vector<LumenSection>& sections,
                                              const std::vector<std::vector<float>>& depth_mm,
                                              const std::vector<double>& blood_hu,
                                              const PlaqueThresholds& thresholds, const PlaqueImage& image,
                                              std::size_t first, std::size_t last);

}  // namespace ctffr
