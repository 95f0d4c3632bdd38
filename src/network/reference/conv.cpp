// SPDX-License-Identifier: Apache-2.0
// Convolution and its transpose, one row of the result at a time.
#include <algorithm>

#include "network/reference/call.hpp"

namespace ctffr::network::reference {

Window window_of(const Node& node, const Shape& in, const Shape& out) {
    const std::size_t axes = in.size() - 2;
    Window w;
    w.in = w.out = w.kernel = w.stride = w.dilation = {1, 1, 1};
    w.before = {0, 0, 0};
    const auto kernel = node.integers("kernel_shape", {}), stride = node.integers("strides", {}),
               dilation = node.integers("dilations", {}), pads = node.integers("pads", {});
    for (std::size_t a = 0; a < axes; ++a) {
        const std::size_t to = 3 - axes + a;
        w.in[to] = in[a + 2];
        w.out[to] = out[a + 2];
        w.kernel[to] = kernel.at(a);
        w.stride[to] = stride.at(a);
        w.dilation[to] = dilation.at(a);
        w.before[to] = pads.at(a);
    }
    return w;
}

namespace {

std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a >= 0 ? a / b : -((-a + b - 1) / b); }

// Numbers x in [0, count) for which 0 <= x * stride + shift < extent.
struct Span {
    std::int64_t begin, end;
};
Span span(std::int64_t count, std::int64_t stride, std::int64_t shift, std::int64_t extent) {
    return {std::max<std::int64_t>(0, -floor_div(shift, stride)),
            std::min(count, floor_div(extent - 1 - shift, stride) + 1)};
}

struct Tensors {
    const float *input, *weights, *bias;
    std::int64_t in_channels, out_channels, group;
    std::int64_t in_per_group() const { return in_channels / group; }
    std::int64_t out_per_group() const { return out_channels / group; }
};

Tensors tensors_of(const Call& call) {
    return {call.floats(0),   call.floats(1),      call.has(2) ? call.floats(2) : nullptr,
            call.shape(0)[1], call.out().shape[1], call.node.integer("group", 1)};
}

// row(batch, channel, z, y, sums) for every row of the result: adds to `sums`, which start at the bias.
template <class Row>
void for_output_rows(const Call& call, const char* name, const Tensors& t, const Window& w, const Row& row) {
    float* out = call.out().floats.data();
    const Index rows = call.shape(0)[0] * t.out_channels * w.out[0] * w.out[1];
    parallel_for(call.exec, name, rows, [&](Index r) {
        const Index y = r % w.out[1], z = r / w.out[1] % w.out[0], plane = r / (w.out[1] * w.out[0]);
        const Index channel = plane % t.out_channels, batch = plane / t.out_channels;
        std::vector<double> sums(static_cast<std::size_t>(w.out[2]), t.bias ? t.bias[channel] : 0.0);
        row(batch, channel, z, y, sums.data());
        for (Index x = 0; x < w.out[2]; ++x)
            out[r * w.out[2] + x] = static_cast<float>(sums[static_cast<std::size_t>(x)]);
    });
}

}  // namespace

void conv(const Call& call) {
    const Tensors t = tensors_of(call);
    const Window w = window_of(call.node, call.shape(0), call.out().shape);
    for_output_rows(call, "conv", t, w, [&](Index batch, Index channel, Index z, Index y, double* sums) {
        const Index first = channel / t.out_per_group() * t.in_per_group();
        for (Index c = 0; c < t.in_per_group(); ++c) {
            const float* image = t.input + (batch * t.in_channels + first + c) * w.in[0] * w.in[1] * w.in[2];
            const float* kernel = t.weights + (channel * t.in_per_group() + c) * w.kernel_size();
            for (Index kz = 0; kz < w.kernel[0]; ++kz)
                for (Index ky = 0; ky < w.kernel[1]; ++ky) {
                    const Index iz = z * w.stride[0] - w.before[0] + kz * w.dilation[0];
                    const Index iy = y * w.stride[1] - w.before[1] + ky * w.dilation[1];
                    if (iz < 0 || iz >= w.in[0] || iy < 0 || iy >= w.in[1]) continue;
                    const float* line = image + (iz * w.in[1] + iy) * w.in[2];
                    for (Index kx = 0; kx < w.kernel[2]; ++kx) {
                        const double weight = kernel[(kz * w.kernel[1] + ky) * w.kernel[2] + kx];
                        const Index shift = kx * w.dilation[2] - w.before[2], stride = w.stride[2];
                        const Span x = span(w.out[2], stride, shift, w.in[2]);
                        if (stride == 1)  // contiguous, so that the compiler can use vectors
                            for (Index i = x.begin; i < x.end; ++i) sums[i] += weight * line[i + shift];
                        else
                            for (Index i = x.begin; i < x.end; ++i)
                                sums[i] += weight * line[i * stride + shift];
                    }
                }
        }
    });
}

void conv_transpose(const Call& call) {
    const Tensors t = tensors_of(call);
    const Window w = window_of(call.node, call.shape(0), call.out().shape);
    // Input index whose kernel element k reaches output o; -1: none.
    const auto source = [&](std::size_t axis, Index o, Index k) {
        const Index reach = o + w.before[axis] - k * w.dilation[axis];
        return reach >= 0 && reach % w.stride[axis] == 0 && reach / w.stride[axis] < w.in[axis]
                   ? reach / w.stride[axis]
                   : Index{-1};
    };
    for_output_rows(
        call, "conv transpose", t, w, [&](Index batch, Index channel, Index z, Index y, double* sums) {
            const Index group = channel / t.out_per_group(), of_group = channel % t.out_per_group();
            for (Index c = 0; c < t.in_per_group(); ++c) {
                const Index in_channel = group * t.in_per_group() + c;
                const float* image =
                    t.input + (batch * t.in_channels + in_channel) * w.in[0] * w.in[1] * w.in[2];
                const float* kernel =
                    t.weights + (in_channel * t.out_per_group() + of_group) * w.kernel_size();
                for (Index kz = 0; kz < w.kernel[0]; ++kz)
                    for (Index ky = 0; ky < w.kernel[1]; ++ky) {
                        const Index iz = source(0, z, kz), iy = source(1, y, ky);
                        if (iz < 0 || iy < 0) continue;
                        const float* line = image + (iz * w.in[1] + iy) * w.in[2];
                        for (Index kx = 0; kx < w.kernel[2]; ++kx) {
                            const double weight = kernel[(kz * w.kernel[1] + ky) * w.kernel[2] + kx];
                            const Index shift = kx * w.dilation[2] - w.before[2];
                            const Span x = span(w.in[2], w.stride[2], shift, w.out[2]);
                            for (Index i = x.begin; i < x.end; ++i)
                                sums[i * w.stride[2] + shift] += weight * line[i];
                        }
                    }
            }
        });
}

}  // namespace ctffr::network::reference
