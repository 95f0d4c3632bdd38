// SPDX-License-Identifier: Apache-2.0
#include "support/stenosis_case.hpp"

#include <algorithm>
#include <cmath>

#include "ctffr/core/units.hpp"

namespace ctffr::test {

namespace {

constexpr double radius_m = 1.5e-3, mean_speed = 0.30;

// Mean axial traction of the wall faces between z and z + width, Pa.
double axial_shear(const FlowCase& c, const SteadyResult& r, Vec3 origin, Vec3 direction, double z,
                   double width) {
    const FlowPatch& wall = c.mesh.patches[c.patch("wall")];
    double sum = 0, area = 0;
    for (Index f = wall.first_face; f < wall.first_face + wall.faces; ++f) {
        const auto k = static_cast<std::size_t>(f);
        const double s = dot(c.mesh.face_centre[k] - origin, direction);
        if (s < z || s >= z + width) continue;
        const auto b = static_cast<std::size_t>(f - c.mesh.internal_faces());
        const Vec3 traction{static_cast<double>(r.wall_shear[3 * b]),
                            static_cast<double>(r.wall_shear[3 * b + 1]),
                            static_cast<double>(r.wall_shear[3 * b + 2])};
        sum += norm(c.mesh.face_area[k]) * dot(traction, direction), area += norm(c.mesh.face_area[k]);
    }
    return area > 0 ? sum / area : 0;
}

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
    // The wall drags the blood back: its traction changes sign where the flow along it turns.
    constexpr double width = 0.5e-3;
    double before = 0;
    for (double z = 6e-3; z < 45e-3; z += width) {
        const double shear = axial_shear(c, r, origin, direction, z, width);
        if (shear == 0) continue;  // no faces in this ring
        if (before != 0 && (before > 0) != (shear > 0))
            out.reattachment_m = z + width / 2 - width * shear / (shear - before);
        before = shear;
    }
    for (double z = 0; z < 6e-3; z += 0.1e-3)
        out.peak_wall_shear_pa =
            std::max(out.peak_wall_shear_pa, std::abs(axial_shear(c, r, origin, direction, z, 0.1e-3)));
    return out;
}

}  // namespace ctffr::test
