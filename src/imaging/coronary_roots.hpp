// SPDX-License-Identifier: Apache-2.0
// Which of the paths that leave the aorta are the left and the right coronary tree.
#pragma once

#include <string>
#include <vector>

#include "imaging/coronaries.hpp"

namespace ctffr::imaging {

// The paths below the chosen ostia, parents before children.
struct Trees {
    std::vector<GrownPath> paths;
    std::vector<Side> side;  // per path
    std::vector<std::string> remarks;
};

// The best left and the best right tree, and a second left one where LAD and LCX leave the aorta side by
// side. `maps`: null without the heart network. Throws Error(anatomy_not_found) when none is long enough.
Trees trees_of(const std::vector<GrownPath>& grown, const Vesselness& vessels, const HeartFrame& heart,
               const HeartMaps* maps, const CoronaryOptions& options, const Run& run);

}  // namespace ctffr::imaging
