// SPDX-License-Identifier: Apache-2.0
// Operators that look at one value at a time: epilogues, activations, arithmetic with broadcasting.
#include "ctffr/parallel/parallel.hpp"
#include "network/pack_nhwc.hpp"

namespace ctffr::kernels {

template <class Exec, class T>
void nhwc_affine(const Exec& exec, const char* name, NhwcShape shape, View<const T> in,
                 View<const float> scale, View<const float> shift, View<const float> slope,
                 View<const T> residual, NhwcFunction function, View<T> out) {
    const Index pitch = shape.pitch(), packs = pitch / 8;
    const auto fits = [&](Index size) { return size == 0 || size == pitch || size == shape.n * pitch; };
    CTFFR_CHECK_OP(in.size, ==, shape.size());
    CTFFR_CHECK_OP(out.size, ==, shape.size());
    CTFFR_CHECK(fits(scale.size) && fits(shift.size) && (slope.size == 0 || slope.size == pitch));
    CTFFR_CHECK(residual.size == 0 || residual.size == shape.size());
    const bool per_sample = scale.size > pitch || shift.size > pitch;
    const Index sample_packs = shape.per_sample() * packs;
    const Index scale_step = scale.size > pitch ? pitch : 0, shift_step = shift.size > pitch ? pitch : 0;
    parallel_for(
        exec, name, shape.voxels() * packs,
        CTFFR_LAMBDA(Index i) {
            const Index first = i % packs * 8, sample = per_sample ? i / sample_packs : 0;
            const Pack8<T> x = load_pack(in.data, i);
            Pack8<T> add, y;
            if (residual.size) add = load_pack(residual.data, i);
            for (int k = 0; k < 8; ++k) {
                const Index c = first + k;
                float value = to_float(x.v[k]);
                if (scale.size) value *= scale[sample * scale_step + c];
                if (shift.size) value += shift[sample * shift_step + c];
                if (slope.size && value < 0) value *= slope[c];
                if (residual.size) value += to_float(add.v[k]);
                store(c < shape.c ? evaluate(function, value) : 0.0f, y.v[k]);
            }
            store_pack(out.data, i, y);
        },
        traffic_of<T>((residual.size ? 3 : 2) * shape.size()));
}

namespace {

// Steps of an operand along the axes of the result, in elements: zero where it is repeated.
struct Steps {
    Index n, d, h, w, c;
};

Steps steps_of(const NhwcShape& operand, const NhwcShape& result) {
    const auto fits = [](Index a, Index b) { return a == b || a == 1; };
    CTFFR_CHECK(fits(operand.n, result.n) && fits(operand.d, result.d) && fits(operand.h, result.h) &&
                fits(operand.w, result.w) && fits(operand.c, result.c));
    const Index w = operand.pitch(), h = w * operand.w, d = h * operand.h, n = d * operand.d;
    return {operand.n == 1 ? 0 : n, operand.d == 1 ? 0 : d, operand.h == 1 ? 0 : h, operand.w == 1 ? 0 : w,
            operand.c == 1 ? 0 : 1};
}

CTFFR_HD inline float combine(NhwcBinary op, float a, float b) {
    switch (op) {
        case NhwcBinary::add: return a + b;
        case NhwcBinary::subtract: return a - b;
        case NhwcBinary::multiply: return a * b;
        case NhwcBinary::divide: return a / b;
        case NhwcBinary::minimum: return b < a ? b : a;
        case NhwcBinary::maximum: return b > a ? b : a;
        case NhwcBinary::power: return powf(a, b);
    }
    return a;
}

}  // namespace

template <class Exec, class T>
void nhwc_binary(const Exec& exec, const char* name, NhwcBinary op, NhwcShape a_shape, View<const T> a,
                 NhwcShape b_shape, View<const T> b, NhwcFunction function, NhwcShape shape, View<T> out) {
    CTFFR_CHECK_OP(a.size, ==, a_shape.size());
    CTFFR_CHECK_OP(b.size, ==, b_shape.size());
    CTFFR_CHECK_OP(out.size, ==, shape.size());
    const Index packs = shape.pitch() / 8;
    const bool plain = a_shape == shape && b_shape == shape;
    const Steps as = steps_of(a_shape, shape), bs = steps_of(b_shape, shape);
    parallel_for(
        exec, name, shape.voxels() * packs,
        CTFFR_LAMBDA(Index i) {
            const Index first = i % packs * 8;
            Index at_a = i * 8, at_b = i * 8;
            if (!plain) {
                const NhwcVoxel v = voxel_at(shape, i / packs);
                at_a = v.n * as.n + v.d * as.d + v.h * as.h + v.w * as.w + first * as.c;
                at_b = v.n * bs.n + v.d * bs.d + v.h * bs.h + v.w * bs.w + first * bs.c;
            }
            Pack8<T> y;
            for (int k = 0; k < 8; ++k) {
                float value = 0;
                if (first + k < shape.c)
                    value = evaluate(function,
                                     combine(op, to_float(a[at_a + k * as.c]), to_float(b[at_b + k * bs.c])));
                store(value, y.v[k]);
            }
            store_pack(out.data, i, y);
        },
        traffic_of<T>(a.size + b.size + out.size));
}

#define CTFFR_POINTWISE_KERNELS(T)                                                                     \
    template void nhwc_affine<CTFFR_EXEC, T>(const CTFFR_EXEC&, const char*, NhwcShape, View<const T>, \
                                             View<const float>, View<const float>, View<const float>,  \
                                             View<const T>, NhwcFunction, View<T>);                    \
    template void nhwc_binary<CTFFR_EXEC, T>(const CTFFR_EXEC&, const char*, NhwcBinary, NhwcShape,    \
                                             View<const T>, NhwcShape, View<const T>, NhwcFunction,    \
                                             NhwcShape, View<T>);
CTFFR_NHWC_TYPES(CTFFR_POINTWISE_KERNELS)
#undef CTFFR_POINTWISE_KERNELS

}  // namespace ctffr::kernels
