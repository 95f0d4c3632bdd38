// SPDX-License-Identifier: Apache-2.0
// Joins the few cells whose faces lie badly between them and their neighbours.
#pragma once

#include <cstdint>
#include <vector>

#include "ctffr/core/run.hpp"
#include "meshing/poly_mesh.hpp"

namespace ctffr::meshing {

struct RepairOptions {
    // A face is bad where it makes more than this with the line between the centres of its cells, or where
    // one of these centres lies on the wrong side of it. Solvers correct for non-orthogonality well below
    // this.
    double limit_deg = 65;
    int rounds = 12;
};

struct Repair {
    std::vector<std::int32_t> group;  // for each cell the lowest cell of its group
    std::int32_t bad_before = 0, bad_after = 0, joined = 0;
};

// Each cell of a bad face tries to join each neighbour; the join that gains most is taken if it gains enough.
// Cells without volume count as bad too. Round by round, until nothing is left to gain.
Repair repair(const PolyMesh& mesh, const RepairOptions& options, const Run& run);

}  // namespace ctffr::meshing
