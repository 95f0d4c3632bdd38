// SPDX-License-Identifier: Apache-2.0
// Calcium score of a scan without contrast (Agatston et al., JACC 15:827, 1990).
#pragma once

#include <vector>

#include "ctffr/core/run.hpp"
#include "ctffr/data/image.hpp"

namespace ctffr::imaging {

// Lowest attenuation that counts, and that of the weights 2, 3 and 4, for a tube voltage.
struct CalciumThresholds {
    double calcium_hu = 130, weight2_hu = 200, weight3_hu = 300, weight4_hu = 400;
};
// 120 kV, at which the score is defined, also for a voltage that is not known (0); 100 kV: 147 HU (Nakazato
// et al., JCCT 3:394, 2009) and the weights' limits in proportion. Throws Error(input_unsupported) otherwise.
CalciumThresholds calcium_thresholds(double kvp);

// A connected area (8 neighbours) of one slice.
struct CalciumRegion {
    int slice = 0;
    double area_mm2 = 0, volume_mm3 = 0;
    double peak_hu = 0;
    int weight = 1;
    double agatston = 0;   // area * weight * slice distance / 3 mm
    Index peak_voxel = 0;  // the first of its brightest voxels
};

// Thin slices (below 1.5 mm) are averaged to stacks of about 3 mm, the distance at which the score is
// defined.
Volume calcium_slices(const Volume& volume);

// Voxels of `volume` at or above the threshold, by index, in order.
std::vector<Index> bright_voxels(const Volume& volume, const CalciumThresholds& thresholds);
// Regions of at least 1 mm2 among some of the bright voxels (sorted indices), in order of slices.
std::vector<CalciumRegion> calcium_regions(const Volume& volume, const std::vector<Index>& voxels,
                                           const CalciumThresholds& thresholds);

}  // namespace ctffr::imaging
