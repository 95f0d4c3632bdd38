// SPDX-License-Identifier: Apache-2.0
// What the heart network says of a tree that was found in the image.
#pragma once

#include <string>
#include <vector>

#include "ctffr/data/tree.hpp"
#include "imaging/heart_maps.hpp"

namespace ctffr {

// True when the network sees enough lumen of both sides to be trusted with the search: on an image unlike
// those it was trained on it may see next to nothing.
bool sees_both_trees(const imaging::HeartMaps& maps);

std::vector<BranchSupport> support_of(const CoronaryTree& tree, const imaging::HeartMaps& maps);

// A sentence for every named segment in which the network sees hardly any artery.
std::vector<std::string> remarks_on_support(const std::vector<BranchSupport>& support);

}  // namespace ctffr
