// SPDX-License-Identifier: Apache-2.0
// The local time scale of a flow, radius over mean speed, from the velocity gradients alone.
#pragma once

#include <cstdint>
#include <vector>

#include "ctffr/data/flow_mesh.hpp"
#include "ctffr/linear/multigrid.hpp"
#include "ctffr/parallel/array.hpp"

namespace ctffr {

// Scale of each cell: 8/3 over the mean magnitude of the velocity gradient in the cell's group (in developed
// pipe flow that mean is 8/3 U / R), together with the time R^2 / (8 nu) in which viscosity brings flow in a
// tube of the mean hydraulic radius to a stand. Groups are rows of a multigrid level, about half a diameter
// in size.
template <class Exec>
class LocalTimeScale {
   public:
    // `volume`: m3, one per cell; `radius`: the hydraulic one, m; the scale is multiplied by `factor`.
    LocalTimeScale(const Exec& exec, linear::Multigrid<Exec>& multigrid, View<const float> volume,
                   double kinematic_viscosity, double radius, double factor);

    // Puts 1 / scale, 1/s, into `rate`, for velocity gradients as the kernels give them (12 per cell).
    // Returns the mean of |log(rate / what it was)|.
    double update(linear::Multigrid<Exec>& multigrid, View<const float> gradient, View<float> rate);

   private:
    Exec exec_;
    View<const float> volume_;
    double viscous_rate_, factor_;
    int level_;
    Array<std::int32_t, Exec> group_;
    Array<float, Exec> extent_, sum_, whole_;
};

// Twice the volume over the area of the walls, m: the mean radius of tubes. Without walls the cube root of
// the volume.
double hydraulic_radius(const FlowMesh& mesh);

}  // namespace ctffr
