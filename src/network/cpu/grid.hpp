// SPDX-License-Identifier: Apache-2.0
// How the CPU executor stores a value, and the conversions between its number formats.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "ctffr/core/index.hpp"

namespace ctffr::network::cpu {

enum class Scalar { float32, bfloat16, int64 };

constexpr std::size_t scalar_bytes(Scalar type) {
    return type == Scalar::float32 ? 4 : (type == Scalar::bfloat16 ? 2 : 8);
}

// The upper half of a float32.
struct Bfloat16 {
    std::uint16_t bits;
};

inline float to_float(float value) { return value; }
inline float to_float(Bfloat16 value) { return std::bit_cast<float>(std::uint32_t{value.bits} << 16); }

template <class T>
T from_float(float value);
template <>
inline float from_float<float>(float value) {
    return value;
}
// Rounds to nearest, ties to even; a NaN stays one.
template <>
inline Bfloat16 from_float<Bfloat16>(float value) {
    const std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
    const std::uint32_t rounded = (bits + 0x7fffU + ((bits >> 16) & 1U)) >> 16;
    return {static_cast<std::uint16_t>(value != value ? 0x7fc0U : rounded)};
}

// A value seen as batch x channel x space. `block` channels lie side by side for each position: 1 is plain
// row-major order, 8 or 16 is oneDNN's blocked order nCdhw8c / nCdhw16c, whose last block is filled up with
// zeros. Element (n, c, position) is at ((n * blocks() + c / block) * spatial() + position) * block + c %
// block.
struct Grid {
    Index n = 1, c = 1, d = 1, h = 1, w = 1;
    int block = 1;
    Scalar type = Scalar::float32;

    Index blocks() const { return (c + block - 1) / block; }
    Index spatial() const { return d * h * w; }
    Index elements() const { return n * blocks() * spatial() * block; }
    std::size_t bytes() const { return static_cast<std::size_t>(elements()) * scalar_bytes(type); }
    // Channels of block `b` that are not filling.
    int lanes(Index b) const { return static_cast<int>(c - b * block < block ? c - b * block : block); }
    bool same_order(const Grid& other) const {
        return n == other.n && c == other.c && d == other.d && h == other.h && w == other.w &&
               block == other.block;
    }
};

}  // namespace ctffr::network::cpu
