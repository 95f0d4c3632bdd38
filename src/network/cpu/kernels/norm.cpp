// SPDX-License-Identifier: Apache-2.0
// Statistics per channel, and the affine map that the normalisations end in.
#include "network/cpu/kernels.hpp"
#include "network/cpu/kernels/tile.hpp"

namespace ctffr::network::cpu {

namespace {

constexpr Index moment_floats = 16384;  // per tile: 64 KB, within the second-level cache
constexpr int max_block = 16;

Index positions_per_tile(const Grid& grid) { return moment_floats / grid.block; }
Index tiles_per_block(const Grid& grid) {
    return (grid.spatial() + positions_per_tile(grid) - 1) / positions_per_tile(grid);
}

// Means and squared deviations of the lanes of one tile; sums of up to 16 384 terms in double.
template <int block>
void tile_moments(const float* values, Index positions, double* mean, double* squares) {
    double sum[block] = {};
    for (Index p = 0; p < positions; ++p)
        for (int lane = 0; lane < block; ++lane) sum[lane] += static_cast<double>(values[p * block + lane]);
    float centre[block];
    for (int lane = 0; lane < block; ++lane) {
        mean[lane] = sum[lane] / static_cast<double>(positions);
        centre[lane] = static_cast<float>(mean[lane]);
    }
    double square[block] = {};
    for (Index p = 0; p < positions; ++p)
        for (int lane = 0; lane < block; ++lane) {
            const double deviation = static_cast<double>(values[p * block + lane] - centre[lane]);
            square[lane] += deviation * deviation;
        }
    // The deviations were from the rounded mean.
    for (int lane = 0; lane < block; ++lane) {
        const double off = mean[lane] - static_cast<double>(centre[lane]);
        squares[lane] = square[lane] - off * off * static_cast<double>(positions);
    }
}

}  // namespace

Index moments_workspace(const Grid& grid) {
    return grid.n * grid.blocks() * tiles_per_block(grid) * 2 * grid.block;
}

void channel_moments(const Cpu& exec, const Grid& grid, const void* in, double* workspace, Moments& moments) {
    CTFFR_CHECK_OP(grid.block, <=, max_block);
    const int block = grid.block;
    const Index step = positions_per_tile(grid), tiles = tiles_per_block(grid), blocks = grid.blocks();
    for_each_tile(
        exec, "network moments", grid,
        [&](const Tile& tile) {
            float values[moment_floats];
            load_tile(in, grid.type, tile.at, tile.count, values);
            const Index row = tile.n * blocks + tile.block_index;
            double* mean = workspace + (row * tiles + tile.position / step) * 2 * block;
            const Index positions = tile.count / block;
            if (block == 16) return tile_moments<16>(values, positions, mean, mean + block);
            if (block == 8) return tile_moments<8>(values, positions, mean, mean + block);
            CTFFR_CHECK_OP(block, ==, 1);
            tile_moments<1>(values, positions, mean, mean + block);
        },
        moment_floats);

    const Index spatial = grid.spatial();
    for (Index n = 0; n < grid.n; ++n)
        for (Index c = 0; c < grid.c; ++c) {
            const double* tile = workspace + (n * blocks + c / block) * tiles * 2 * block + c % block;
            double mean = 0, squares = 0, count = 0;
            for (Index t = 0; t < tiles; ++t, tile += 2 * block) {
                const double more = static_cast<double>(std::min(step, spatial - t * step));
                const double total = count + more, difference = tile[0] - mean;
                mean += difference * (more / total);
                squares += tile[block] + difference * difference * (count * more / total);
                count = total;
            }
            moments.mean[static_cast<std::size_t>(n * grid.c + c)] = mean;
            moments.squares[static_cast<std::size_t>(n * grid.c + c)] = squares;
        }
}

void affine(const Cpu& exec, const Grid& grid, const float* mean, const float* scale, const float* shift,
            const Epilogue& epilogue, const void* in, Scalar out_type, void* out) {
    const Index padded = grid.blocks() * grid.block;
    for_each_tile(exec, "network affine", grid, [&](const Tile& tile) {
        float values[tile_floats], means[tile_floats], scales[tile_floats], shifts[tile_floats];
        const Index first = tile.n * padded + tile.block_index * grid.block;
        load_tile(in, grid.type, tile.at, tile.count, values);
        spread_channels(mean + first, grid.block, tile.count, means);
        spread_channels(scale + first, grid.block, tile.count, scales);
        spread_channels(shift + first, grid.block, tile.count, shifts);
        for (Index i = 0; i < tile.count; ++i) values[i] = (values[i] - means[i]) * scales[i] + shifts[i];
        apply_epilogue(epilogue, values, tile.count);
        clear_filling(values, tile.lanes, grid.block, tile.count);
        store_tile(values, out_type, tile.at, tile.count, out);
    });
}

}  // namespace ctffr::network::cpu
