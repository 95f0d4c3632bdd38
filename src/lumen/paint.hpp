// SPDX-License-Identifier: Apache-2.0
// Coronary labels from the lumen's implicit function.
#pragma once

#include "ctffr/data/image.hpp"
#include "ctffr/data/lumen.hpp"
#include "ctffr/data/tree.hpp"

namespace ctffr::lumen {

// Sets coronary_left / coronary_right in every voxel whose centre lies in the lumen.
void paint(Segmentation& segmentation, const LumenSurface& lumen, const CoronaryTree& tree);

}  // namespace ctffr::lumen
