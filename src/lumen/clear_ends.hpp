// SPDX-License-Identifier: Apache-2.0
// Sections near an opening that reach beyond its plane.
#pragma once

#include <vector>

#include "ctffr/data/lumen.hpp"
#include "ctffr/data/tree.hpp"

namespace ctffr::lumen {

// A vessel that bends more sharply at its end than it is wide has sections there whose contours pass through
// the plane of the opening: the union of the tube's pieces would bulge out beside the cap, and no plane could
// cut it off. Such sections within three radii of an open end (start of a root, end of a leaf) are left out;
// the tube then runs smoothly from the end section to the first one that is clear of the plane. Ends of
// branches always stay.
void clear_ends(std::vector<LumenBranch>& branches, const CoronaryTree& tree);

}  // namespace ctffr::lumen
