// SPDX-License-Identifier: Apache-2.0
// How much every voxel of the heart box looks like the inside of a coronary artery.
#pragma once

#include <cstdint>
#include <vector>

#include "ctffr/core/run.hpp"
#include "ctffr/data/quality.hpp"
#include "imaging/grid.hpp"

namespace ctffr::imaging {

struct Vesselness {
    ImageGeometry geometry;
    std::vector<float> evidence;   // 0..1 per voxel: tube-like, closed cross-section, blood-like
    std::vector<float> radius_mm;  // from rays to the wall; 0 where there is no evidence
    std::vector<float> speed;      // of the front: evidence, highest on the axis, never 0 except in walls
};

struct VesselnessOptions {
    std::vector<double> sigmas_mm{0.5, 0.75, 1.1, 1.6, 2.2};  // radius 0.7 to 3.1 mm at sigma = r / sqrt 2
    double weak_speed = 0.02;                                 // of voxels without evidence
    double calcium_speed = 0.1;  // of the densest calcium against blood in the same place
    double reach_mm = 4.5;       // largest radius of an artery
    double along_tube_mm = 1.0;  // sigma of the averaging along tubes in noisy images
};

// A noisy image with less noise: where a bright tube is seen, the mean along its direction, which takes noise
// but neither contrast nor width from a thin vessel; elsewhere, and in calcium, the values of `smoothed` (the
// image smoothed evenly).
ScalarGrid averaged_along_tubes(const ScalarGrid& image, const ScalarGrid& smoothed, const Mask& blocked,
                                const ScanModel& scan, const VesselnessOptions& options, const Run& run);

// Evidence of `image` (HU, equal spacing). Voxels of `blocked` (chambers, aorta) are walls.
Vesselness find_vessels(const ScalarGrid& image, const Mask& blocked, const ScanModel& scan,
                        const VesselnessOptions& options, const Run& run);

}  // namespace ctffr::imaging
