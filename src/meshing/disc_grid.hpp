// SPDX-License-Identifier: Apache-2.0
// The O-grid of a unit disc.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace ctffr::meshing {

struct DiscGrid {
    std::vector<std::array<double, 2>>
        points;  // the last ones, 4 * core of them, are the rim, from -135 degrees
    std::vector<std::array<std::int32_t, 4>> quads;  // counter-clockwise
};

// core x core cells within four arcs through the core's corners (at `corner` radii on the diagonals) and the
// middles of its sides (at `side` radii on the axes), and ring x 4 core cells from there to the rim.
DiscGrid disc_grid(int core, int ring, double ring_expansion, double corner, double side);

}  // namespace ctffr::meshing
