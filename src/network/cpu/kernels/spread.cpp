// SPDX-License-Identifier: Apache-2.0
// Puts the taps of a transposed convolution side by side.
#include "network/cpu/kernels.hpp"
#include "network/cpu/kernels/tile.hpp"

namespace ctffr::network::cpu {

void spread_taps(const Cpu& exec, const Grid& from, const Grid& to, const Index (&kernel)[3],
                 const float* bias, const Epilogue& epilogue, const void* in, void* out) {
    CTFFR_CHECK(from.block == to.block && from.d * kernel[0] == to.d && from.h * kernel[1] == to.h &&
                from.w * kernel[2] == to.w);
    const int block = to.block;
    const Index blocks = to.blocks(), kd = kernel[0], kh = kernel[1], kw = kernel[2],
                step = tile_floats / block;
    parallel_for(
        exec, "network spread", to.n * blocks * to.d * to.h,
        [&](Index i) {
            const Index y = i % to.h, z = i / to.h % to.d, b = i / (to.h * to.d) % blocks,
                        n = i / (to.h * to.d * blocks);
            const Index row_tap = (z % kd * kh + y % kh) * kw;
            const Index row = (z / kd * from.h + y / kh) * from.w;
            float values[tile_floats], offsets[tile_floats];
            for (Index first = 0; first < to.w; first += step) {
                const Index count = std::min(step, to.w - first);
                for (Index p = 0; p < count; ++p) {
                    const Index x = first + p, tap = row_tap + x % kw;
                    const Index channel = n * from.blocks() + tap * blocks + b;
                    load_tile(in, from.type, (channel * from.spatial() + row + x / kw) * block, block,
                              values + p * block);
                }
                spread_channels(bias + b * block, block, count * block, offsets);
                for (Index e = 0; e < count * block; ++e) values[e] += offsets[e];
                apply_epilogue(epilogue, values, count * block);
                clear_filling(values, to.lanes(b), block, count * block);
                store_tile(values, to.type, (i * to.w + first) * block, count * block, out);
            }
        },
        static_cast<double>(from.bytes() + to.bytes()));
}

}  // namespace ctffr::network::cpu
