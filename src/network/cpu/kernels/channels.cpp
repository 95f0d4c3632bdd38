// SPDX-License-Identifier: Apache-2.0
// Softmax and index of the largest channel, position by position, and the plain matrix product.
#include "network/cpu/kernels.hpp"
#include "network/cpu/kernels/tile.hpp"

namespace ctffr::network::cpu {

namespace {

constexpr Index positions_together = 64;
constexpr int max_block = 16;

// body(n, first position, positions) over a value; all channels of a position belong to one call.
template <class Body>
void for_each_column(const Cpu& exec, const char* name, const Grid& grid, const Body& body) {
    CTFFR_CHECK_OP(grid.block, <=, max_block);
    const Index spatial = grid.spatial(), pieces = (spatial + positions_together - 1) / positions_together;
    parallel_for(
        exec, name, grid.n * pieces,
        [&](Index i) {
            const Index first = i % pieces * positions_together;
            body(i / pieces, first, std::min(positions_together, spatial - first));
        },
        2.0 * static_cast<double>(grid.bytes()));
}

Index column_at(const Grid& grid, Index n, Index block, Index position) {
    return ((n * grid.blocks() + block) * grid.spatial() + position) * grid.block;
}

}  // namespace

void softmax_channels(const Cpu& exec, const Grid& grid, const void* in, Scalar out_type, void* out) {
    const int block = grid.block;
    for_each_column(exec, "network softmax", grid, [&](Index n, Index first, Index positions) {
        float values[positions_together * max_block], largest[positions_together], sum[positions_together];
        const Index count = positions * block;
        std::fill(largest, largest + positions, -std::numeric_limits<float>::infinity());
        for (Index b = 0; b < grid.blocks(); ++b) {
            load_tile(in, grid.type, column_at(grid, n, b, first), count, values);
            for (Index p = 0; p < positions; ++p)
                for (int lane = 0; lane < grid.lanes(b); ++lane)
                    largest[p] = std::max(largest[p], values[p * block + lane]);
        }
        const auto exponentials = [&](Index b) {
            load_tile(in, grid.type, column_at(grid, n, b, first), count, values);
            for (Index p = 0; p < positions; ++p)
                for (int lane = 0; lane < block; ++lane) values[p * block + lane] -= largest[p];
            for (Index i = 0; i < count; ++i) values[i] = vector_exp(values[i]);
        };
        std::fill(sum, sum + positions, 0.0F);
        for (Index b = 0; b < grid.blocks(); ++b) {
            exponentials(b);
            for (Index p = 0; p < positions; ++p)
                for (int lane = 0; lane < grid.lanes(b); ++lane) sum[p] += values[p * block + lane];
        }
        for (Index b = 0; b < grid.blocks(); ++b) {
            exponentials(b);
            for (Index p = 0; p < positions; ++p)
                for (int lane = 0; lane < block; ++lane) values[p * block + lane] /= sum[p];
            clear_filling(values, grid.lanes(b), block, count);
            store_tile(values, out_type, column_at(grid, n, b, first), count, out);
        }
    });
}

void argmax_channels(const Cpu& exec, const Grid& grid, bool last, const void* in, std::int64_t* out) {
    const int block = grid.block;
    for_each_column(exec, "network argmax", grid, [&](Index n, Index first, Index positions) {
        float values[positions_together * max_block], largest[positions_together];
        std::int64_t* index = out + n * grid.spatial() + first;
        for (Index b = 0; b < grid.blocks(); ++b) {
            load_tile(in, grid.type, column_at(grid, n, b, first), positions * block, values);
            for (Index p = 0; p < positions; ++p)
                for (int lane = 0; lane < grid.lanes(b); ++lane) {
                    const float value = values[p * block + lane];
                    const bool begin = b == 0 && lane == 0;
                    if (begin || value > largest[p] || (last && value == largest[p])) {
                        largest[p] = value;
                        index[p] = b * block + lane;
                    }
                }
        }
    });
}

void matrix_product(const Cpu& exec, const MatrixProduct& product, const float* a, const float* b, float* c) {
    constexpr Index rows_together = 4, columns_together = 16;
    const Index m = product.m, n = product.n, k = product.k;
    const Index row_tiles = (m + rows_together - 1) / rows_together;
    const Index column_tiles = (n + columns_together - 1) / columns_together;
    parallel_for(
        exec, "network matrix product", product.count * row_tiles * column_tiles,
        [&](Index i) {
            const Index column = i % column_tiles * columns_together, pair = i / (column_tiles * row_tiles);
            const Index row = i / column_tiles % row_tiles * rows_together;
            const Index rows = std::min(rows_together, m - row),
                        columns = std::min(columns_together, n - column);
            const float* first = a + product.a_start[static_cast<std::size_t>(pair)] + row * k;
            const float* second = b + product.b_start[static_cast<std::size_t>(pair)] + column;
            float sum[rows_together][columns_together] = {};
            if (rows == rows_together && columns == columns_together) {
                for (Index t = 0; t < k; ++t)
                    for (Index r = 0; r < rows_together; ++r)
                        for (Index s = 0; s < columns_together; ++s)
                            sum[r][s] += first[r * k + t] * second[t * n + s];
            } else {
                for (Index t = 0; t < k; ++t)
                    for (Index r = 0; r < rows; ++r)
                        for (Index s = 0; s < columns; ++s) sum[r][s] += first[r * k + t] * second[t * n + s];
            }
            for (Index r = 0; r < rows; ++r)
                for (Index s = 0; s < columns; ++s)
                    c[(pair * m + row + r) * n + column + s] = product.alpha * sum[r][s];
        },
        4.0 * static_cast<double>(product.count * (m * n + m * k + n * k)));
}

}  // namespace ctffr::network::cpu
