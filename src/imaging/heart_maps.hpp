// SPDX-License-Identifier: Apache-2.0
// What the heart network says of every voxel of the heart box.
#pragma once

#include <algorithm>
#include <array>
#include <vector>

#include "ctffr/data/tree.hpp"
#include "imaging/grid.hpp"

namespace ctffr::imaging {

// Maps on one grid of heart_spacing_mm (heart_image.hpp); each is values [k][j][i].
struct HeartMaps {
    // In the order of the network's outputs; tools/train/heart_data.py holds the same.
    enum Map : std::size_t {
        lumen_left,     // probability of the lumen of the left coronary tree
        lumen_right,    // ... of the right one
        centerline_mm,  // distance to the nearest centerline, up to reach_mm
        aorta_mm,       // signed distances to surfaces, negative inside, up to +-reach_mm: aortic blood,
        lv_blood_mm,    // ... blood of the left ventricle with its papillary muscles,
        lv_outer_mm,    // ... outer surface of its muscle, septum included
        look_alike,     // probability of coronary veins, left atrium, appendage, pulmonary veins
        ostium_left,    // 1 at an ostium, falling as a Gaussian of 2 mm
        ostium_right,
        dense,  // probability of calcium or stent
        count
    };
    static constexpr double reach_mm = 4;
    static constexpr std::array<const char*, count> names{
        "lumen_left",  "lumen_right", "centerline_mm", "aorta_mm",     "lv_blood_mm",
        "lv_outer_mm", "look_alike",  "ostium_left",   "ostium_right", "dense"};

    std::array<ScalarGrid, count> maps;

    bool empty() const { return maps[0].values.empty(); }
    const ImageGeometry& geometry() const { return maps[0].geometry; }
    // Trilinear; the nearest value outside the box.
    double at(Map map, Vec3 lps_mm) const { return maps[map].at(lps_mm); }
    // Probability of any coronary lumen.
    double lumen_at(Vec3 lps_mm) const {
        return std::min(1.0, at(lumen_left, lps_mm) + at(lumen_right, lps_mm));
    }
};

}  // namespace ctffr::imaging
