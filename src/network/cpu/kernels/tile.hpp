// SPDX-License-Identifier: Apache-2.0
// The common shape of the CPU kernels: a value is walked in tiles of a few KB that are widened to float32,
// worked on in the first-level cache, and narrowed again. So formulas are written once for all number
// formats.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstring>

#include "ctffr/parallel/parallel.hpp"
#include "network/cpu/grid.hpp"
#include "network/cpu/kernels/vector_math.hpp"
#include "network/graph.hpp"

namespace ctffr::network::cpu {

inline constexpr Index tile_floats = 1024;

inline void load_tile(const void* from, Scalar type, Index at, Index count, float* tile) {
    if (type == Scalar::float32) {
        std::memcpy(tile, static_cast<const float*>(from) + at,
                    static_cast<std::size_t>(count) * sizeof(float));
    } else {
        const Bfloat16* source = static_cast<const Bfloat16*>(from) + at;
        for (Index i = 0; i < count; ++i) tile[i] = to_float(source[i]);
    }
}

inline void store_tile(const float* tile, Scalar type, Index at, Index count, void* to) {
    if (type == Scalar::float32) {
        std::memcpy(static_cast<float*>(to) + at, tile, static_cast<std::size_t>(count) * sizeof(float));
    } else {
        Bfloat16* target = static_cast<Bfloat16*>(to) + at;
        for (Index i = 0; i < count; ++i) target[i] = from_float<Bfloat16>(tile[i]);
    }
}

// tile[position][lane] = values[lane]
inline void spread_channels(const float* values, int block, Index count, float* tile) {
    if (block == 1) {
        std::fill(tile, tile + count, values[0]);
    } else {
        for (Index i = 0; i < count; i += block)
            std::memcpy(tile + i, values, static_cast<std::size_t>(block) * sizeof(float));
    }
}

// Keeps the filling of the last block at zero, as every reader expects.
inline void clear_filling(float* tile, int lanes, int block, Index count) {
    if (lanes == block) return;
    for (Index i = 0; i < count; i += block)
        for (int lane = lanes; lane < block; ++lane) tile[i + lane] = 0.0F;
}

inline void apply_epilogue(const Epilogue& epilogue, float* tile, Index count) {
    const float a = epilogue.a, b = epilogue.b;
    switch (epilogue.activation) {
        case Activation::none: return;
        case Activation::leaky_relu:
            for (Index i = 0; i < count; ++i) tile[i] = tile[i] < 0.0F ? a * tile[i] : tile[i];
            return;
        case Activation::clip:
            for (Index i = 0; i < count; ++i) {
                const float low = tile[i] < a ? a : tile[i];
                tile[i] = low > b ? b : low;
            }
            return;
        case Activation::elu:
            for (Index i = 0; i < count; ++i) tile[i] = vector_elu(tile[i], a);
            return;
        case Activation::sigmoid:
            for (Index i = 0; i < count; ++i) tile[i] = vector_sigmoid(tile[i]);
            return;
        case Activation::tanh:
            for (Index i = 0; i < count; ++i) tile[i] = vector_tanh(tile[i]);
            return;
        case Activation::gelu:
            for (Index i = 0; i < count; ++i) tile[i] = vector_gelu(tile[i]);
            return;
    }
}

// One stretch of positions of one channel block.
struct Tile {
    Index n, block_index;   // batch, channel block
    Index position, count;  // first position, floats (positions times block)
    Index at;               // element where it starts
    int lanes;              // channels of the block that are not filling
};

// body(tile) for all tiles of a value; at most `floats` floats each.
template <class Body>
void for_each_tile(const Cpu& exec, const char* name, const Grid& grid, const Body& body,
                   Index floats = tile_floats) {
    const Index step = std::max<Index>(1, floats / grid.block), spatial = grid.spatial(),
                blocks = grid.blocks();
    const Index pieces = (spatial + step - 1) / step;
    parallel_for(
        exec, name, grid.n * blocks * pieces,
        [&](Index i) {
            const Index piece = i % pieces, row = i / pieces;
            Tile tile{};
            tile.n = row / blocks, tile.block_index = row % blocks;
            tile.position = piece * step;
            tile.count = std::min(step, spatial - tile.position) * grid.block;
            tile.at = (row * spatial + tile.position) * grid.block;
            tile.lanes = grid.lanes(tile.block_index);
            body(tile);
        },
        2.0 * static_cast<double>(grid.bytes()));
}

}  // namespace ctffr::network::cpu
