// SPDX-License-Identifier: Apache-2.0
// Curve skeleton of a mask: thinning that never changes the topology.
#pragma once

#include "ctffr/core/vec3.hpp"
#include "imaging/grid.hpp"

namespace ctffr::imaging {

// True when taking the middle voxel away changes no topology (26-connected mask, 6-connected background):
// the mask's voxels around it are one 26-component, and the background's among its 18 neighbours that touch
// it by a face are one 6-component (Malandain and Bertrand, "Fast characterization of 3D simple points",
// ICPR 1992). Bit i + 3 j + 9 k of `around` is the voxel at offset (i - 1, j - 1, k - 1).
bool is_simple(std::uint32_t around);

// The skeleton of `mask` (size.count() values, not 0 inside): layers are peeled off from six directions in
// turn, voxel by voxel, each only when it is simple and not the end of a line (as Lee, Kashyap and Chu,
// CVGIP: Graphical Models and Image Processing 56 (1994)). Loops, cavities and components are kept.
Mask skeleton_of(Int3 size, const Mask& mask);

}  // namespace ctffr::imaging
