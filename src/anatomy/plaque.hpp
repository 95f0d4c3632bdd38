// SPDX-License-Identifier: Apache-2.0
// Plaque in the wall of a measured lumen: volumes by attenuation, per lesion, deposit and segment.
#pragma once

#include <functional>
#include <vector>

#include "anatomy/reference_sections.hpp"
#include "anatomy/vessel_wall.hpp"
#include "ctffr/data/flow.hpp"
#include "ctffr/data/lumen.hpp"
#include "ctffr/data/plaque.hpp"

namespace ctffr {

// The image as the plaque sees it.
struct PlaqueImage {
    std::function<double(Vec3 lps_mm)> hu;          // interpolated
    std::function<double(Vec3)> blur_sd_mm;         // of the image along a unit direction (LPS)
    double blood_hu = 0, noise_sd_hu = 0, kvp = 0;  // of the aorta; kvp 0: not known
};

// Class borders for a tube voltage (docs/theory/plaque.md): that of calcium follows its attenuation.
PlaqueThresholds plaque_thresholds(double kvp);

// Blood in the lumen at every section, HU: a straight line along the way from the ostium per coronary tree,
// fitted to sections wide enough for the blur not to reach their middle. [branch][point]
std::vector<std::vector<double>> blood_along(const CoronaryTree& tree, const LumenSurface& lumen,
                                             const PlaqueImage& image);

// `wall` and `sections` of the same tree and lumen. The share of blood and surroundings that the blur mixes
// into a sample is taken off (docs/theory/plaque.md). Deterministic.
PlaqueReport measure_plaque(const CoronaryTree& tree, const LumenSurface& lumen,
                            const SectionMeasures& sections,
                            const std::vector<std::vector<double>>& reference_mm, const VesselWall& wall,
                            const std::vector<Lesion>& lesions, const PlaqueImage& image);

}  // namespace ctffr
