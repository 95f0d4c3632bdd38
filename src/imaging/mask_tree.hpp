// SPDX-License-Identifier: Apache-2.0
// Vessel paths inside a given mask of the coronary lumen.
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
    std::vector<Side> side;        // per path
    std::vector<Ostium> ostia;     // one per root path
    ScalarGrid field;              // positive inside the mask, zero at half its level
    std::vector<std::string> remarks;
};

// Grows a tree in every connected piece of the mask along its middle (front speed = squared depth). Roots:
// where a piece comes nearest to the aorta when `heart` has one (pieces away from it are left out, with a
// remark), else its thickest end. Sides: from the labels coronary_left and coronary_right; any other label is
// the left system when its root lies to the left of the middle of all pieces. Throws Error(anatomy_not_found)
// for an empty mask.
MaskPaths find_paths_in_mask(const Segmentation& mask, const HeartFrame& heart, const GrowthOptions& options,
                             const Run& run);

}  // namespace ctffr::imaging
