// SPDX-License-Identifier: Apache-2.0
// Linear resampling: along depth and height rows are mixed, then positions along the row.
#include "network/cpu/kernels.hpp"
#include "network/cpu/kernels/tile.hpp"

namespace ctffr::network::cpu {

namespace {

// sum += weight * (stretch of `count` elements of `in` from `at`)
void add_row(const void* in, Scalar type, Index at, Index count, float weight, float* sum) {
    float values[tile_floats];
    for (Index done = 0; done < count; done += tile_floats) {
        const Index more = std::min(tile_floats, count - done);
        load_tile(in, type, at + done, more, values);
        for (Index i = 0; i < more; ++i) sum[done + i] += weight * values[i];
    }
}

}  // namespace

void resize_linear(const Cpu& exec, const Grid& from, const Grid& to, const AxisWeights& d,
                   const AxisWeights& h, const AxisWeights& w, const void* in, void* out) {
    CTFFR_CHECK_OP(from.block, ==, to.block);
    const int block = from.block;
    const Index rows = to.n * to.blocks() * to.d * to.h;
    parallel_for(
        exec, "network resize", rows,
        [&](Index i) {
            // Grows to the longest row once per thread.
            static thread_local std::vector<float> mixed_storage;
            const Index length = from.w * block;
            mixed_storage.assign(static_cast<std::size_t>(length), 0.0F);
            float* mixed = mixed_storage.data();
            const std::size_t y = static_cast<std::size_t>(i % to.h),
                              z = static_cast<std::size_t>(i / to.h % to.d);
            const Index channel = i / (to.h * to.d);
            for (int corner = 0; corner < 4; ++corner) {
                const bool up_z = corner >= 2, up_y = corner % 2 == 1;
                const float weight =
                    (up_z ? d.weight[z] : 1.0F - d.weight[z]) * (up_y ? h.weight[y] : 1.0F - h.weight[y]);
                if (weight == 0.0F) continue;
                const Index row = ((channel * from.d + (up_z ? d.high[z] : d.low[z])) * from.h +
                                   (up_y ? h.high[y] : h.low[y])) *
                                  length;
                add_row(in, from.type, row, length, weight, mixed);
            }
            const Index target = i * to.w * block, step = tile_floats / block;
            for (Index first = 0; first < to.w; first += step) {
                float values[tile_floats];
                const Index count = std::min(step, to.w - first);
                for (Index p = 0; p < count; ++p) {
                    const std::size_t x = static_cast<std::size_t>(first + p);
                    const float weight = w.weight[x];
                    const float* low = mixed + Index{w.low[x]} * block;
                    const float* high = mixed + Index{w.high[x]} * block;
                    for (int lane = 0; lane < block; ++lane)
                        values[p * block + lane] = (1.0F - weight) * low[lane] + weight * high[lane];
                }
                store_tile(values, to.type, target + first * block, count * block, out);
            }
        },
        static_cast<double>(from.bytes() + to.bytes()));
}

}  // namespace ctffr::network::cpu
