// SPDX-License-Identifier: Apache-2.0
#include "flow/cycle_shear.hpp"

#include <algorithm>
#include <cmath>

namespace ctffr {

double oscillatory_shear_index(double mean_vector_pa, double mean_magnitude_pa) {
    if (!(mean_magnitude_pa > 0)) return 0;
    return std::clamp(0.5 * (1 - mean_vector_pa / mean_magnitude_pa), 0.0, 0.5);
}

void CycleShear::restart(std::size_t faces) {
    sum_.assign(3 * faces, 0.0);
    magnitude_.assign(faces, 0.0);
    steps_ = 0;
}

void CycleShear::add(const std::vector<float>& shear) {
    ++steps_;
    for (std::size_t b = 0; b < magnitude_.size(); ++b) {
        double square = 0;
        for (std::size_t k = 3 * b; k < 3 * b + 3; ++k) {
            const double t = static_cast<double>(shear[k]);
            sum_[k] += t, square += t * t;
        }
        magnitude_[b] += std::sqrt(square);
    }
}

double CycleShear::mean_magnitude(std::size_t face) const { return magnitude_[face] / steps_; }

double CycleShear::mean_vector(std::size_t face) const {
    return std::hypot(sum_[3 * face], sum_[3 * face + 1], sum_[3 * face + 2]) / steps_;
}

}  // namespace ctffr
