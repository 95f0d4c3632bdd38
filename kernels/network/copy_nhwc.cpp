// SPDX-License-Identifier: Apache-2.0
// Copies: between row-major and channels-last, and of blocks from anywhere to anywhere.
#include "ctffr/parallel/parallel.hpp"
#include "network/pack_nhwc.hpp"

namespace ctffr::kernels {

// Neighbouring threads take neighbouring voxels of one pack, so that the row-major side is read in lines.
template <class Exec, class T>
void nhwc_from_rows(const Exec& exec, NhwcShape shape, View<const float> rows, View<T> image) {
    CTFFR_CHECK_OP(rows.size, ==, shape.voxels() * shape.c);
    CTFFR_CHECK_OP(image.size, ==, shape.size());
    const Index voxels = shape.voxels(), packs = shape.pitch() / 8, plane = shape.per_sample();
    parallel_for(
        exec, "channels last", voxels * packs,
        CTFFR_LAMBDA(Index i) {
            const Index voxel = i % voxels, pack = i / voxels;
            const float* source = rows.data + voxel / plane * shape.c * plane + voxel % plane;
            Pack8<T> out;
            for (int k = 0; k < 8; ++k) {
                const Index c = pack * 8 + k;
                store(c < shape.c ? source[c * plane] : 0.0f, out.v[k]);
            }
            store_pack(image.data, voxel * packs + pack, out);
        },
        4.0 * static_cast<double>(rows.size) + traffic_of<T>(shape.size()));
}

template <class Exec, class T>
void rows_from_nhwc(const Exec& exec, NhwcShape shape, View<const T> image, View<float> rows) {
    CTFFR_CHECK_OP(rows.size, ==, shape.voxels() * shape.c);
    CTFFR_CHECK_OP(image.size, ==, shape.size());
    const Index voxels = shape.voxels(), packs = shape.pitch() / 8, plane = shape.per_sample();
    parallel_for(
        exec, "row major", voxels * packs,
        CTFFR_LAMBDA(Index i) {
            const Index voxel = i % voxels, pack = i / voxels;
            float* target = rows.data + voxel / plane * shape.c * plane + voxel % plane;
            const Pack8<T> in = load_pack(image.data, voxel * packs + pack);
            for (int k = 0; k < 8; ++k)
                if (pack * 8 + k < shape.c) target[(pack * 8 + k) * plane] = to_float(in.v[k]);
        },
        4.0 * static_cast<double>(rows.size) + traffic_of<T>(shape.size()));
}

template <class Exec, class T>
void nhwc_gather(const Exec& exec, NhwcShape source, View<const T> in, NhwcMap map, NhwcShape block,
                 float fill, NhwcShape target, NhwcShape at, View<T> out) {
    CTFFR_CHECK_OP(in.size, ==, source.size());
    CTFFR_CHECK_OP(out.size, ==, target.size());
    CTFFR_CHECK(at.n + block.n <= target.n && at.d + block.d <= target.d && at.h + block.h <= target.h &&
                at.w + block.w <= target.w && at.c + block.c <= target.pitch());
    parallel_for(
        exec, "gather", block.voxels() * block.c,
        CTFFR_LAMBDA(Index i) {
            const Index c = i % block.c;
            const NhwcVoxel v = voxel_at(block, i / block.c);
            const Index n = map.n[v.n], d = map.d[v.d], h = map.h[v.h], w = map.w[v.w], from_c = map.c[c];
            const Index to = voxel_index(target, at.n + v.n, at.d + v.d, at.h + v.h, at.w + v.w);
            T& result = out[to * target.pitch() + at.c + c];
            // Channels beyond the target's last are padding: zero, whatever the fill.
            if (at.c + c >= target.c)
                store(0.0f, result);
            else if (n < 0 || d < 0 || h < 0 || w < 0 || from_c < 0)
                store(fill, result);
            else
                result = in[voxel_index(source, n, d, h, w) * source.pitch() + from_c];
        },
        2 * traffic_of<T>(block.voxels() * block.c));
}

template <class Exec, class T>
void nhwc_gather_packs(const Exec& exec, NhwcShape source, View<const T> in, NhwcMap map, Index source_pack,
                       NhwcShape block, float fill, NhwcShape target, NhwcShape at, View<T> out) {
    CTFFR_CHECK_OP(in.size, ==, source.size());
    CTFFR_CHECK_OP(out.size, ==, target.size());
    CTFFR_CHECK(block.c % 8 == 0 && at.c % 8 == 0 && at.c + block.c <= target.pitch() &&
                source_pack * 8 + block.c <= source.pitch());
    CTFFR_CHECK(at.n + block.n <= target.n && at.d + block.d <= target.d && at.h + block.h <= target.h &&
                at.w + block.w <= target.w);
    const Index packs = block.c / 8;
    parallel_for(
        exec, "gather", block.voxels() * packs,
        CTFFR_LAMBDA(Index i) {
            const Index pack = i % packs;
            const NhwcVoxel v = voxel_at(block, i / packs);
            const Index n = map.n[v.n], d = map.d[v.d], h = map.h[v.h], w = map.w[v.w];
            const Index to = voxel_index(target, at.n + v.n, at.d + v.d, at.h + v.h, at.w + v.w);
            Pack8<T> value;
            if (n < 0 || d < 0 || h < 0 || w < 0) {
                for (int k = 0; k < 8; ++k) store(at.c + pack * 8 + k < target.c ? fill : 0.0f, value.v[k]);
            } else {
                value = load_pack(
                    in.data, voxel_index(source, n, d, h, w) * (source.pitch() / 8) + source_pack + pack);
            }
            store_pack(out.data, to * (target.pitch() / 8) + at.c / 8 + pack, value);
        },
        2 * traffic_of<T>(block.voxels() * block.c));
}

#define CTFFR_COPY_KERNELS(T)                                                                              \
    template void nhwc_from_rows<CTFFR_EXEC, T>(const CTFFR_EXEC&, NhwcShape, View<const float>, View<T>); \
    template void rows_from_nhwc<CTFFR_EXEC, T>(const CTFFR_EXEC&, NhwcShape, View<const T>, View<float>); \
    template void nhwc_gather<CTFFR_EXEC, T>(const CTFFR_EXEC&, NhwcShape, View<const T>, NhwcMap,         \
                                             NhwcShape, float, NhwcShape, NhwcShape, View<T>);             \
    template void nhwc_gather_packs<CTFFR_EXEC, T>(const CTFFR_EXEC&, NhwcShape, View<const T>, NhwcMap,   \
                                                   Index, NhwcShape, float, NhwcShape, NhwcShape, View<T>);
CTFFR_NHWC_TYPES(CTFFR_COPY_KERNELS)
#undef CTFFR_COPY_KERNELS

}  // namespace ctffr::kernels
