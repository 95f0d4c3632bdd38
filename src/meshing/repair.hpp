// SPDX-License-Identifier: Apache-2.0
// Joins the few cells whose faces lie badly between them and their neighbours.
#pragma once

#include <cstdint>
#include <vector>

#include "ctffr/core/run.hpp"
#include "meshing/poly_mesh.hpp"

namespace ctffr::meshing {

struct Repair {
    std::vector<std::int32_t> group;  // for each cell the lowest cell of its group
    std::int32_t bad_faces = 0, joined = 0;
};

// A face is bad where it makes more than `limit_deg` with the line between the centres of its cells, or where
// one of these centres lies on the wrong side of it; a cell is bad when its volume is not positive. Each bad
// cell tries to join each neighbour; the join that gains most is taken if it gains enough.
Repair repair(const PolyMesh& mesh, double limit_deg, const Run& run);

}  // namespace ctffr::meshing
