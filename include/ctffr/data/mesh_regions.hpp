// SPDX-License-Identifier: Apache-2.0
// Parts of a FlowMesh that no face connects: the left and the right coronary tree.
#pragma once

#include <cstdint>
#include <vector>

#include "ctffr/data/flow_mesh.hpp"

namespace ctffr {

// Region of every cell, numbered in the order of their first cell.
std::vector<std::int32_t> region_of_cells(const FlowMesh& mesh);

// One region as a mesh of its own, with geometry but without points and polygons. Cells and faces keep their
// order; patches without a face in the region are left out.
struct MeshRegion {
    FlowMesh mesh;
    std::vector<std::int32_t> cell, face;  // number in the whole mesh
    std::vector<std::int32_t> patch;
};
MeshRegion extract_region(const FlowMesh& mesh, const std::vector<std::int32_t>& region_of_cell,
                          std::int32_t region);

}  // namespace ctffr
