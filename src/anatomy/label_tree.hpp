// SPDX-License-Identifier: Apache-2.0
// SCCT segment names (Leipsic et al., J Cardiovasc Comput Tomogr 8:342, 2014) by rules on the course of the
// vessels.
#pragma once

#include "ctffr/data/heart.hpp"
#include "ctffr/data/tree.hpp"

namespace ctffr::anatomy {

// Names the segments and the dominance by the best of all readings of the tree together, with the share of
// likelihood that agrees as confidence; what is too unsure stays unknown (docs/theory/labels.md). Branches
// are merged where nothing leaves and split at segment borders. Labels that were there before are not used;
// sides are.
void label_tree(CoronaryTree& tree, const HeartFrame& heart);

}  // namespace ctffr::anatomy
