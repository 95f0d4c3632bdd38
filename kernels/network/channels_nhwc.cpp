// SPDX-License-Identifier: Apache-2.0
// Operators over the channels of a voxel, which lie side by side.
#include "ctffr/parallel/parallel.hpp"
#include "network/pack_nhwc.hpp"

namespace ctffr::kernels {

template <class Exec, class T>
void nhwc_softmax(const Exec& exec, NhwcShape shape, View<const T> in, bool logarithm, View<T> out) {
    CTFFR_CHECK_OP(in.size, ==, shape.size());
    CTFFR_CHECK_OP(out.size, ==, shape.size());
    const Index pitch = shape.pitch();
    parallel_for(
        exec, "softmax", shape.voxels(),
        CTFFR_LAMBDA(Index voxel) {
            const T* x = in.data + voxel * pitch;
            T* y = out.data + voxel * pitch;
            float top = to_float(x[0]), sum = 0;
            for (Index c = 1; c < shape.c; ++c) top = to_float(x[c]) > top ? to_float(x[c]) : top;
            for (Index c = 0; c < shape.c; ++c) sum += expf(to_float(x[c]) - top);
            const float below = logf(sum);
            for (Index c = 0; c < shape.c; ++c) {
                const float value = to_float(x[c]) - top;
                store(logarithm ? value - below : expf(value) / sum, y[c]);
            }
            for (Index c = shape.c; c < pitch; ++c) store(0.0f, y[c]);
        },
        2 * traffic_of<T>(shape.size()));
}

template <class Exec, class T>
void nhwc_argmax(const Exec& exec, NhwcShape shape, View<const T> in, bool last, View<std::int64_t> out) {
    CTFFR_CHECK_OP(in.size, ==, shape.size());
    CTFFR_CHECK_OP(out.size, ==, shape.voxels());
    const Index pitch = shape.pitch();
    parallel_for(
        exec, "argmax", shape.voxels(),
        CTFFR_LAMBDA(Index voxel) {
            const T* x = in.data + voxel * pitch;
            Index best = 0;
            for (Index c = 1; c < shape.c; ++c) {
                const float here = to_float(x[c]), top = to_float(x[best]);
                if (here > top || (last && here == top)) best = c;
            }
            out[voxel] = best;
        },
        traffic_of<T>(shape.size()) + 8.0 * static_cast<double>(out.size));
}

#define CTFFR_CHANNEL_KERNELS(T)                                                                           \
    template void nhwc_softmax<CTFFR_EXEC, T>(const CTFFR_EXEC&, NhwcShape, View<const T>, bool, View<T>); \
    template void nhwc_argmax<CTFFR_EXEC, T>(const CTFFR_EXEC&, NhwcShape, View<const T>, bool,            \
                                             View<std::int64_t>);
CTFFR_NHWC_TYPES(CTFFR_CHANNEL_KERNELS)
#undef CTFFR_CHANNEL_KERNELS

}  // namespace ctffr::kernels
