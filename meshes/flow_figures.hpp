// SPDX-License-Identifier: Apache-2.0
// What is read off the flow in a straight tube.
#pragma once

#include <vector>

#include "ctffr/data/flow_mesh.hpp"

namespace ctffr {

// An axis: places along it are dot(point - origin, direction), m.
struct Axis {
    Vec3 origin, direction{0, 0, 1};
};

// Mean axial traction of the wall faces with places in [from, from + width), Pa; 0 where there is none.
// `wall_shear`: of a SteadyResult.
double axial_shear(const FlowMesh& mesh, const std::vector<float>& wall_shear, const Axis& axis, double from,
                   double width);

// The last place in [from, to] where the flow along the wall turns round, found in rings of
// 0.5 mm; 0 where it does not.
double reattachment(const FlowMesh& mesh, const std::vector<float>& wall_shear, const Axis& axis, double from,
                    double to);

}  // namespace ctffr
