// SPDX-License-Identifier: Apache-2.0
// Sums over the voxels of a sample (64 in float, the rest in double) and what normalisations make of them.
// Two passes (mean, then squared distances from it): one pass loses the variance of values far from zero.
#include <algorithm>

#include "ctffr/parallel/parallel.hpp"
#include "network/pack_nhwc.hpp"

namespace ctffr::kernels {

template <class Exec, class T>
void nhwc_sums(const Exec& exec, NhwcShape shape, View<const T> in, View<const float> center,
               View<double> scratch, View<double> sums) {
    const Index pitch = shape.pitch(), packs = pitch / 8, voxels = shape.per_sample();
    CTFFR_CHECK_OP(in.size, ==, shape.size());
    CTFFR_CHECK(center.size == 0 || center.size == shape.n * pitch);
    CTFFR_CHECK_OP(scratch.size, >=, nhwc_sums_scratch(shape));
    CTFFR_CHECK_OP(sums.size, ==, shape.n * pitch);
    Index blocks = nhwc_sum_blocks(voxels);
    double* from = scratch.data;
    double* to = scratch.data + shape.n * pitch * blocks;
    {
        const Index count = blocks;
        double* partial = from;
        parallel_for(
            exec, "sums of blocks", shape.n * count * packs,
            CTFFR_LAMBDA(Index i) {
                const Index pack = i % packs, block = i / packs % count, n = i / packs / count;
                const Index first = block * nhwc_sum_block;
                const Index end = first + nhwc_sum_block < voxels ? first + nhwc_sum_block : voxels;
                float sum[8] = {0, 0, 0, 0, 0, 0, 0, 0}, middle[8] = {0, 0, 0, 0, 0, 0, 0, 0};
                if (center.size)
                    for (int k = 0; k < 8; ++k) middle[k] = center[n * pitch + pack * 8 + k];
                for (Index v = first; v < end; ++v) {
                    const Pack8<T> x = load_pack(in.data, (n * voxels + v) * packs + pack);
                    for (int k = 0; k < 8; ++k) {
                        const float value = to_float(x.v[k]) - middle[k];
                        sum[k] += center.size ? value * value : value;
                    }
                }
                for (int k = 0; k < 8; ++k) partial[(n * count + block) * pitch + pack * 8 + k] = sum[k];
            },
            traffic_of<T>(in.size));
    }
    while (true) {
        const Index count = blocks, fewer = nhwc_sum_blocks(blocks);
        const double* source = from;
        double* target = fewer == 1 ? sums.data : to;
        parallel_for(
            exec, "sums of sums", shape.n * fewer * pitch,
            CTFFR_LAMBDA(Index i) {
                const Index c = i % pitch, block = i / pitch % fewer, n = i / pitch / fewer;
                const Index end = (block + 1) * nhwc_sum_block < count ? (block + 1) * nhwc_sum_block : count;
                double sum = 0;
                for (Index b = block * nhwc_sum_block; b < end; ++b)
                    sum += source[(n * count + b) * pitch + c];
                target[i] = sum;
            },
            8.0 * static_cast<double>(shape.n * count * pitch));
        if (fewer == 1) return;
        blocks = fewer;
        std::swap(from, to);
    }
}

template <class Exec>
void nhwc_group_means(const Exec& exec, NhwcShape shape, Index groups, View<const double> sums,
                      View<float> mean) {
    const Index pitch = shape.pitch(), width = shape.c / groups;
    CTFFR_CHECK_OP(width * groups, ==, shape.c);
    CTFFR_CHECK_OP(mean.size, ==, shape.n * pitch);
    const double count = static_cast<double>(shape.per_sample()) * static_cast<double>(width);
    parallel_for(
        exec, "means", shape.n * pitch, CTFFR_LAMBDA(Index i) {
            const Index c = i % pitch, row = i - c;
            double sum = 0;
            if (c < shape.c)
                for (Index k = c / width * width; k < (c / width + 1) * width; ++k) sum += sums[row + k];
            mean[i] = static_cast<float>(sum / count);
        });
}

template <class Exec>
void nhwc_norm_factors(const Exec& exec, NhwcShape shape, Index groups, View<const double> squares,
                       View<const float> mean, View<const float> gamma, View<const float> beta, float epsilon,
                       View<float> scale, View<float> shift) {
    const Index pitch = shape.pitch(), width = shape.c / groups;
    CTFFR_CHECK_OP(gamma.size, ==, shape.c);
    CTFFR_CHECK_OP(beta.size, ==, shape.c);
    CTFFR_CHECK_OP(scale.size, ==, shape.n * pitch);
    CTFFR_CHECK_OP(shift.size, ==, shape.n * pitch);
    const double count = static_cast<double>(shape.per_sample()) * static_cast<double>(width);
    parallel_for(
        exec, "normalisation factors", shape.n * pitch, CTFFR_LAMBDA(Index i) {
            const Index c = i % pitch, row = i - c;
            scale[i] = 0;
            shift[i] = 0;
            if (c >= shape.c) return;
            double sum = 0;
            for (Index k = c / width * width; k < (c / width + 1) * width; ++k) sum += squares[row + k];
            const double factor = gamma[c] / sqrt(sum / count + epsilon);
            scale[i] = static_cast<float>(factor);
            shift[i] = static_cast<float>(beta[c] - mean[i] * factor);
        });
}

template <class Exec, class T>
void nhwc_store_means(const Exec& exec, NhwcShape shape, View<const float> mean, View<T> out) {
    const Index pitch = shape.pitch();
    CTFFR_CHECK_OP(mean.size, ==, shape.n * pitch);
    CTFFR_CHECK_OP(out.size, ==, shape.n * pitch);
    parallel_for(
        exec, "store means", shape.n * pitch,
        CTFFR_LAMBDA(Index i) { store(i % pitch < shape.c ? mean[i] : 0.0f, out[i]); });
}

template void nhwc_group_means<CTFFR_EXEC>(const CTFFR_EXEC&, NhwcShape, Index, View<const double>,
                                           View<float>);
template void nhwc_norm_factors<CTFFR_EXEC>(const CTFFR_EXEC&, NhwcShape, Index, View<const double>,
                                            View<const float>, View<const float>, View<const float>, float,
                                            View<float>, View<float>);
#define CTFFR_NORM_KERNELS(T)                                                                              \
    template void nhwc_sums<CTFFR_EXEC, T>(const CTFFR_EXEC&, NhwcShape, View<const T>, View<const float>, \
                                           View<double>, View<double>);                                    \
    template void nhwc_store_means<CTFFR_EXEC, T>(const CTFFR_EXEC&, NhwcShape, View<const float>, View<T>);
CTFFR_NHWC_TYPES(CTFFR_NORM_KERNELS)
#undef CTFFR_NORM_KERNELS

}  // namespace ctffr::kernels
