// SPDX-License-Identifier: Apache-2.0
// Wall shear stress over a cycle: its mean magnitude, and how far its direction turns.
#pragma once

#include <cstddef>
#include <vector>

namespace ctffr {

// OSI = (1 - |mean vector| / mean magnitude) / 2: 0 where the direction never changes, 1/2 where nothing is
// left of the mean. 0 without any shear. Source: He and Ku, Journal of Biomechanical Engineering 118
// (1996) 74.
double oscillatory_shear_index(double mean_vector_pa, double mean_magnitude_pa);

// Means over equal time steps; over a whole period, that is the trapezoidal rule.
class CycleShear {
   public:
    void restart(std::size_t faces);
    void add(const std::vector<float>& shear);      // three values a boundary face, Pa
    double mean_magnitude(std::size_t face) const;  // Pa: time-averaged wall shear stress (TAWSS)
    double mean_vector(std::size_t face) const;     // Pa, magnitude of the mean

   private:
    std::vector<double> sum_, magnitude_;
    int steps_ = 0;
};

}  // namespace ctffr
