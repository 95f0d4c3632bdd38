// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "ctffr/data/flow_mesh.hpp"

namespace ctffr {

// The faces of each cell, ascending: face[start[c] .. start[c + 1]).
struct CellFaces {
    std::vector<std::int32_t> start, face;
    explicit CellFaces(const FlowMesh& mesh);
};

}  // namespace ctffr
