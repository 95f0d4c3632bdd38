// SPDX-License-Identifier: Apache-2.0
#include "flow/wall_shear.hpp"

#include <cstddef>

#include "ctffr/parallel/parallel.hpp"

namespace ctffr {

std::vector<float> wall_shear(const FlowMesh& mesh, const std::vector<double>& state,
                              const std::vector<float>& gradient, const std::vector<float>& viscosity) {
    const Index inner = mesh.internal_faces();
    std::vector<float> shear(3 * static_cast<std::size_t>(mesh.faces() - inner), 0.0f);
    for (const FlowPatch& patch : mesh.patches) {
        if (patch.kind != FlowPatch::Kind::wall) continue;
        parallel_for(Cpu{}, "wall shear", patch.faces, [&](Index n) {
            const auto f = static_cast<std::size_t>(patch.first_face + n);
            const auto cell = static_cast<std::size_t>(mesh.owner[f]);
            const Vec3 outward = normalized(mesh.face_area[f]);
            const double y = dot(mesh.face_centre[f] - mesh.cell_centre[cell], outward);
            if (!(y > 0)) return;
            Vec3 u{state[4 * cell], state[4 * cell + 1], state[4 * cell + 2]}, slope;
            // Slope into the fluid.
            for (int c = 0; c < 3; ++c)
                for (int a = 0; a < 3; ++a)
                    slope[c] -=
                        static_cast<double>(gradient[12 * cell + static_cast<std::size_t>(3 * c + a)]) *
                        outward[a];
            Vec3 at_wall = 2 / y * u - slope;
            at_wall -= dot(at_wall, outward) * outward;
            const double mu = static_cast<double>(viscosity[viscosity.size() > 1 ? cell : 0]);
            const std::size_t b = 3 * (f - static_cast<std::size_t>(inner));
            for (int c = 0; c < 3; ++c)
                shear[b + static_cast<std::size_t>(c)] = static_cast<float>(mu * at_wall[c]);
        });
    }
    return shear;
}

}  // namespace ctffr
