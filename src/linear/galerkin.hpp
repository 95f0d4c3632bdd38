// SPDX-License-Identifier: Apache-2.0
// Structure of the next coarser matrix of a multigrid hierarchy, made once; new coefficients are then plain
// sums.
#pragma once

#include <cstdint>
#include <vector>

#include "ctffr/linear/multigrid.hpp"

namespace ctffr::linear {

// How the coefficients of a coarse matrix are summed from those of the finer one.
struct Galerkin {
    Pattern pattern;                                 // of the coarse matrix
    std::vector<std::int32_t> entry_start, entry;    // coarse entry <- fine entries
    std::vector<std::int32_t> member_start, member;  // coarse row <- fine rows (their diagonals)
    std::vector<std::int32_t> inner_start, inner;    // coarse diagonal <- fine entries inside the aggregate
};

Galerkin make_galerkin(const Pattern& fine, const Aggregates& groups);

}  // namespace ctffr::linear
