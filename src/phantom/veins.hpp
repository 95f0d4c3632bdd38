// SPDX-License-Identifier: Apache-2.0
// The great and middle cardiac veins and the coronary sinus, beside the arteries of the grooves.
#pragma once

#include <cstdint>
#include <vector>

#include "ctffr/data/tree.hpp"
#include "phantom/heart_anatomy.hpp"
#include "phantom/implicit.hpp"

namespace ctffr::phantom {

// Least distance (mm) from the blood of a vein to that of an artery, whose wall is within.
inline constexpr double vein_clearance_mm = 1.2;

// Veins in LPS mm. They are pushed off the arteries of `tree`, and end where there is no room.
std::vector<Tube> make_veins(const HeartAnatomy& heart, const CoronaryTree& tree, std::uint64_t seed);

}  // namespace ctffr::phantom
