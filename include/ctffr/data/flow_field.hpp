// SPDX-License-Identifier: Apache-2.0
// The 3-D flow as fields, for files and pictures. SI units.
#pragma once

#include <vector>

namespace ctffr {

// On the cells of a FlowMesh.
struct FlowField {
    std::vector<float> velocity;  // three a cell, m/s
    std::vector<float> pressure;  // one a cell, static, Pa
};

// On the points of the lumen surface; empty where the flow was not solved in 3-D.
struct WallField {
    std::vector<float> pressure;  // static, Pa
    std::vector<float> shear;     // magnitude of the wall shear stress, Pa; mean of the walls around on caps
};

}  // namespace ctffr
