// SPDX-License-Identifier: Apache-2.0
// Convolutions of large images by cuDNN against plain loops on the same GPU: releases of cuDNN have been
// wrong in bfloat16 where an image has very many voxels, while small ones were right.
#include <cmath>
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

#include "ctffr/core/error.hpp"
#include "ctffr/parallel/parallel.hpp"
#include "network/cuda/convolution.hpp"

namespace ctffr::network {
namespace {

using kernels::BFloat16;
using kernels::NhwcConvolution;

// A number in [-1, 1) from an index, the same everywhere.
float noise(std::uint64_t i) {
    i += 0x9e3779b97f4a7c15u;
    i = (i ^ (i >> 30)) * 0xbf58476d1ce4e5b9u;
    i = (i ^ (i >> 27)) * 0x94d049bb133111ebu;
    return static_cast<float>(static_cast<double>((i ^ (i >> 31)) >> 40) / double(1 << 23) - 1.0);
}

template <class T>
Array<T, Cuda> random_array(Index size, std::uint64_t seed, float scale) {
    std::vector<T> values(static_cast<std::size_t>(size));
    parallel_for(Cpu{}, "noise", size, [&](Index i) {
        kernels::store(scale * noise(seed + static_cast<std::uint64_t>(i)),
                       values[static_cast<std::size_t>(i)]);
    });
    return {Cuda{}, values};
}

struct Large {
    Index d, h, w, channels, kernel_d, kernel;
};

NhwcConvolution convolution_of(const Large& large, Index stride, bool padded) {
    NhwcConvolution c;
    c.x.d = large.d, c.x.h = large.h, c.x.w = large.w, c.x.c = large.channels;
    c.y.c = large.channels;
    const Index kernel[3] = {large.kernel_d, large.kernel, large.kernel};
    const Index from[3] = {large.d, large.h, large.w};
    Index to[3];
    for (int a = 0; a < 3; ++a) {
        c.window.kernel[a] = kernel[a], c.window.stride[a] = stride;
        c.window.pad[a] = padded ? kernel[a] / 2 : 0;
        to[a] = (from[a] + 2 * c.window.pad[a] - kernel[a]) / stride + 1;
    }
    c.y.d = to[0], c.y.h = to[1], c.y.w = to[2];
    return c;
}

template <class T>
void expect_cudnn_is_right(const NhwcConvolution& c, bool transposed) {
    const Index needed = (c.x.size() + 2 * c.y.size()) * static_cast<Index>(sizeof(T));
    if (list_devices().at(1).memory_bytes < 1.3 * static_cast<double>(needed) + 2e9)
        GTEST_SKIP() << "this GPU has less than " << needed << " bytes";
    const cudnn::Handle handle;
    const cudnn::Descriptor device = cudnn::device_of(handle);
    const auto plan = cudnn::make_convolution(device, c, transposed, sizeof(T) == 2);
    ASSERT_TRUE(plan.has_value());
    const float scale = 1.0f / std::sqrt(static_cast<float>(c.taps() * c.x.c));
    const Index in_size = transposed ? c.y.size() : c.x.size(),
                out_size = transposed ? c.x.size() : c.y.size();
    Array<T, Cuda> in = random_array<T>(in_size, 1, 1.0f);
    Array<T, Cuda> filter = random_array<T>(c.filter_size(), 1u << 20, scale);
    Array<T, Cuda> out(Cuda{}, out_size), plain(Cuda{}, out_size);
    Array<std::byte, Cuda> workspace(Cuda{}, static_cast<Index>(plan->workspace_bytes()) + 1);
    const std::int64_t ids[3] = {cudnn::convolution_x, cudnn::convolution_filter, cudnn::convolution_y};
    void* const data[3] = {transposed ? out.data() : in.data(), filter.data(),
                           transposed ? in.data() : out.data()};
    plan->run(handle, nullptr, ids, data, workspace.data());
    const Array<T, Cuda>& source = in;
    const Array<T, Cuda>& weights = filter;
    if (transposed)
        kernels::nhwc_convolve_transposed<Cuda, T>(Cuda{}, c, source.view(), weights.view(), plain.view());
    else
        kernels::nhwc_convolve<Cuda, T>(Cuda{}, c, source.view(), weights.view(), plain.view());

    const std::vector<T> found = out.to_host(), truth = plain.to_host();
    const float relative = sizeof(T) == 2 ? 1.0f / 100 : 1e-5f, absolute = sizeof(T) == 2 ? 1e-3f : 1e-5f;
    const auto wrong = parallel_sum<Index>(Cpu{}, "compare", out_size, [&](Index i) {
        const float a = kernels::to_float(found[static_cast<std::size_t>(i)]);
        const float b = kernels::to_float(truth[static_cast<std::size_t>(i)]);
        return Index{std::abs(a - b) <= absolute + relative * std::abs(b) ? 0 : 1};
    });
    EXPECT_EQ(wrong, 0) << "of " << out_size << " values, engine " << plan->engine();
}

TEST(LargeConvolution, FullResolutionInBothPrecisions) {
    const NhwcConvolution c = convolution_of({160, 160, 160, 16, 3, 3}, 1, true);
    expect_cudnn_is_right<BFloat16>(c, false);
    expect_cudnn_is_right<float>(c, false);
}

TEST(LargeConvolution, MoreThanTwoToThe31Bytes) {
    expect_cudnn_is_right<BFloat16>(convolution_of({408, 408, 408, 16, 3, 3}, 1, true), false);
}

// The shape that cuDNN 9.10 got wrong.
TEST(LargeConvolution, FlatKernelOnALongStack) {
    expect_cudnn_is_right<BFloat16>(convolution_of({124, 1282, 722, 16, 1, 3}, 1, false), false);
}

TEST(LargeConvolution, DownAndUp) {
    const NhwcConvolution down = convolution_of({320, 320, 320, 16, 2, 2}, 2, false);
    expect_cudnn_is_right<BFloat16>(down, false);
    expect_cudnn_is_right<BFloat16>(down, true);
    expect_cudnn_is_right<float>(convolution_of({160, 160, 160, 16, 2, 2}, 2, false), true);
}

// TF32 has 10 bits of mantissa: it would miss the tolerance of float by a factor of 50.
TEST(LargeConvolution, FloatIsFloat) {
    expect_cudnn_is_right<float>(convolution_of({48, 48, 48, 128, 3, 3}, 1, true), false);
    expect_cudnn_is_right<float>(convolution_of({48, 48, 48, 128, 3, 3}, 2, true), true);
}

}  // namespace
}  // namespace ctffr::network
