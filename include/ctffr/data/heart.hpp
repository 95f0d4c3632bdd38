// SPDX-License-Identifier: Apache-2.0
// Where the heart is in the image: aorta, left ventricle, axes. Frame LPS, mm.
#pragma once

#include <vector>

#include "ctffr/core/vec3.hpp"
#include "ctffr/data/tree.hpp"

namespace ctffr {

// A cross-section of the ascending aorta.
struct AortaSection {
    Vec3 center_lps_mm;
    double radius_mm = 0;
};

struct HeartFrame {
    std::vector<AortaSection> aorta;  // from the root (aortic valve) upwards
    Vec3 aorta_axis{0, 0, 1};         // unit, along the ascending aorta away from the heart
    Vec3 root_center_lps_mm;          // centre of the sinuses
    bool lv_found = false;
    Vec3 lv_base_lps_mm, lv_apex_lps_mm;  // ends of the LV long axis
    double lv_mass_g = 0;                 // 1.05 g/mL x segmented myocardium; 0 when not found
};

// A coronary ostium found in the image.
struct Ostium {
    Side side = Side::left;
    Vec3 position_lps_mm;   // on the aortic wall
    double confidence = 0;  // 0..1
};

}  // namespace ctffr
