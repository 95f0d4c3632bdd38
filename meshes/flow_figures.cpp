// SPDX-License-Identifier: Apache-2.0
#include "meshes/flow_figures.hpp"

namespace ctffr {

double axial_shear(const FlowMesh& mesh, const std::vector<float>& wall_shear, const Axis& axis, double from,
                   double width) {
    double sum = 0, area = 0;
    for (const FlowPatch& patch : mesh.patches) {
        if (patch.kind != FlowPatch::Kind::wall) continue;
        for (Index f = patch.first_face; f < patch.first_face + patch.faces; ++f) {
            const auto k = static_cast<std::size_t>(f);
            const double s = dot(mesh.face_centre[k] - axis.origin, axis.direction);
            if (s < from || s >= from + width) continue;
            const auto b = static_cast<std::size_t>(f - mesh.internal_faces());
            const Vec3 traction{static_cast<double>(wall_shear[3 * b]),
                                static_cast<double>(wall_shear[3 * b + 1]),
                                static_cast<double>(wall_shear[3 * b + 2])};
            const double size = norm(mesh.face_area[k]);
            sum += size * dot(traction, axis.direction), area += size;
        }
    }
    return area > 0 ? sum / area : 0;
}

double reattachment(const FlowMesh& mesh, const std::vector<float>& wall_shear, const Axis& axis, double from,
                    double to) {
    // The wall drags the blood back: its traction changes sign where the flow along it turns.
    constexpr double width = 0.5e-3;
    double before = 0, place = 0;
    for (double z = from; z < to; z += width) {
        const double shear = axial_shear(mesh, wall_shear, axis, z, width);
        if (shear == 0) continue;  // no faces in this ring
        if (before != 0 && (before > 0) != (shear > 0))
            place = z + width / 2 - width * shear / (shear - before);
        before = shear;
    }
    return place;
}

}  // namespace ctffr
