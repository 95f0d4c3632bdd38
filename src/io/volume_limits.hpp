// SPDX-License-Identifier: Apache-2.0
// What a CT volume can be. Headers outside these bounds are refused before anything is allocated.
#pragma once

#include <string>

#include "ctffr/core/vec3.hpp"

namespace ctffr {

inline constexpr int largest_side = 8192;                   // voxels along one axis
inline constexpr std::int64_t most_voxels = 1'500'000'000;  // 3 GB of HU
inline constexpr double smallest_spacing_mm = 0.01, largest_spacing_mm = 10;

// Throw Error(input_geometry) naming `where`.
void check_size(Int3 size, const std::string& where);
void check_spacing(double spacing_mm, const std::string& where);

}  // namespace ctffr
