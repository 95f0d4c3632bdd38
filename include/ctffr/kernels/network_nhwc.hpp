// SPDX-License-Identifier: Apache-2.0
// Operators of neural networks on channels-last images. An image is (n, d, h, w, c) with c fastest and rows
// of `pitch` channels: c rounded up to a multiple of 8. The channels beyond c exist in memory and are always
// zero, so that a convolution over the pitch gives what one over c gives. T is float or BFloat16; sums are in
// float.
#pragma once

#include <cstdint>
#include <cstring>

#include "ctffr/core/index.hpp"
#include "ctffr/core/platform.hpp"
#include "ctffr/parallel/array.hpp"
#include "ctffr/parallel/exec.hpp"

namespace ctffr::kernels {

// The upper half of a float: its range, 8 bits of mantissa.
struct BFloat16 {
    std::uint16_t bits;
};

CTFFR_HD inline float to_float(float x) { return x; }
CTFFR_HD inline float to_float(BFloat16 x) {
    const std::uint32_t wide = static_cast<std::uint32_t>(x.bits) << 16;
    float value;
    memcpy(&value, &wide, sizeof value);
    return value;
}
CTFFR_HD inline void store(float value, float& to) { to = value; }
// Round to nearest, ties to even; a NaN stays one.
CTFFR_HD inline void store(float value, BFloat16& to) {
    std::uint32_t wide;
    memcpy(&wide, &value, sizeof wide);
    if ((wide & 0x7fffffffu) > 0x7f800000u)
        to.bits = static_cast<std::uint16_t>((wide >> 16) | 0x40u);
    else
        to.bits = static_cast<std::uint16_t>((wide + 0x7fffu + ((wide >> 16) & 1u)) >> 16);
}

struct NhwcShape {
    Index n = 1, d = 1, h = 1, w = 1, c = 1;

