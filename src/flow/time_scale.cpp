// SPDX-License-Identifier: Apache-2.0
#include "flow/time_scale.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "ctffr/core/units.hpp"

namespace ctffr {

std::vector<float> local_time_scale(const std::vector<float>& volume, const std::vector<float>& gradient,
                                    const std::vector<std::int32_t>& group, double kinematic_viscosity,
                                    double hydraulic_radius) {
    std::int32_t groups = 0;
    for (std::size_t i = 0; i < volume.size(); ++i) groups = std::max(groups, group[i] + 1);
    std::vector<double> whole(static_cast<std::size_t>(groups), 0.0), sum = whole;
    for (std::size_t i = 0; i < volume.size(); ++i) {
        double square = 0;
        for (std::size_t k = 0; k < 9; ++k) {
            const double g = static_cast<double>(gradient[12 * i + k]);
            square += g * g;
        }
        const auto q = static_cast<std::size_t>(group[i]);
        whole[q] += static_cast<double>(volume[i]);
        sum[q] += static_cast<double>(volume[i]) * std::sqrt(square);
    }
    const double viscous_rate = 8 * kinematic_viscosity / (hydraulic_radius * hydraulic_radius);
    std::vector<float> scale(volume.size());
    for (std::size_t i = 0; i < volume.size(); ++i) {
        const auto q = static_cast<std::size_t>(group[i]);
        scale[i] = static_cast<float>(1 / (3.0 / 8.0 * sum[q] / whole[q] + viscous_rate));
    }
    return scale;
}

double hydraulic_radius(const FlowMesh& mesh) {
    double volume = 0, wall = 0;
    for (double v : mesh.cell_volume) volume += v;
    for (const FlowPatch& patch : mesh.patches)
        if (patch.kind == FlowPatch::Kind::wall)
            for (Index n = 0; n < patch.faces; ++n)
                wall += norm(mesh.face_area[static_cast<std::size_t>(patch.first_face + n)]);
    return wall > 0 ? 2 * volume / wall : std::cbrt(volume);
}

int scale_level(const std::vector<Index>& rows, double volume, double radius) {
    const double wanted = volume / (pi * radius * radius * radius);
    int best = 0;
    for (std::size_t l = 0; l < rows.size(); ++l)
        if (std::abs(std::log(static_cast<double>(rows[l]) / wanted)) <
            std::abs(std::log(static_cast<double>(rows[static_cast<std::size_t>(best)]) / wanted)))
            best = static_cast<int>(l);
    return best;
}

}  // namespace ctffr
