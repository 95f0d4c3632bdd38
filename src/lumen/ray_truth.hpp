// SPDX-License-Identifier: Apache-2.0
// Where the rays of a section meet a known lumen: what the lumen network is trained on.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "lumen/fit_chain.hpp"
#include "lumen/lumen_field.hpp"

namespace ctffr::lumen {

// One ray. `known` bits: 1 the lumen radius, 2 wall and flags.
struct RayTruth {
    float radius_mm = 0;  // from the section's centre to the wall of the vessel's own tube
    float cosine = 0;     // of the angle between ray and wall normal: cosine * radial error = distance to the
                          // tangent plane
    float outer_mm = 0;   // to the outer wall
    std::uint8_t known = 0;
    std::uint8_t open = 0;     // the own tube's wall lies inside a branch that is joined here
    std::uint8_t calcium = 0;  // the ray meets calcium between lumen and outer wall
    std::uint8_t stent = 0;
};

// What lies at a point outside the lumen, for outer wall and flags; empty where that is not known.
struct WallSample {
    double wall_mm = 1e9;  // signed distance to the outer wall, negative inside
    bool calcium = false, stent = false;
};
using WallProbe = std::function<WallSample(Vec3 p_lps_mm)>;

// Rays of `section` against chain `chain` of the field, [angle]. A centre outside the tube gives unknown
// rays.
std::vector<RayTruth> trace_rays(const LumenField& field, int chain, const FitSection& section, int angles,
                                 double reach_mm, const WallProbe& wall);

}  // namespace ctffr::lumen