    CTFFR_HD Index pitch() const { return (c + 7) / 8 * 8; }
    CTFFR_HD Index per_sample() const { return d * h * w; }
    CTFFR_HD Index voxels() const { return n * d * h * w; }
    CTFFR_HD Index size() const { return voxels() * pitch(); }  // elements in memory
    CTFFR_HD bool operator==(const NhwcShape& o) const {
        return n == o.n && d == o.d && h == o.h && w == o.w && c == o.c;
    }
};

// y = f(x) of one value; a and b are its parameters.
struct NhwcFunction {
    enum class Kind {
        none,
        leaky_relu,  // a: slope below zero
        elu,         // a: alpha
        sigmoid,
        tanh,
        gelu,       // with the error function
        gelu_tanh,  // its approximation
        clip,       // a, b: bounds
        abs,
        neg,
        exp,
        log,
        sqrt,
        erf,
        reciprocal,
        softplus,
        hard_sigmoid,  // a, b: max(0, min(1, a x + b))
    };
    Kind kind = Kind::none;
    float a = 0, b = 0;
};

// ---- layout (copy_nhwc.cpp)

// Row-major (n, c, d, h, w) floats to an image and back; `rows` holds n c d h w values.
template <class Exec, class T>
void nhwc_from_rows(const Exec& exec, NhwcShape shape, View<const float> rows, View<T> image);
template <class Exec, class T>
void rows_from_nhwc(const Exec& exec, NhwcShape shape, View<const T> image, View<float> rows);

// For each axis of a block of the target, where it comes from: indices of the source, -1 for `fill`.
struct NhwcMap {
    const std::int32_t *n = nullptr, *d = nullptr, *h = nullptr, *w = nullptr, *c = nullptr;
};
// target[at + i] = source[map(i)] for i in block (its c counts elements, padding channels included). Slices,
// padding of every kind, tiling and the parts of a concatenation are all of this form.
template <class Exec, class T>
void nhwc_gather(const Exec& exec, NhwcShape source, View<const T> in, NhwcMap map, NhwcShape block,
                 float fill, NhwcShape target, NhwcShape at, View<T> out);
// The same where channels are copied 8 at a time: channels from source_pack * 8 go to target_pack * 8; map.c
// is not read and block.c is a multiple of 8.
template <class Exec, class T>
void nhwc_gather_packs(const Exec& exec, NhwcShape source, View<const T> in, NhwcMap map, Index source_pack,
                       NhwcShape block, float fill, NhwcShape target, NhwcShape at, View<T> out);

// ---- one value at a time (pointwise_nhwc.cpp)

// out = function(prelu(scale in + shift) + residual). scale and shift: empty, one value per channel of the
// pitch, or n times that; slope: empty, or the factor of negative values per channel; residual: empty or an
// image. `in` and `out` may be the same.
template <class Exec, class T>
void nhwc_affine(const Exec& exec, const char* name, NhwcShape shape, View<const T> in,
                 View<const float> scale, View<const float> shift, View<const float> slope,
                 View<const T> residual, NhwcFunction function, View<T> out);

enum class NhwcBinary { add, subtract, multiply, divide, minimum, maximum, power };
// out = function(a op b); every extent of a and b is that of out, or 1 and repeated.
template <class Exec, class T>
void nhwc_binary(const Exec& exec, const char* name, NhwcBinary op, NhwcShape a_shape, View<const T> a,
                 NhwcShape b_shape, View<const T> b, NhwcFunction function, NhwcShape shape, View<T> out);

// ---- sums over voxels (norm_nhwc.cpp)

// Doubles that nhwc_sums needs as scratch: sums of 64 voxels each, and the next step of the tree of 64.
inline constexpr Index nhwc_sum_block = 64;
inline Index nhwc_sum_blocks(Index count) { return (count + nhwc_sum_block - 1) / nhwc_sum_block; }
inline Index nhwc_sums_scratch(NhwcShape shape) {
    const Index blocks = nhwc_sum_blocks(shape.per_sample());
    return shape.n * shape.pitch() * (blocks + nhwc_sum_blocks(blocks));
}
// sums[n pitch + c] of in, or, with a center (n pitch values), of (in - center)^2. Fixed blocks and a fixed
// tree.
template <class Exec, class T>
void nhwc_sums(const Exec& exec, NhwcShape shape, View<const T> in, View<const float> center,
               View<double> scratch, View<double> sums);
// mean[n pitch + c] over the group of c, from sums of the values; c channels fall into `groups` groups.
template <class Exec>
void nhwc_group_means(const Exec& exec, NhwcShape shape, Index groups, View<const double> sums,
                      View<float> mean);
// What turns values into normalised ones: scale = gamma / sqrt(variance + epsilon), shift = beta - mean
// scale; `squares` are the sums of squared distances from `mean`, gamma and beta have c values.
template <class Exec>
void nhwc_norm_factors(const Exec& exec, NhwcShape shape, Index groups, View<const double> squares,
                       View<const float> mean, View<const float> gamma, View<const float> beta, float epsilon,
                       View<float> scale, View<float> shift);
// The means as an image of one voxel per sample.
template <class Exec, class T>
void nhwc_store_means(const Exec& exec, NhwcShape shape, View<const float> mean, View<T> out);

// ---- windows (window_nhwc.cpp)

// Arrays are along d, h, w.
struct NhwcWindow {
    Index kernel[3] = {1, 1, 1}, stride[3] = {1, 1, 1}, dilation[3] = {1, 1, 1};
    Index pad[3] = {0, 0, 0};        // before
    Index pad_after[3] = {0, 0, 0};  // read by averages that count the padding
};
enum class NhwcPool { maximum, average, average_with_padding };
template <class Exec, class T>
void nhwc_pool(const Exec& exec, NhwcPool kind, NhwcWindow window, NhwcShape from, View<const T> in,
               NhwcShape to, View<T> out);

// One axis of an interpolation: out[i] = (1 - weight[i]) in[low[i]] + weight[i] in[high[i]].
struct NhwcAxis {
    const std::int32_t *low = nullptr, *high = nullptr;
    const float* weight = nullptr;
};
template <class Exec, class T>
void nhwc_resize(const Exec& exec, NhwcShape from, View<const T> in, NhwcAxis d, NhwcAxis h, NhwcAxis w,
                 NhwcShape to, View<T> out);

// ---- over channels (channels_nhwc.cpp)

template <class Exec, class T>
void nhwc_softmax(const Exec& exec, NhwcShape shape, View<const T> in, bool logarithm, View<T> out);
// Index of the largest channel per voxel (the first of equals, or the last), in the order (n, d, h, w).
template <class Exec, class T>
void nhwc_argmax(const Exec& exec, NhwcShape shape, View<const T> in, bool last, View<std::int64_t> out);

// ---- convolution (convolution_nhwc.cpp)

// y = filter * x (cross-correlation). The filter is stored [filter_rows][taps d, h, w][filter_channels]:
// output channels of y by input channels of x within a group, padded to the pitches when there is one group.
struct NhwcConvolution {
    NhwcShape x, y;
    NhwcWindow window;  // pad_after is not read
    Index groups = 1;

    CTFFR_HD Index taps() const { return window.kernel[0] * window.kernel[1] * window.kernel[2]; }
    CTFFR_HD Index filter_rows() const { return groups == 1 ? y.pitch() : y.c; }
    CTFFR_HD Index filter_channels() const { return groups == 1 ? x.pitch() : x.c / groups; }
    CTFFR_HD Index filter_size() const { return filter_rows() * taps() * filter_channels(); }
};
// Plain loops, for shapes that no library takes: right, not fast.
template <class Exec, class T>
void nhwc_convolve(const Exec& exec, NhwcConvolution convolution, View<const T> x, View<const T> filter,
                   View<T> y);
// The transpose of the above: x from y.
template <class Exec, class T>
void nhwc_convolve_transposed(const Exec& exec, NhwcConvolution convolution, View<const T> y,
                              View<const T> filter, View<T> x);

}  // namespace ctffr::kernels
