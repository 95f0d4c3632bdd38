// SPDX-License-Identifier: Apache-2.0
// The field of a whole coronary tree: smooth union of tubes, found through a grid of cells.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "phantom/vessel_field.hpp"
#include "phantom/vessel_field_tube.hpp"

namespace ctffr::phantom {

// Union of lumens with a smooth fillet at bifurcations: polynomial smooth minimum
// min(a, b) - max(k - |a - b|, 0)^2 / (4 k) with k = 0.3 times the smaller lumen radius; outer walls
// likewise.
class TubeField : public VesselField {
   public:
    // `in_aorta` (may be empty) is true where aortic blood takes the place of the vessel wall at the ostia.
    TubeField(std::vector<ArteryTube> tubes, std::function<bool(Vec3)> in_aorta);

    bool sample(Vec3 p, Sample& out) const override;
    std::vector<Ball> cover() const override;

    const std::vector<ArteryTube>& tubes() const { return tubes_; }
    // Signed distance to the lumen of all tubes but one; 1e9 far from them.
    double other_lumen_mm(Vec3 p, int tube) const;

   private:
    struct Candidate {
        std::int32_t tube = 0, station = 0;
    };
    struct Found {
        const Candidate* first = nullptr;
        const Candidate* last = nullptr;
    };
    Found candidates(Vec3 p) const;
    void build_grid();

    std::vector<ArteryTube> tubes_;
    std::function<bool(Vec3)> in_aorta_;
    Vec3 grid_origin_;
    Int3 grid_size_;
    std::vector<std::int32_t> cell_of_grid_;  // index into cell_start_, -1: nothing near
    std::vector<std::int32_t> cell_start_;
    std::vector<Candidate> candidates_;
};

}  // namespace ctffr::phantom
