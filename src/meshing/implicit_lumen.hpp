// SPDX-License-Identifier: Apache-2.0
// What the mesher knows of a lumen: an implicit function with its local width, and the planes where it opens.
#pragma once

#include <string>
#include <vector>

#include "ctffr/core/vec3.hpp"

namespace ctffr::meshing {

// A flat opening. The implicit function must go on beyond the plane as a straight tube.
struct Opening {
    std::string name;  // "inlet_left", "outlet_dLAD", ...
    bool inlet = false;
    Vec3 center_mm, normal;  // outward unit normal
    double radius_mm = 0;    // largest radius of the lumen in the plane
};

struct Box {
    Vec3 low_mm, high_mm;
};

// Thread-safe. Lengths in mm (LPS for a patient).
class ImplicitLumen {
   public:
    struct Sample {
        double value_mm = 0;     // negative inside, zero on the wall, close to a signed distance near it
        double diameter_mm = 0;  // that the spacing follows here (jet_width.hpp); 0: not known (far outside)
        double layer_part = 1;   // of the usual thickness of the wall layers
    };

    virtual ~ImplicitLumen() = default;
    virtual Sample sample(Vec3 p) const = 0;
    virtual double value(Vec3 p) const { return sample(p).value_mm; }
    // Gradient of value() by differences over +-step_mm: a step of the size of the cells also sees the way to
    // the wall on the ridge between two branches, where the function has a kink.
    Vec3 gradient(Vec3 p, double step_mm) const;
    // Boxes that together hold the lumen and its extensions beyond the openings.
    virtual std::vector<Box> boxes() const = 0;
    virtual const std::vector<Opening>& openings() const = 0;
    // Whether a point above the plane of an opening belongs to the tube that leaves there (and not to another
    // tube that passes by). The default knows no other tube.
    virtual bool leaves_through(std::size_t /*opening*/, Vec3 /*p*/) const { return true; }
};

}  // namespace ctffr::meshing
