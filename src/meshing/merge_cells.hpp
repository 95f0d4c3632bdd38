// SPDX-License-Identifier: Apache-2.0
// Small cells join a neighbour.
#pragma once

#include <cstdint>
#include <vector>

#include "ctffr/core/run.hpp"
#include "meshing/poly_mesh.hpp"
#include "meshing/wall_layers.hpp"

namespace ctffr::meshing {

struct MergeOptions {
    double core_volume = 0.2;   // core cells below this part of the local cube join a neighbour
    double column_area = 0.25;  // prism columns on polygons below this part of the local square join one
};

// For each cell the lowest cell of its group. A core cell joins the core cell behind its largest face; all
// prisms of a column join those of the column with the longest common side.
std::vector<std::int32_t> group_small_cells(const PolyMesh& mesh, const WallLayers& walls,
                                            const MergeOptions& options, const Run& run);

}  // namespace ctffr::meshing
