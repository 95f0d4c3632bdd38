// SPDX-License-Identifier: Apache-2.0
// Harvest of vessel paths from the arrival times of a front: farthest voxel first, as in TEASAR (Sato et al.,
// Pacific Graphics 2000), with rules on gaps.
#pragma once

#include <vector>

#include "ctffr/core/run.hpp"
#include "imaging/fast_marching.hpp"
#include "imaging/grid.hpp"

namespace ctffr::imaging {

struct GrowthOptions {
    double min_branch_mm = 8;       // of a branch outside the lumen of its parent
    double min_radius_mm = 0.6;     // tips thinner than this are cut
    double max_gap_mm = 6;          // longest weak stretch within a path
    double max_start_gap_mm = 2.5;  // longest weak stretch where a branch leaves its parent
    double tip_evidence = 0.5;      // evidence that a path may end on
    double weak_evidence = 0.25;    // below: the stretch is weak
    double max_weak_fraction = 0.3;
    double max_unseen_mm = 25;  // longest stretch that the image shows and the heart network does not
    double max_unseen_fraction = 0.5;
    double max_gap_turn_deg = 45;
    double max_crossing_mm = 35;        // longest weak stretch within a crossing (far_pieces.hpp) ...
    double max_crossing_turn_deg = 75;  // ... over which an artery may turn farther
    double max_gap_radius_ratio = 2;
    double max_blood_drop = 0.2;  // relative fall of the blood over a few mm: there a vein or chamber begins
    double max_blood_rise =
        0.3;  // relative rise, likewise; only up to the blood of the aorta: calcium is brighter
    double max_widening = 1.35;  // of the radius against the widest place upstream
};

// A path from its parent (or a seed) to a tip.
struct GrownPath {
    int parent = -1;         // index of the path it leaves; -1: it starts at a seed
    std::vector<Vec3> line;  // LPS mm; first point: the parent's point or the seed
    double evidence = 0;     // mean along the path
};

// Evidence, radius and (lightly smoothed) HU per voxel of the front's grid. An empty `hu` switches the rules
// on blood off. `evidence` is that of image and heart network together where there is a network, `in_image`
// that of the image alone; without a network they are the same.
struct GrowthField {
    const std::vector<float>& evidence;
    const std::vector<float>& in_image;
    const std::vector<float>& radius_mm;
    const std::vector<float>& hu;
    double blood_hu = 0;             // in the aorta
    double blur_sigma_mm = 0.6;      // of `hu` as a Gaussian: scan and smoothing together
    const Mask* crossing = nullptr;  // voxels of crossings; null: none
};

std::vector<GrownPath> grow_paths(const Front& front, const GrowthField& field, const GrowthOptions& options,
                                  const Run& run);

}  // namespace ctffr::imaging
