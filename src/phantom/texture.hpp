// SPDX-License-Identifier: Apache-2.0
// Smooth random fields: tissue is never flat.
#pragma once

#include <cmath>
#include <cstdint>

#include "ctffr/core/random.hpp"
#include "ctffr/core/vec3.hpp"

namespace ctffr::phantom {

// Value noise on a lattice of `wavelength_mm`, two octaves, about N(0, 1) over space. A pure function of seed
// and place.
class Texture {
   public:
    Texture(std::uint64_t seed, std::uint64_t stream, double wavelength_mm)
        : seed_(seed), stream_(stream), step_(wavelength_mm) {}

    double operator()(Vec3 p) const { return 2.1 * octave(p, step_, 0) + 1.2 * octave(p, 0.45 * step_, 1); }

   private:
    static double fade(double t) { return t * t * (3 - 2 * t); }
    double corner(int i, int j, int k, std::uint64_t octave) const {
        constexpr std::uint64_t bias = 1u << 20, mask = (1u << 21) - 1;
        const auto part = [&](int n) {
            return (static_cast<std::uint64_t>(n + static_cast<int>(bias))) & mask;
        };
        const Philox4 r = philox(seed_, stream_ * 4 + octave, part(i) | part(j) << 21 | part(k) << 42);
        return uniform_from_bits(r.v[0], r.v[1]) - 0.5;
    }
    double octave(Vec3 p, double step, std::uint64_t which) const {
        const double x = p.x / step, y = p.y / step, z = p.z / step;
        const int i = static_cast<int>(std::floor(x)), j = static_cast<int>(std::floor(y)),
                  k = static_cast<int>(std::floor(z));
        const double fx = fade(x - i), fy = fade(y - j), fz = fade(z - k);
        double sum = 0;
        for (int c = 0; c < 8; ++c) {
            const int dx = c & 1, dy = c >> 1 & 1, dz = c >> 2;
            sum += (dx ? fx : 1 - fx) * (dy ? fy : 1 - fy) * (dz ? fz : 1 - fz) *
                   corner(i + dx, j + dy, k + dz, which);
        }
        return sum;
    }

    std::uint64_t seed_, stream_;
    double step_;
};

}  // namespace ctffr::phantom
