// SPDX-License-Identifier: Apache-2.0
// What the coronary arteries (lumen, wall, plaque, stents) are at a point: exact implicit functions for the
// renderer.
#pragma once

#include <memory>
#include <vector>

#include "ctffr/core/vec3.hpp"
#include "ctffr/data/image.hpp"

namespace ctffr::phantom {

class VesselField {
   public:
    struct Sample {
        double lumen_mm = 1e9;  // signed distance to the lumen surface, negative inside
        double wall_mm = 1e9;   // signed distance to the outer wall
        double hu = 0;          // attenuation before the scanner: blood, plaque, calcium, stent or wall
        Label label = Label::background;
    };
    virtual ~VesselField() = default;
    // False when `p` is outside every vessel wall: the renderer then takes the background tissue.
    // Thread-safe.
    virtual bool sample(Vec3 p, Sample& out) const = 0;
    // Spheres (centre, radius) that together cover all vessels with their walls, so that a renderer can find
    // the voxels it must integrate.
    struct Ball {
        Vec3 center_lps_mm;
        double radius_mm = 0;
    };
    virtual std::vector<Ball> cover() const = 0;
};

}  // namespace ctffr::phantom
