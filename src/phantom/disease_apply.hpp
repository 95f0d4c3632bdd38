// SPDX-License-Identifier: Apache-2.0
// From courses and lesions to exact tubes: lumen, outer wall, plaque, calcium, stents, blood.
#pragma once

#include <cstdint>
#include <vector>

#include "phantom/disease_plan.hpp"
#include "phantom/tree_layout.hpp"
#include "phantom/tree_plan.hpp"
#include "phantom/vessel_field_tube.hpp"

namespace ctffr::phantom {

struct BloodOptions {
    double aorta_hu = 420;
    double drop_hu_per_10mm = 8;  // along the vessel from the ostium
};

// Narrowing of a lesion at an arc length of its course: 1 at the throat, 0 outside the lesion.
double lesion_envelope(const LesionPlan& lesion, double arc_mm);

// One tube per course, same order.
std::vector<ArteryTube> make_tubes(const std::vector<Course>& courses, const TreePlan& plan,
                                   const std::vector<LesionPlan>& lesions, const BloodOptions& blood,
                                   std::uint64_t seed);

}  // namespace ctffr::phantom
