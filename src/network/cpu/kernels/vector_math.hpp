// SPDX-License-Identifier: Apache-2.0
// Elementary functions without branches, so that the compiler turns loops over them into vector code. The
// absolute error of sigmoid, tanh and elu is below 3e-7, of erf below 5e-7, the relative error of exp below
// 2e-7.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace ctffr::network::cpu {

// exp(x) = 2^n exp(r), |r| <= ln 2 / 2, exp(r) by its Taylor series to r^7. Adding 1.5 * 2^23 rounds to an
// integer that then stands in the low bits.
inline float vector_exp(float x) {
    constexpr float magic = 12582912.0F, log2_e = 1.44269504F, ln2_high = 0.693359375F,
                    ln2_low = -2.12194440e-4F;
    const float low = x < -87.0F ? -87.0F : x;
    const float bounded = low > 88.0F ? 88.0F : low;
    const float shifted = bounded * log2_e + magic;
    const float n = shifted - magic;
    const float r = (bounded - n * ln2_high) - n * ln2_low;
    float p = 1.0F / 5040.0F;
    p = p * r + 1.0F / 720.0F;
    p = p * r + 1.0F / 120.0F;
    p = p * r + 1.0F / 24.0F;
    p = p * r + 1.0F / 6.0F;
    p = p * r + 0.5F;
    p = p * r + 1.0F;
    p = p * r + 1.0F;
    const std::int32_t power = std::bit_cast<std::int32_t>(shifted) - std::bit_cast<std::int32_t>(magic);
    const float result = p * std::bit_cast<float>((power + 127) << 23);
    const float small = x < -87.0F ? 0.0F : result;
    return x > 88.0F ? std::numeric_limits<float>::infinity() : small;
}

inline float vector_sigmoid(float x) { return 1.0F / (1.0F + vector_exp(-x)); }

inline float vector_tanh(float x) { return 1.0F - 2.0F / (vector_exp(2.0F * x) + 1.0F); }

// Abramowitz and Stegun 7.1.26, absolute error 1.5e-7.
inline float vector_erf(float x) {
    const float a = std::fabs(x);
    const float t = 1.0F / (1.0F + 0.3275911F * a);
    float p = 1.061405429F;
    p = p * t - 1.453152027F;
    p = p * t + 1.421413741F;
    p = p * t - 0.284496736F;
    p = p * t + 0.254829592F;
    return std::copysign(1.0F - p * t * vector_exp(-a * a), x);
}

inline float vector_gelu(float x) { return 0.5F * x * (1.0F + vector_erf(x * 0.70710678F)); }

inline float vector_elu(float x, float alpha) { return x < 0.0F ? alpha * (vector_exp(x) - 1.0F) : x; }

}  // namespace ctffr::network::cpu
