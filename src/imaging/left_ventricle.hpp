// SPDX-License-Identifier: Apache-2.0
// The left ventricle as the heart network sees it.
#pragma once

#include <optional>

#include "imaging/heart_maps.hpp"

namespace ctffr::imaging {

struct LeftVentricle {
    double mass_g = 0;              // of its muscle, septum included, papillary muscles not
    Vec3 base_lps_mm, apex_lps_mm;  // ends of the long axis: plane of the valves, outer surface
};

// Measured between the zero levels of the maps of its blood and its outer surface. `root_lps_mm`: the aortic
// root, which tells base from apex. Nothing when the surfaces do not look like a ventricle (its size is
// impossible, or it has no long axis).
std::optional<LeftVentricle> left_ventricle(const HeartMaps& maps, Vec3 root_lps_mm);

}  // namespace ctffr::imaging
