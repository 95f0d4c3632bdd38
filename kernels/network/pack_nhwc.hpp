// SPDX-License-Identifier: Apache-2.0
// What the channels-last kernels share: eight channels at a time, functions of one value, places of voxels.
#pragma once

#include <cmath>

#include "ctffr/kernels/network_nhwc.hpp"

namespace ctffr::kernels {

// Eight channels: one 16-byte access of BFloat16, two of float.
template <class T>
struct alignas(16) Pack8 {
    T v[8];
};

template <class T>
CTFFR_HD inline Pack8<T> load_pack(const T* data, Index pack) {
    return reinterpret_cast<const Pack8<T>*>(data)[pack];
}
template <class T>
CTFFR_HD inline void store_pack(T* data, Index pack, const Pack8<T>& value) {
    reinterpret_cast<Pack8<T>*>(data)[pack] = value;
}

CTFFR_HD inline float evaluate(NhwcFunction f, float x) {
    switch (f.kind) {
        case NhwcFunction::Kind::none: return x;
        case NhwcFunction::Kind::leaky_relu: return x < 0 ? f.a * x : x;
        case NhwcFunction::Kind::elu: return x < 0 ? f.a * expm1f(x) : x;
        case NhwcFunction::Kind::sigmoid: return 1 / (1 + expf(-x));
        case NhwcFunction::Kind::tanh: return tanhf(x);
        case NhwcFunction::Kind::gelu: return 0.5f * x * (1 + erff(x * 0.70710678f));
        case NhwcFunction::Kind::gelu_tanh:
            return 0.5f * x * (1 + tanhf(0.79788456f * (x + 0.044715f * x * x * x)));
        case NhwcFunction::Kind::clip: return x < f.a ? f.a : (x > f.b ? f.b : x);
        case NhwcFunction::Kind::abs: return fabsf(x);
        case NhwcFunction::Kind::neg: return -x;
        case NhwcFunction::Kind::exp: return expf(x);
        case NhwcFunction::Kind::log: return logf(x);
        case NhwcFunction::Kind::sqrt: return sqrtf(x);
        case NhwcFunction::Kind::erf: return erff(x);
        case NhwcFunction::Kind::reciprocal: return 1 / x;
        case NhwcFunction::Kind::softplus: return x > 0 ? x + log1pf(expf(-x)) : log1pf(expf(x));
        case NhwcFunction::Kind::hard_sigmoid: {
            const float y = f.a * x + f.b;
            return y < 0 ? 0 : (y > 1 ? 1 : y);
        }
    }
    return x;
}

struct NhwcVoxel {
    Index n, d, h, w;
};

CTFFR_HD inline NhwcVoxel voxel_at(const NhwcShape& shape, Index voxel) {
    const Index w = voxel % shape.w, row = voxel / shape.w;
    const Index h = row % shape.h, plane = row / shape.h;
    return {plane / shape.d, plane % shape.d, h, w};
}

CTFFR_HD inline Index voxel_index(const NhwcShape& shape, Index n, Index d, Index h, Index w) {
    return ((n * shape.d + d) * shape.h + h) * shape.w + w;
}

// Bytes that a kernel moves which reads and writes this many elements.
template <class T>
double traffic_of(Index elements) {
    return static_cast<double>(elements) * sizeof(T);
}

}  // namespace ctffr::kernels

// The kernels exist for both element types, on the executor of the present pass.
#define CTFFR_NHWC_TYPES(KERNEL) KERNEL(float) KERNEL(BFloat16)
