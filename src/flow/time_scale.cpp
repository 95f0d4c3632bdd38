// SPDX-License-Identifier: Apache-2.0
#include "flow/time_scale.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

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

}  // namespace ctffr
