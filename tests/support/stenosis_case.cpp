// SPDX-License-Identifier: Apache-2.0
#include "support/stenosis_case.hpp"

#include <algorithm>
#include <cmath>

#include "ctffr/core/units.hpp"
#include "meshes/flow_figures.hpp"

namespace ctffr::test {

namespace {

constexpr double radius_m = 1.5e-3, mean_speed = 0.30;

}  // namespace

FlowCase stenosis_case(FlowMesh mesh, Vec3 origin, Vec3 direction) {
    FlowCase c(std::move(mesh));
    c.velocity("inlet", parabola(origin, direction, radius_m, mean_speed),
               mean_speed * pi * radius_m * radius_m);
    c.pressure("outlet", 0);
    return c;
}

StenosisFigures measure_stenosis(const FlowCase& c, const SteadyResult& r, Vec3 origin, Vec3 direction) {
    StenosisFigures out;
    out.drop_pa = r.openings[c.patch("inlet")].pressure - r.openings[c.patch("outlet")].pressure;
    for (double z = 2.8e-3; z < 4.4e-3; z += 0.1e-3)
        out.axis_peak_m_s =
            std::max(out.axis_peak_m_s, dot(velocity_at(c.mesh, r.state, origin + z * direction), direction));
    const Axis axis{origin, direction};
    out.reattachment_m = reattachment(c.mesh, r.wall_shear, axis, 6e-3, 45e-3);
    for (double z = 0; z < 6e-3; z += 0.1e-3)
        out.peak_wall_shear_pa =
            std::max(out.peak_wall_shear_pa, std::abs(axial_shear(c.mesh, r.wall_shear, axis, z, 0.1e-3)));
    return out;
}

}  // namespace ctffr::test
