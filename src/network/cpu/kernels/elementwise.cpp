// SPDX-License-Identifier: Apache-2.0
// Functions of one and of two values, element by element.
#include "network/cpu/kernels.hpp"
#include "network/cpu/kernels/tile.hpp"

namespace ctffr::network::cpu {

namespace {

constexpr int max_block = 16;

template <class F>
void each(float* tile, Index count, const F& f) {
    for (Index i = 0; i < count; ++i) tile[i] = f(tile[i]);
}

void apply(Unary op, float* tile, Index count) {
    switch (op) {
        case Unary::identity: return;
        case Unary::sqrt: return each(tile, count, [](float x) { return std::sqrt(x); });
        case Unary::erf: return each(tile, count, [](float x) { return vector_erf(x); });
        case Unary::gelu_tanh:
            return each(tile, count, [](float x) {
                return 0.5F * x * (1.0F + vector_tanh(0.79788456F * (x + 0.044715F * x * x * x)));
            });
    }
}

template <class F>
void each(float* a, const float* b, Index count, const F& f) {
    for (Index i = 0; i < count; ++i) a[i] = f(a[i], b[i]);
}

void apply(Binary op, float* a, const float* b, Index count) {
    switch (op) {
        case Binary::add: return each(a, b, count, [](float x, float y) { return x + y; });
        case Binary::sub: return each(a, b, count, [](float x, float y) { return x - y; });
        case Binary::mul: return each(a, b, count, [](float x, float y) { return x * y; });
        case Binary::div: return each(a, b, count, [](float x, float y) { return x / y; });
        case Binary::prelu: return each(a, b, count, [](float x, float y) { return x < 0.0F ? x * y : x; });
        case Binary::pow:
            return each(a, b, count, [](float x, float y) { return y == 2.0F ? x * x : std::pow(x, y); });
    }
}

// The second operand for the positions and lanes of a tile.
void load_operand(const Grid& grid, const Operand& operand, const Tile& tile, const void* b, float* values) {
    const int block = grid.block;
    switch (operand.kind) {
        case Operand::Kind::same: load_tile(b, operand.type, tile.at, tile.count, values); return;
        case Operand::Kind::scalar:
            std::fill(values, values + tile.count, *static_cast<const float*>(b));
            return;
        case Operand::Kind::channel: {
            const float* source =
                static_cast<const float*>(b) + tile.n * operand.batch_stride + tile.block_index * block;
            float lanes[max_block] = {};
            std::copy(source, source + tile.lanes, lanes);
            spread_channels(lanes, block, tile.count, values);
            return;
        }
        case Operand::Kind::position: {
            const float* source =
                static_cast<const float*>(b) + tile.n * operand.batch_stride + tile.position;
            for (Index i = 0; i < tile.count; i += block)
                std::fill(values + i, values + i + block, source[i / block]);
            return;
        }
    }
}

}  // namespace

void unary(const Cpu& exec, const Grid& grid, Unary op, const Epilogue& epilogue, const void* in,
           Scalar out_type, void* out) {
    for_each_tile(exec, "network unary", grid, [&](const Tile& tile) {
        float values[tile_floats];
        load_tile(in, grid.type, tile.at, tile.count, values);
        apply(op, values, tile.count);
        apply_epilogue(epilogue, values, tile.count);
        clear_filling(values, tile.lanes, grid.block, tile.count);
        store_tile(values, out_type, tile.at, tile.count, out);
    });
}

void binary(const Cpu& exec, const Grid& grid, Binary op, bool swapped, const Operand& operand,
            const Epilogue& epilogue, const void* a, const void* b, Scalar out_type, void* out) {
    for_each_tile(exec, "network binary", grid, [&](const Tile& tile) {
        float first[tile_floats], second[tile_floats];
        load_tile(a, grid.type, tile.at, tile.count, first);
        load_operand(grid, operand, tile, b, second);
        float* result = swapped ? second : first;
        apply(op, result, swapped ? first : second, tile.count);
        apply_epilogue(epilogue, result, tile.count);
        clear_filling(result, tile.lanes, grid.block, tile.count);
        store_tile(result, out_type, tile.at, tile.count, out);
    });
}

}  // namespace ctffr::network::cpu
