// SPDX-License-Identifier: Apache-2.0
// Operators that look at more than one voxel: convolutions, normalisations, pooling, interpolation.
#include <algorithm>
#include <cmath>

#include "ctffr/core/error.hpp"
#include "network/cuda/channels_last_types.hpp"

namespace ctffr::network {

namespace {

// Filters as NhwcConvolution stores them; ONNX has (rows, channels, taps ...) of either direction.
std::vector<float> stored_filter(const Tensor& weights, const kernels::NhwcConvolution& convolution) {
    const auto rows = weights.shape[0], channels = weights.shape[1], taps = convolution.taps();
    const Index stored = convolution.filter_channels();
    std::vector<float> filter(static_cast<std::size_t>(convolution.filter_size()), 0.0f);
    for (Index r = 0; r < rows; ++r)
        for (Index c = 0; c < channels; ++c)
            for (Index t = 0; t < taps; ++t)
                filter[static_cast<std::size_t>((r * taps + t) * stored + c)] =
                    weights.floats[static_cast<std::size_t>((r * channels + c) * taps + t)];
    return filter;
}

std::vector<float> padded(const std::vector<float>& values, Index pitch) {
    std::vector<float> result = values;
    result.resize(static_cast<std::size_t>(pitch), 0.0f);
    return result;
}

}  // namespace

template <class Exec, class T>
bool ChannelsLast<Exec, T>::add_convolution(const Node& node) {
    const bool transposed = node.op == "ConvTranspose";
    const int in = node.inputs[0], out = node.outputs[0];
    const Tensor* weights = constant(node, 1);
    const bool has_bias = node.inputs.size() > 2 && node.inputs[2] >= 0;
    if (!is_image(in) || !weights || (has_bias && !constant(node, 2))) return false;
    const Shape kernel(weights->shape.begin() + 2, weights->shape.end());
    kernels::NhwcConvolution convolution;
    convolution.x = slot(transposed ? out : in).shape;
    convolution.y = slot(transposed ? in : out).shape;
    convolution.window = window_of(node, kernel);
    convolution.groups = node.integer("group", 1);

    const View<const T> filter = keep_as_stored(stored_filter(*weights, convolution));
    std::shared_ptr<ConvolutionRunner<Exec>> runner;
    if (maker_) {
        runner = maker_(convolution, transposed);
        if (!runner)
            run_.warn(
                "The convolution '{}' of the network has a shape that cuDNN does not take: it runs as plain "
                "loops on the GPU, slowly.",
                node.name);
    }
    if (runner) reserve(0, runner->workspace_bytes());
    steps_.push_back([=, this](const Exec& exec) {
        if (runner)
            runner->run(exec, slot(in).data, filter.data, slot(out).data, workspace(0));
        else if (transposed)
            kernels::nhwc_convolve_transposed<Exec, T>(exec, convolution, image_in(in), filter, image(out));
        else
            kernels::nhwc_convolve<Exec, T>(exec, convolution, image_in(in), filter, image(out));
    });

    // Bias, residual and activation in one pass. With groups it also clears the padding channels, which are
    // not part of the convolution.
    const int residual = node.inputs.size() > 3 ? node.inputs[3] : -1;
    const bool partial = convolution.groups > 1 && slot(out).shape.c % 8 != 0;
    if (!has_bias && residual < 0 && node.epilogue.activation == Activation::none && !partial) return true;
    View<const float> bias;
    if (has_bias) bias = keep(padded(constant(node, 2)->floats, slot(out).shape.pitch()));
    const kernels::NhwcFunction function = function_of(node.epilogue);
    steps_.push_back([=, this](const Exec& exec) {
        const View<const T> add = residual >= 0 ? image_in(residual) : View<const T>();
        kernels::nhwc_affine<Exec, T>(exec, "epilogue", slot(out).shape, image_in(out), {}, bias, {}, add,
                                      function, image(out));
    });
    return true;
}

// InstanceNormalization is a group per channel.
template <class Exec, class T>
bool ChannelsLast<Exec, T>::add_norm(const Node& node) {
    const int in = node.inputs[0], out = node.outputs[0];
    const Tensor *gamma = constant(node, 1), *beta = constant(node, 2);
    if (!is_image(in) || !gamma || !beta) return false;
    const kernels::NhwcShape shape = slot(in).shape;
    const Index groups = node.op == "GroupNormalization" ? node.integer("num_groups", 1) : shape.c;
    // Up to opset 20 the factors of a GroupNormalization are one per group.
    const auto per_channel = [&](const Tensor& factors) {
        const Index repeat = shape.c / static_cast<Index>(factors.floats.size());
        std::vector<float> result;
        for (Index c = 0; c < shape.c; ++c)
            result.push_back(factors.floats[static_cast<std::size_t>(c / repeat)]);
        return result;
    };
    const View<const float> scale_of = keep(per_channel(*gamma)), shift_of = keep(per_channel(*beta));
    const float epsilon = node.number("epsilon", 1e-5f);
    const kernels::NhwcFunction function = function_of(node.epilogue);
    const Index values = shape.n * shape.pitch(), scratch = kernels::nhwc_sums_scratch(shape);
    const std::size_t floats = static_cast<std::size_t>(values) * sizeof(float);
    const std::size_t sums_at = reserve(0, static_cast<std::size_t>(scratch) * sizeof(double));
    const std::size_t mean_at = reserve(sums_at, static_cast<std::size_t>(values) * sizeof(double));
    const std::size_t scale_at = reserve(mean_at, floats), shift_at = reserve(scale_at, floats);
    reserve(shift_at, floats);
    steps_.push_back([=, this](const Exec& exec) {
        const auto of = [&](std::size_t at) {
            return View<float>(reinterpret_cast<float*>(workspace(at)), values);
        };
        const View<double> partial(reinterpret_cast<double*>(workspace(0)), scratch);
        const View<double> sums(reinterpret_cast<double*>(workspace(sums_at)), values);
        const View<float> mean = of(mean_at), scale = of(scale_at), shift = of(shift_at);
        kernels::nhwc_sums<Exec, T>(exec, shape, image_in(in), {}, partial, sums);
        kernels::nhwc_group_means<Exec>(exec, shape, groups, sums, mean);
        kernels::nhwc_sums<Exec, T>(exec, shape, image_in(in), mean, partial, sums);
        kernels::nhwc_norm_factors<Exec>(exec, shape, groups, sums, mean, scale_of, shift_of, epsilon, scale,
                                         shift);
        kernels::nhwc_affine<Exec, T>(exec, "normalise", shape, image_in(in), scale, shift, {}, {}, function,
                                      image(out));
    });
    return true;
}

template <class Exec, class T>
bool ChannelsLast<Exec, T>::add_batch_norm(const Node& node) {
    const int in = node.inputs[0], out = node.outputs[0];
    const Tensor *gamma = constant(node, 1), *beta = constant(node, 2), *mean = constant(node, 3);
    const Tensor* variance = constant(node, 4);
    if (!is_image(in) || !gamma || !beta || !mean || !variance || node.integer("training_mode", 0) != 0)
        return false;
    std::vector<float> scale, shift;
    for (std::size_t c = 0; c < gamma->floats.size(); ++c) {
        const double factor = gamma->floats[c] / std::sqrt(static_cast<double>(variance->floats[c]) +
                                                           node.number("epsilon", 1e-5f));
        scale.push_back(static_cast<float>(factor));
        shift.push_back(static_cast<float>(beta->floats[c] - mean->floats[c] * factor));
    }
    const Index pitch = slot(in).shape.pitch();
    const View<const float> scales = keep(padded(scale, pitch)), shifts = keep(padded(shift, pitch));
    const kernels::NhwcFunction function = function_of(node.epilogue);
    steps_.push_back([=, this](const Exec& exec) {
        kernels::nhwc_affine<Exec, T>(exec, "batch norm", slot(in).shape, image_in(in), scales, shifts, {},
                                      {}, function, image(out));
    });
    return true;
}

// Means over all voxels of a channel.
template <class Exec, class T>
bool ChannelsLast<Exec, T>::add_mean(const Node& node) {
    const int in = node.inputs[0], out = node.outputs[0];
    if (!is_image(in) || !is_image(out)) return false;
    const Shape& shape_in = value(in).shape;
    if (node.op == "ReduceMean") {
        const Tensor* axes = constant(node, 1);
        if (!axes || node.integer("keepdims", 1) == 0) return false;
        std::set<std::size_t> reduced, spatial;
        for (const std::int64_t axis : axes->integers) reduced.insert(positive_axis(axis, shape_in.size()));
        for (std::size_t a = 2; a < shape_in.size(); ++a) spatial.insert(a);
        if (reduced != spatial) return false;
    }
    const kernels::NhwcShape shape = slot(in).shape;
    const Index values = shape.n * shape.pitch(), scratch = kernels::nhwc_sums_scratch(shape);
    const std::size_t sums_at = reserve(0, static_cast<std::size_t>(scratch) * sizeof(double));
    const std::size_t mean_at = reserve(sums_at, static_cast<std::size_t>(values) * sizeof(double));
    reserve(mean_at, static_cast<std::size_t>(values) * sizeof(float));
    steps_.push_back([=, this](const Exec& exec) {
        const View<double> partial(reinterpret_cast<double*>(workspace(0)), scratch);
        const View<double> sums(reinterpret_cast<double*>(workspace(sums_at)), values);
        const View<float> mean(reinterpret_cast<float*>(workspace(mean_at)), values);
        kernels::nhwc_sums<Exec, T>(exec, shape, image_in(in), {}, partial, sums);
        kernels::nhwc_group_means<Exec>(exec, shape, shape.c, sums, mean);
        kernels::nhwc_store_means<Exec, T>(exec, shape, mean, image(out));
    });
    return true;
}

template <class Exec, class T>
bool ChannelsLast<Exec, T>::add_pool(const Node& node) {
    const int in = node.inputs[0], out = node.outputs[0];
    const Shape kernel = node.integers("kernel_shape", {});
    const bool indices = node.outputs.size() > 1 && node.outputs[1] >= 0;
    if (!is_image(in) || kernel.empty() || indices) return false;
    kernels::NhwcPool kind = kernels::NhwcPool::maximum;
    if (node.op == "AveragePool")
        kind = node.integer("count_include_pad", 0) != 0 ? kernels::NhwcPool::average_with_padding
                                                         : kernels::NhwcPool::average;
    const kernels::NhwcWindow window = window_of(node, kernel);
    steps_.push_back([=, this](const Exec& exec) {
        kernels::nhwc_pool<Exec, T>(exec, kind, window, slot(in).shape, image_in(in), slot(out).shape,
                                    image(out));
    });
    return true;
}

template <class Exec, class T>
bool ChannelsLast<Exec, T>::add_resize(const Node& node) {
    const int in = node.inputs[0], out = node.outputs[0];
    if (!is_image(in)) return false;
    const Shape &from = value(in).shape, &to = value(out).shape;
    const std::size_t rank = from.size();
    if (from[0] != to[0] || from[1] != to[1]) return false;
    // Binding a graph writes down the scale of every axis.
    const auto attribute = node.attributes.find("scales");
    if (attribute == node.attributes.end()) return false;
    const auto& scale = std::get<std::vector<float>>(attribute->second);
    CTFFR_CHECK_OP(scale.size(), ==, rank);
    kernels::NhwcAxis axes[3];
    const Index extents_in[3] = {slot(in).shape.d, slot(in).shape.h, slot(in).shape.w};
    const Index extents_out[3] = {slot(out).shape.d, slot(out).shape.h, slot(out).shape.w};
    for (std::size_t a = 0; a < 3; ++a) {
        const bool present = a + rank >= 5;
        const AxisTable table =
            resize_table(node, extents_in[a], extents_out[a], present ? scale[a + rank - 3] : 1);
        axes[a] = {keep(table.low).data, keep(table.high).data, keep(table.weight).data};
    }
    const kernels::NhwcAxis d = axes[0], h = axes[1], w = axes[2];
    steps_.push_back([=, this](const Exec& exec) {
        kernels::nhwc_resize<Exec, T>(exec, slot(in).shape, image_in(in), d, h, w, slot(out).shape,
                                      image(out));
    });
    return true;
}

#define CTFFR_LAYERS(Exec, T)                                               \
    template bool ChannelsLast<Exec, T>::add_convolution(const Node& node); \
    template bool ChannelsLast<Exec, T>::add_norm(const Node& node);        \
    template bool ChannelsLast<Exec, T>::add_batch_norm(const Node& node);  \
    template bool ChannelsLast<Exec, T>::add_mean(const Node& node);        \
    template bool ChannelsLast<Exec, T>::add_pool(const Node& node);        \
    template bool ChannelsLast<Exec, T>::add_resize(const Node& node);
CTFFR_FOR_CHANNELS_LAST(CTFFR_LAYERS)
#undef CTFFR_LAYERS

}  // namespace ctffr::network
