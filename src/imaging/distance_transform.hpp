// SPDX-License-Identifier: Apache-2.0
// Exact Euclidean distance from every voxel to a mask, without a limit on the distance. (Where a few
// millimetres suffice, `distance_to` of imaging/grid.hpp is cheaper and runs on the GPU.)
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ctffr/core/run.hpp"
#include "ctffr/core/vec3.hpp"

namespace ctffr::imaging {

// Distance (mm, between voxel centres, rounded to float) from every voxel to the nearest one with mask != 0;
// infinity everywhere when there is none. `mask` holds size.count() values, i fastest. Work is linear in the
// number of voxels. Throws Error(internal) when the sizes do not agree.
std::vector<float> distance_transform(Int3 size, Vec3 spacing_mm, std::span<const std::uint8_t> mask,
                                      const Run& run);

}  // namespace ctffr::imaging
