// SPDX-License-Identifier: Apache-2.0
// Counter-based random numbers: value number n of stream s is a pure function of (seed, s, n), so the same
// seed gives the same bits on any number of threads and on the GPU. Source: Philox 4x32-10, Salmon et al.,
// "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
#pragma once

#include <cmath>
#include <cstdint>

#include "ctffr/core/platform.hpp"

namespace ctffr {

struct Philox4 {
    std::uint32_t v[4];
};

CTFFR_HD inline Philox4 philox(std::uint64_t seed, std::uint64_t stream, std::uint64_t n) {
    std::uint32_t c0 = static_cast<std::uint32_t>(n), c1 = static_cast<std::uint32_t>(n >> 32);
    std::uint32_t c2 = static_cast<std::uint32_t>(stream), c3 = static_cast<std::uint32_t>(stream >> 32);
    std::uint32_t k0 = static_cast<std::uint32_t>(seed), k1 = static_cast<std::uint32_t>(seed >> 32);
    for (int round = 0; round < 10; ++round) {
        const std::uint64_t p0 = std::uint64_t{0xD2511F53u} * c0;
        const std::uint64_t p1 = std::uint64_t{0xCD9E8D57u} * c2;
        const std::uint32_t n0 = static_cast<std::uint32_t>(p1 >> 32) ^ c1 ^ k0;
        const std::uint32_t n2 = static_cast<std::uint32_t>(p0 >> 32) ^ c3 ^ k1;
        c1 = static_cast<std::uint32_t>(p1), c3 = static_cast<std::uint32_t>(p0);
        c0 = n0, c2 = n2;
        k0 += 0x9E3779B9u, k1 += 0xBB67AE85u;
    }
    return {{c0, c1, c2, c3}};
}

// Uniform in (0, 1), never 0 or 1.
CTFFR_HD inline double uniform_from_bits(std::uint32_t hi, std::uint32_t lo) {
    const std::uint64_t bits = (std::uint64_t{hi} << 32 | lo) >> 11;
    return (static_cast<double>(bits) + 0.5) * 0x1p-53;
}

// Standard normal number n of a stream (Box-Muller).
CTFFR_HD inline double normal_at(std::uint64_t seed, std::uint64_t stream, std::uint64_t n) {
    const Philox4 r = philox(seed, stream, n);
    const double u = uniform_from_bits(r.v[0], r.v[1]), v = uniform_from_bits(r.v[2], r.v[3]);
    return sqrt(-2.0 * log(u)) * cos(6.283185307179586 * v);
}

// A sequential generator over one stream, for host code that samples parameters.
class Random {
   public:
    explicit Random(std::uint64_t seed, std::uint64_t stream = 0) : seed_(seed), stream_(stream) {}

    double uniform() {
        const Philox4 r = philox(seed_, stream_, n_++);
        return uniform_from_bits(r.v[0], r.v[1]);
    }
    double uniform(double low, double high) { return low + (high - low) * uniform(); }
    double normal() { return normal_at(seed_, stream_, n_++); }
    double normal(double mean, double sd) { return mean + sd * normal(); }
    // Normal, redrawn until inside [low, high]; clamps after 64 tries.
    double normal_in(double mean, double sd, double low, double high) {
        double x = mean;
        for (int tries = 0; tries < 64; ++tries) {
            x = normal(mean, sd);
            if (x >= low && x <= high) return x;
        }
        return x < low ? low : high;
    }
    // Log-normal with the given median and relative standard deviation.
    double lognormal(double median, double relative_sd) { return median * std::exp(relative_sd * normal()); }
    bool chance(double probability) { return uniform() < probability; }
    int integer(int low, int high) { return low + static_cast<int>(uniform() * (high - low + 1)); }
    int poisson(double mean) {
        const double limit = std::exp(-mean);
        int k = 0;
        double p = uniform();
        while (p > limit) {
            p *= uniform();
            ++k;
        }
        return k;
    }

   private:
    std::uint64_t seed_, stream_, n_ = 0;
};

}  // namespace ctffr
