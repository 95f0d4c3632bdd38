// SPDX-License-Identifier: Apache-2.0
// The fitted lumen as the mesher sees it.
#pragma once

#include <vector>

#include "lumen/lumen_field.hpp"
#include "meshing/implicit_lumen.hpp"

namespace ctffr {

// Union of tubes of a LumenField; openings are the caps of the lumen surface.
class FieldLumen : public meshing::ImplicitLumen {
   public:
    // `extension_mm`: per cap, how far it moves out along its normal.
    FieldLumen(const LumenSurface& lumen, const CoronaryTree& tree, double blend_fraction,
               const std::vector<double>& extension_mm);

    Sample sample(Vec3 p) const override;
    double value(Vec3 p) const override { return field_.value(p); }
    std::vector<meshing::Box> boxes() const override;
    const std::vector<meshing::Opening>& openings() const override { return openings_; }
    bool leaves_through(std::size_t opening, Vec3 p) const override;

   private:
    lumen::LumenField field_;
    std::vector<meshing::Opening> openings_;
    std::vector<int> end_of_opening_;  // index into field_.open_ends()
    struct Widths {
        std::vector<double> arc_mm, width_mm;
    };
    std::vector<Widths> widths_;  // per chain of the field: what the spacing follows
};

}  // namespace ctffr
