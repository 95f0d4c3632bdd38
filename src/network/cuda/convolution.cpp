// SPDX-License-Identifier: Apache-2.0
#include "network/cuda/convolution.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace ctffr::network::cudnn {

namespace {

using Dims = std::array<std::int64_t, 5>;  // n, c, d, h, w

Descriptor tensor(std::int64_t id, const char* name, const Dims& dims, std::int64_t pitch, bool bfloat16) {
    Dims strides{};
    strides[1] = 1;
    strides[4] = pitch;
    strides[3] = strides[4] * dims[4];
    strides[2] = strides[3] * dims[3];
    strides[0] = strides[2] * dims[2];
    Descriptor result(CUDNN_BACKEND_TENSOR_DESCRIPTOR, name);
    result.set(CUDNN_ATTR_TENSOR_UNIQUE_ID, id);
    result.set(CUDNN_ATTR_TENSOR_DATA_TYPE, bfloat16 ? CUDNN_DATA_BFLOAT16 : CUDNN_DATA_FLOAT);
    result.set(CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, std::int64_t{16});
    result.set(CUDNN_ATTR_TENSOR_DIMENSIONS, std::span<const std::int64_t>(dims));
    result.set(CUDNN_ATTR_TENSOR_STRIDES, std::span<const std::int64_t>(strides));
    result.finalize();
    return result;
}

// With one group the padding channels are channels like others, whose filters are zero.
Descriptor image(std::int64_t id, const char* name, const kernels::NhwcShape& shape, bool padded,
                 bool bfloat16) {
    return tensor(id, name, {shape.n, padded ? shape.pitch() : shape.c, shape.d, shape.h, shape.w},
                  shape.pitch(), bfloat16);
}

// Padding behind the image that gives the known size of y: equal to that before it where that fits, as most
// engines want both the same.
std::int64_t padding_after(std::int64_t from, std::int64_t to, std::int64_t reach, std::int64_t stride,
                           std::int64_t before) {
    if (from + 2 * before >= reach && (from + 2 * before - reach) / stride + 1 == to) return before;
    return std::max<std::int64_t>(0, (to - 1) * stride + reach - from - before);
}

}  // namespace

std::optional<Plan> make_convolution(const Descriptor& device, const kernels::NhwcConvolution& convolution,
                                     bool transposed, bool bfloat16) {
    const kernels::NhwcWindow& window = convolution.window;
    const bool padded = convolution.groups == 1;
    const std::array<std::int64_t, 3> from{convolution.x.d, convolution.x.h, convolution.x.w};
    const std::array<std::int64_t, 3> to{convolution.y.d, convolution.y.h, convolution.y.w};
    std::array<std::int64_t, 3> before{}, after{}, stride{}, dilation{};
    for (std::size_t a = 0; a < 3; ++a) {
        before[a] = window.pad[a], stride[a] = window.stride[a], dilation[a] = window.dilation[a];
        const std::int64_t reach = (window.kernel[a] - 1) * window.dilation[a] + 1;
        after[a] = padding_after(from[a], to[a], reach, stride[a], before[a]);
        // A transposed convolution may be given more output than its windows reach.
        if ((from[a] + before[a] + after[a] - reach) / stride[a] + 1 != to[a]) return std::nullopt;
    }

    std::vector<Descriptor> parts;
    parts.push_back(image(convolution_x, "tensor x of a convolution", convolution.x, padded, bfloat16));
    parts.push_back(tensor(convolution_filter, "the filter of a convolution",
                           {convolution.filter_rows(), convolution.filter_channels(), window.kernel[0],
                            window.kernel[1], window.kernel[2]},
                           convolution.filter_channels(), bfloat16));
    parts.push_back(image(convolution_y, "tensor y of a convolution", convolution.y, padded, bfloat16));
    Descriptor form(CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR, "a convolution");
    form.set(CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, std::int64_t{3});
    form.set(CUDNN_ATTR_CONVOLUTION_COMP_TYPE, CUDNN_DATA_FLOAT);
    form.set(CUDNN_ATTR_CONVOLUTION_CONV_MODE, CUDNN_CROSS_CORRELATION);
    form.set(CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, std::span<const std::int64_t>(before));
    form.set(CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, std::span<const std::int64_t>(after));
    form.set(CUDNN_ATTR_CONVOLUTION_DILATIONS, std::span<const std::int64_t>(dilation));
    form.set(CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, std::span<const std::int64_t>(stride));
    form.finalize();
    parts.push_back(std::move(form));

    // The transpose of a convolution is what its gradient by x is made of.
    Descriptor operation(transposed ? CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR
                                    : CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR,
                         "the operation of a convolution");
    if (transposed) {
        operation.set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC, parts[3]);
        operation.set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX, parts[0]);
        operation.set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W, parts[1]);
        operation.set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY, parts[2]);
        operation.set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA, 1.0f);
        operation.set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_BETA, 0.0f);
    } else {
        operation.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC, parts[3]);
        operation.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X, parts[0]);
        operation.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W, parts[1]);
        operation.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y, parts[2]);
        operation.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA, 1.0f);
        operation.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA, 0.0f);
    }
    if (!operation.finalize_if_supported()) return std::nullopt;
    EngineRules rules;
    rules.tensor_cores = bfloat16;
    return make_plan(device, std::move(parts), std::move(operation), rules);
}

}  // namespace ctffr::network::cudnn
