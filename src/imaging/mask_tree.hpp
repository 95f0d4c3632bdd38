// SPDX-License-Identifier: Apache-2.0
// Paths of the vessels in a user's mask of the coronary lumen.
#pragma once

#include <string>
#include <vector>

#include "ctffr/core/run.hpp"
#include "ctffr/data/heart.hpp"
#include "ctffr/data/image.hpp"
#include "imaging/grid.hpp"
#include "imaging/tree_growth.hpp"

namespace ctffr::imaging {

struct MaskPaths {
    std::vector<GrownPath> paths;  // parents before children
    std::vector<Side> side;
    std::vector<Ostium> ostia;
    ScalarGrid field;              // mask minus one half, lightly smoothed: positive inside
    std::vector<std::string> remarks;
};

// Speed grows with the distance to the wall, so that paths keep to the axis. Each component is rooted where it comes
// nearest to the aorta; without `heart`, at its thickest end. Labels coronary_left and coronary_right give the sides;
// other non-zero values leave the side to the position relative to the aorta, or left when that is not known.
// Throws Error(anatomy_not_found) for an empty mask.
MaskPaths find_mask_paths(const Segmentation& mask, const HeartFrame& heart, const GrowthOptions& growth, const Run& run);

}  // namespace ctffr::imaging
