// SPDX-License-Identifier: Apache-2.0
// Blood pools of the heart on a coarse grid: aorta, left ventricle with its muscle, and the others.
#pragma once

#include <cstdint>
#include <vector>

#include "ctffr/core/run.hpp"
#include "ctffr/data/heart.hpp"
#include "ctffr/data/quality.hpp"
#include "imaging/aorta.hpp"
#include "imaging/grid.hpp"

namespace ctffr::imaging {

// Regions of a mask around the maxima of its inner distance map, parted at the necks (watershed of the
// distance transform). Maxima that rise less than `depth_mm` above the pass to a higher one belong to that
// one.
struct Regions {
    std::vector<std::int32_t> label;  // 0 outside the mask
    int count = 0;                    // labels 1..count
    std::vector<float> depth_mm;      // distance of every voxel to the outside of the mask
};
Regions part_at_necks(const ImageGeometry& geometry, const Mask& mask, double depth_mm, double reach_mm,
                      const Run& run);

constexpr double muscle_g_per_mm3 = 1.05e-3;

struct Chambers {
    ImageGeometry geometry;
    Mask blood;  // all contrast-filled pools that hold a ball of a few mm
    std::vector<std::uint8_t>
        labels;  // Label: aorta, lv_cavity, lv_myocardium, left_atrium; others background
    bool lv_found = false;
    Vec3 lv_base_lps_mm, lv_apex_lps_mm;
    double wall_mm = 0, lv_mass_g = 0, myocardium_hu = 0;
};

// `grid`: HU at about 1 mm, lightly smoothed; `scan`: blood and fat known, myocardium a first guess.
Chambers find_chambers(const ScalarGrid& grid, const AorticRoot& root, const ScanModel& scan, const Run& run);

}  // namespace ctffr::imaging
