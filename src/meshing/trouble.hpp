// SPDX-License-Identifier: Apache-2.0
// Places where a mesh came out unsound, and a lumen that asks for thinner layers and finer cells there.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "ctffr/core/error.hpp"
#include "meshing/implicit_lumen.hpp"

namespace ctffr::meshing {

// A mesh that cannot be finished because of single places (mm).
class MeshTrouble : public Error {
   public:
    MeshTrouble(const std::string& message, std::vector<Vec3> places)
        : Error(ExitCode::mesh_failed, message), places_(std::move(places)) {}
    const std::vector<Vec3>& places() const { return places_; }

   private:
    std::vector<Vec3> places_;
};

// Steps of easing a place: each makes layers thinner or cells finer than the lumen asks for.
struct EasedPlace {
    Vec3 at;
    double radius_mm = 0;  // full effect within half of it, none beyond
    int step = 0;          // 1 to most_eased
};
constexpr int most_eased = 3;

// Adds `troubles` to the places: one that is near enough to a known place takes that a step further, others
// become new places, with a radius of a few cells of side `cell_mm` per mm of diameter (0.5 mm where the
// lumen knows no diameter).
void add_troubles(std::vector<EasedPlace>& places, const std::vector<Vec3>& troubles,
                  const ImplicitLumen& lumen, double cell_per_diameter);

// The lumen itself, with another wish for layers and cells around the places.
class EasedLumen : public ImplicitLumen {
   public:
    EasedLumen(const ImplicitLumen& lumen, std::vector<EasedPlace> places)
        : lumen_(lumen), places_(std::move(places)) {}

    Sample sample(Vec3 p) const override;
    double value(Vec3 p) const override { return lumen_.value(p); }
    std::vector<Box> boxes() const override { return lumen_.boxes(); }
    const std::vector<Opening>& openings() const override { return lumen_.openings(); }
    bool leaves_through(std::size_t opening, Vec3 p) const override {
        return lumen_.leaves_through(opening, p);
    }

   private:
    const ImplicitLumen& lumen_;
    std::vector<EasedPlace> places_;
};

}  // namespace ctffr::meshing
