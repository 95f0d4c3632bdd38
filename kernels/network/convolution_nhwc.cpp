// SPDX-License-Identifier: Apache-2.0
// Convolution by plain loops: the answer for shapes that the vendor's library does not take, and the oracle
// for those it does.
#include "ctffr/parallel/parallel.hpp"
#include "network/pack_nhwc.hpp"

namespace ctffr::kernels {

template <class Exec, class T>
void nhwc_convolve(const Exec& exec, NhwcConvolution convolution, View<const T> x, View<const T> filter,
                   View<T> y) {
    const NhwcShape from = convolution.x, to = convolution.y;
    const NhwcWindow window = convolution.window;
    CTFFR_CHECK_OP(x.size, ==, from.size());
    CTFFR_CHECK_OP(y.size, ==, to.size());
    CTFFR_CHECK_OP(filter.size, ==, convolution.filter_size());
    CTFFR_CHECK(from.c % convolution.groups == 0 && to.c % convolution.groups == 0);
    const Index pitch = to.pitch(), stored = convolution.filter_channels(), taps = convolution.taps();
    const Index inputs = from.c / convolution.groups, outputs = to.c / convolution.groups;
    parallel_for(
        exec, "plain convolution", to.voxels() * pitch, CTFFR_LAMBDA(Index i) {
            const Index c = i % pitch;
            if (c >= to.c) return store(0.0f, y[i]);
            const NhwcVoxel v = voxel_at(to, i / pitch);
            const T* row = filter.data + c * taps * stored;
            const Index channel = c / outputs * inputs;
            float sum = 0;
            for (Index kd = 0; kd < window.kernel[0]; ++kd) {
                const Index d = v.d * window.stride[0] - window.pad[0] + kd * window.dilation[0];
                if (d < 0 || d >= from.d) continue;
                for (Index kh = 0; kh < window.kernel[1]; ++kh) {
                    const Index h = v.h * window.stride[1] - window.pad[1] + kh * window.dilation[1];
                    if (h < 0 || h >= from.h) continue;
                    for (Index kw = 0; kw < window.kernel[2]; ++kw) {
                        const Index w = v.w * window.stride[2] - window.pad[2] + kw * window.dilation[2];
                        if (w < 0 || w >= from.w) continue;
                        const T* in = x.data + voxel_index(from, v.n, d, h, w) * from.pitch() + channel;
                        const T* factor =
                            row + ((kd * window.kernel[1] + kh) * window.kernel[2] + kw) * stored;
                        for (Index k = 0; k < inputs; ++k) sum += to_float(in[k]) * to_float(factor[k]);
                    }
                }
            }
            store(sum, y[i]);
        });
}

template <class Exec, class T>
void nhwc_convolve_transposed(const Exec& exec, NhwcConvolution convolution, View<const T> y,
                              View<const T> filter, View<T> x) {
    const NhwcShape from = convolution.y, to = convolution.x;
    const NhwcWindow window = convolution.window;
    CTFFR_CHECK_OP(x.size, ==, to.size());
    CTFFR_CHECK_OP(y.size, ==, from.size());
    CTFFR_CHECK_OP(filter.size, ==, convolution.filter_size());
    CTFFR_CHECK(from.c % convolution.groups == 0 && to.c % convolution.groups == 0);
    const Index pitch = to.pitch(), stored = convolution.filter_channels(), taps = convolution.taps();
    const Index inputs = from.c / convolution.groups, outputs = to.c / convolution.groups;
    parallel_for(
        exec, "plain transposed convolution", to.voxels() * pitch, CTFFR_LAMBDA(Index i) {
            const Index c = i % pitch;
            if (c >= to.c) return store(0.0f, x[i]);
            const NhwcVoxel v = voxel_at(to, i / pitch);
            const Index channel = c / outputs * inputs;
            float sum = 0;
            for (Index kd = 0; kd < window.kernel[0]; ++kd) {
                const Index d = v.d + window.pad[0] - kd * window.dilation[0];
                if (d < 0 || d % window.stride[0] != 0 || d / window.stride[0] >= from.d) continue;
                for (Index kh = 0; kh < window.kernel[1]; ++kh) {
                    const Index h = v.h + window.pad[1] - kh * window.dilation[1];
                    if (h < 0 || h % window.stride[1] != 0 || h / window.stride[1] >= from.h) continue;
                    for (Index kw = 0; kw < window.kernel[2]; ++kw) {
                        const Index w = v.w + window.pad[2] - kw * window.dilation[2];
                        if (w < 0 || w % window.stride[2] != 0 || w / window.stride[2] >= from.w) continue;
                        const Index at = voxel_index(from, v.n, d / window.stride[0], h / window.stride[1],
                                                     w / window.stride[2]);
                        const Index tap = (kd * window.kernel[1] + kh) * window.kernel[2] + kw;
                        const T* in = y.data + at * from.pitch() + channel;
                        for (Index k = 0; k < inputs; ++k)
                            sum += to_float(in[k]) *
                                   to_float(filter[((channel + k) * taps + tap) * stored + c % outputs]);
                    }
                }
            }
            store(sum, x[i]);
        });
}

#define CTFFR_CONVOLUTION_KERNELS(T)                                                                         \
    template void nhwc_convolve<CTFFR_EXEC, T>(const CTFFR_EXEC&, NhwcConvolution, View<const T>,            \
                                               View<const T>, View<T>);                                      \
    template void nhwc_convolve_transposed<CTFFR_EXEC, T>(const CTFFR_EXEC&, NhwcConvolution, View<const T>, \
                                                          View<const T>, View<T>);
CTFFR_NHWC_TYPES(CTFFR_CONVOLUTION_KERNELS)
#undef CTFFR_CONVOLUTION_KERNELS

}  // namespace ctffr::kernels
