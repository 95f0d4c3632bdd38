// SPDX-License-Identifier: Apache-2.0
// The ascending aorta: bright round discs stacked from the root upwards.
#pragma once

#include <vector>

#include "ctffr/core/run.hpp"
#include "ctffr/data/heart.hpp"
#include "imaging/grid.hpp"

namespace ctffr::imaging {

// A round bright disc in an axial slice or an oblique plane.
struct Disc {
    Vec3 center_lps_mm;
    double radius_mm = 0;  // median over the rays
    double roundness = 0;  // fraction of rays that meet the wall near that radius
    double closed = 0;     // fraction of rays that meet a wall at all
    double mean_hu = 0;    // of the middle
};

struct DiscOptions {
    double min_radius_mm = 9, max_radius_mm = 26;
    double min_hu = 180;  // of the blood
};

// A chain of discs in consecutive axial slices, from the top of the body downwards.
struct DiscChain {
    std::vector<Disc> discs;
    double score = 0;
    double top_mm() const { return discs.front().center_lps_mm.z; }
    double bottom_mm() const { return discs.back().center_lps_mm.z; }
};

// The disc around `start` in the plane with unit normal `normal`; the centre is moved to the circle of the
// wall points. roundness 0 when the middle is not blood.
Disc fit_disc(const ScalarGrid& grid, Vec3 start_lps_mm, Vec3 normal, const DiscOptions& options);

// All long chains of round discs (aorta up and down, pulmonary trunk, caval vein), best first. `grid`: about
// 1 mm.
std::vector<DiscChain> find_disc_chains(const ScalarGrid& grid, const DiscOptions& options, const Run& run);

// Index of the chain that is the ascending aorta: among the bright ones the longest and widest that does not
// lie behind the others (there is the descending aorta). -1 when there is none.
int choose_ascending(const std::vector<DiscChain>& chains);
// Whether most of the points lie within the aorta by its signed distance (mm, negative inside); points
// outside that grid do not count.
bool mostly_within(const ScalarGrid& aorta_mm, const std::vector<Vec3>& points);
// The same among the chains whose discs lie mostly within the aorta. -1 when there is none.
int choose_ascending(const std::vector<DiscChain>& chains, const ScalarGrid& aorta_mm);

// Sections at right angles to the axis, one per mm, from the annulus upwards, with the centre of the sinuses.
struct AorticRoot {
    std::vector<AortaSection> sections;
    Vec3 axis, sinus_center_lps_mm;
    double sinus_height_mm = 0;  // above the first section
};
AorticRoot trace_root(const ScalarGrid& grid, const DiscChain& ascending, const DiscOptions& options);

}  // namespace ctffr::imaging
