// SPDX-License-Identifier: Apache-2.0
// Pooling and interpolation.
#include "ctffr/parallel/parallel.hpp"
#include "network/pack_nhwc.hpp"

namespace ctffr::kernels {

template <class Exec, class T>
void nhwc_pool(const Exec& exec, NhwcPool kind, NhwcWindow window, NhwcShape from, View<const T> in,
               NhwcShape to, View<T> out) {
    CTFFR_CHECK_OP(in.size, ==, from.size());
    CTFFR_CHECK_OP(out.size, ==, to.size());
    CTFFR_CHECK(from.n == to.n && from.c == to.c);
    const Index packs = to.pitch() / 8;
    parallel_for(
        exec, "pool", to.voxels() * packs,
        CTFFR_LAMBDA(Index i) {
            const Index pack = i % packs;
            const NhwcVoxel v = voxel_at(to, i / packs);
            const Index size[3] = {from.d, from.h, from.w}, place[3] = {v.d, v.h, v.w};
            Index first[3], counted = 1;
            for (int a = 0; a < 3; ++a) {
                first[a] = place[a] * window.stride[a] - window.pad[a];
                // Elements of the window inside the padded image, which the last ones may leave.
                Index inside = 0;
                for (Index k = 0; k < window.kernel[a]; ++k)
                    inside += first[a] + k * window.dilation[a] < size[a] + window.pad_after[a] ? 1 : 0;
                counted *= inside;
            }
            float value[8];
            for (int k = 0; k < 8; ++k) value[k] = kind == NhwcPool::maximum ? -INFINITY : 0.0f;
            Index valid = 0;
            for (Index kd = 0; kd < window.kernel[0]; ++kd) {
                const Index d = first[0] + kd * window.dilation[0];
                if (d < 0 || d >= from.d) continue;
                for (Index kh = 0; kh < window.kernel[1]; ++kh) {
                    const Index h = first[1] + kh * window.dilation[1];
                    if (h < 0 || h >= from.h) continue;
                    for (Index kw = 0; kw < window.kernel[2]; ++kw) {
                        const Index w = first[2] + kw * window.dilation[2];
                        if (w < 0 || w >= from.w) continue;
                        ++valid;
                        const Pack8<T> x = load_pack(in.data, voxel_index(from, v.n, d, h, w) * packs + pack);
                        for (int k = 0; k < 8; ++k) {
                            const float one = to_float(x.v[k]);
                            if (kind == NhwcPool::maximum)
                                value[k] = one > value[k] || one != one ? one : value[k];
                            else
                                value[k] += one;
                        }
                    }
                }
            }
            const Index divisor = kind == NhwcPool::average_with_padding ? counted : valid;
            Pack8<T> result;
            for (int k = 0; k < 8; ++k) {
                float one = value[k];
                if (kind != NhwcPool::maximum) one = divisor > 0 ? one / static_cast<float>(divisor) : 0.0f;
                store(pack * 8 + k < to.c ? one : 0.0f, result.v[k]);
            }
            store_pack(out.data, i, result);
        },
        traffic_of<T>(in.size + out.size));
}

template <class Exec, class T>
void nhwc_resize(const Exec& exec, NhwcShape from, View<const T> in, NhwcAxis d, NhwcAxis h, NhwcAxis w,
                 NhwcShape to, View<T> out) {
    CTFFR_CHECK_OP(in.size, ==, from.size());
    CTFFR_CHECK_OP(out.size, ==, to.size());
    CTFFR_CHECK(from.n == to.n && from.c == to.c);
    const Index packs = to.pitch() / 8;
    parallel_for(
        exec, "resize", to.voxels() * packs,
        CTFFR_LAMBDA(Index i) {
            const Index pack = i % packs;
            const NhwcVoxel v = voxel_at(to, i / packs);
            float sum[8] = {0, 0, 0, 0, 0, 0, 0, 0};
            for (int corner = 0; corner < 8; ++corner) {
                const float wd = corner & 4 ? d.weight[v.d] : 1 - d.weight[v.d];
                const float wh = corner & 2 ? h.weight[v.h] : 1 - h.weight[v.h];
                const float ww = corner & 1 ? w.weight[v.w] : 1 - w.weight[v.w];
                const float weight = wd * wh * ww;
                if (weight == 0) continue;  // nearest neighbour reads one corner
                const Index at =
                    voxel_index(from, v.n, corner & 4 ? d.high[v.d] : d.low[v.d],
                                corner & 2 ? h.high[v.h] : h.low[v.h], corner & 1 ? w.high[v.w] : w.low[v.w]);
                const Pack8<T> x = load_pack(in.data, at * packs + pack);
                for (int k = 0; k < 8; ++k) sum[k] += weight * to_float(x.v[k]);
            }
            Pack8<T> result;
            for (int k = 0; k < 8; ++k) store(sum[k], result.v[k]);
            store_pack(out.data, i, result);
        },
        traffic_of<T>(in.size + out.size));
}

#define CTFFR_WINDOW_KERNELS(T)                                                                     \
    template void nhwc_pool<CTFFR_EXEC, T>(const CTFFR_EXEC&, NhwcPool, NhwcWindow, NhwcShape,      \
                                           View<const T>, NhwcShape, View<T>);                      \
    template void nhwc_resize<CTFFR_EXEC, T>(const CTFFR_EXEC&, NhwcShape, View<const T>, NhwcAxis, \
                                             NhwcAxis, NhwcAxis, NhwcShape, View<T>);
CTFFR_NHWC_TYPES(CTFFR_WINDOW_KERNELS)
#undef CTFFR_WINDOW_KERNELS

}  // namespace ctffr::kernels
