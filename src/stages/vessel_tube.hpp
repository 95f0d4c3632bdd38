// SPDX-License-Identifier: Apache-2.0
// One vessel of a tree as a tube that the swept mesher takes.
#pragma once

#include <string>
#include <vector>

#include "ctffr/data/lumen.hpp"
#include "ctffr/data/tree.hpp"
#include "meshing/swept_mesh.hpp"

namespace ctffr {

// The sections along `branches` (ids, each the parent of the next), LPS mm: those of the branches joined,
// with frames that turn as little as possible from one to the next, arc_mm from the first. At the joints of
// branches those that cross others are left out. Throws Error(mesh_failed) where sections cross elsewhere:
// the vessel turns there more tightly than it is wide.
std::vector<LumenSection> sections_along(const LumenSurface& lumen, const CoronaryTree& tree,
                                         const std::vector<int>& branches);

// A tube through the sections, in metres, interpolated as the lumen surface is: cubic along the vessel and
// around. `cells_per_diameter`: cells across (core and both rings); their length along the vessel is twice
// their mean width, and behind a throat stays that of the throat as in the octree mesh.
meshing::SweptTube vessel_tube(const std::vector<LumenSection>& sections, double cells_per_diameter);

}  // namespace ctffr
