// SPDX-License-Identifier: Apache-2.0
// The wall between lumen and outer wall: what of it is thicker than a healthy one.
#pragma once

#include <vector>

#include "anatomy/lesion_detect.hpp"
#include "anatomy/reference_sections.hpp"
#include "ctffr/data/lumen.hpp"
#include "ctffr/data/tree.hpp"

namespace ctffr {

// All [branch][point]; empty branches where the lumen has no outer wall.
struct VesselWall {
    std::vector<std::vector<double>> healthy_mm;  // thickness that the wall would have without disease
    // Depth of plaque from the lumen outward, mm, per angle; 0: healthy wall, or not known (open rays).
    std::vector<std::vector<std::vector<float>>> plaque_depth_mm;
    // Degrees of the circumference on which the wall is thicker than the scatter of the measurement explains;
    // `plaque_depth_mm` goes on to thinner plaque beside that.
    std::vector<std::vector<double>> sure_arc_deg;
    // Area within the outer wall, and that over the area of the healthy vessel.
    std::vector<std::vector<double>> outer_area_mm2, remodelling;

    bool known() const { return !healthy_mm.empty(); }
};

// The thickness of the healthy wall is that of docs/theory/lumen.md times one factor of the scan, the median
// over sections without narrowing. Plaque is where a wall, evened out over neighbouring rays and 2 mm of
// vessel, is thicker than that by a margin above the scatter of the measurement; it ends half a healthy wall
// before the outer wall. Without sections that have an outer wall: nothing known.
VesselWall measure_wall(const CoronaryTree& tree, const LumenSurface& lumen, const SectionMeasures& sections,
                        const std::vector<std::vector<double>>& reference_mm);

// Smallest diameter, eccentricity (largest less smallest wall thickness, over the largest) and remodelling
// index (mean over 2 mm) at the throat of a lesion; NaN what is not known.
void measure_throat(const CoronaryTree& tree, const LumenSurface& lumen, const VesselWall& wall,
                    Lesion& lesion);

}  // namespace ctffr
