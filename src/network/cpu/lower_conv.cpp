// SPDX-License-Identifier: Apache-2.0
// Convolutions: oneDNN's, with weights put in its order once, except depth-wise ones. Of a transposed
// convolution oneDNN is given the product alone: its own bias and activation there run at a hundredth of the
// speed of the rest.
#include <algorithm>
#include <string_view>

#include "ctffr/core/error.hpp"
#include "network/cpu/rules.hpp"

namespace ctffr::network::cpu {

namespace {

using Desc = dnnl::memory::desc;
using Dims = dnnl::memory::dims;

struct ConvWindow {
    Dims stride, dilation, before, after;  // dilation: 0 is dense, as oneDNN counts
};

ConvWindow window_of(const Lowering& lowering, const Node& node, bool transposed) {
    const Shape &in = lowering.shape(node.inputs[0]), &out = lowering.shape(node.outputs[0]);
    const Shape& weights = lowering.shape(node.inputs[1]);
    ConvWindow window{
        node.integers("strides", {}), node.integers("dilations", {}), node.integers("pads", {}), {}};
    const std::size_t axes = window.stride.size();
    window.before.resize(axes);
    for (std::size_t a = 0; a < axes; ++a) {
        const Index reach = window.dilation[a] * (weights[a + 2] - 1) + 1;
        // The padding at the end is what makes the extents agree; output_padding makes it smaller.
        const Index small = transposed ? in[a + 2] : out[a + 2], large = transposed ? out[a + 2] : in[a + 2];
        window.after.push_back((small - 1) * window.stride[a] + reach - window.before[a] - large);
        --window.dilation[a];
    }
    return window;
}

// The weights as (output, input, kernel...), with a leading group axis when there are groups.
Desc weights_in_file(const Shape& shape, Index group, bool transposed) {
    Index taps = 1;
    for (std::size_t a = 2; a < shape.size(); ++a) taps *= shape[a];
    const Index outputs = transposed ? shape[1] : shape[0] / group,
                inputs = transposed ? shape[0] / group : shape[1];
    Dims dims{outputs, inputs},
        strides{transposed ? taps : inputs * taps, transposed ? outputs * taps : taps};
    Index stride = taps;
    for (std::size_t a = 2; a < shape.size(); ++a) {
        stride /= shape[a];
        dims.push_back(shape[a]);
        strides.push_back(stride);
    }
    if (group > 1) {
        dims.insert(dims.begin(), group);
        strides.insert(strides.begin(), outputs * inputs * taps);
    }
    return {dims, dnnl::memory::data_type::f32, strides};
}

struct Sides {
    Desc from, to;
};

// Descriptors to offer oneDNN, best first.
std::vector<Sides> offers(const Lowering& lowering, const Node& node, const Form& result) {
    using Tag = dnnl::memory::format_tag;
    const int in = node.inputs[0], out = node.outputs[0];
    const Form blocked{true, lowering.compute};
    std::vector<Sides> all;
    const bool image = !lowering.is_blocked(in) && lowering.shape(in)[1] < 4;
    if (image)
        all.push_back({lowering.descriptor(in, {false, lowering.compute}), lowering.descriptor(out, result)});
    all.push_back({lowering.descriptor(in, blocked), lowering.descriptor(out, result)});
    all.push_back({Desc(lowering.shape(in), data_type(lowering.compute), Tag::any),
                   Desc(lowering.shape(out), data_type(lowering.compute), Tag::any)});
    all.push_back({lowering.descriptor(in, {}), lowering.descriptor(out, {})});
    return all;
}

// The first offer that oneDNN has fast code for, else the first that it can do at all.
template <class PrimitiveDesc, class Make>
PrimitiveDesc choose(const std::vector<Sides>& offers, const Make& make) {
    PrimitiveDesc slow;
    for (const Sides& sides : offers) {
        PrimitiveDesc made = make(sides);
        if (!made) continue;
        const std::string_view kind = made.impl_info_str();
        if (splits_sums(kind)) {
            const OneThread limit;
            return make(sides);
        }
        if (kind.find("ref") == std::string_view::npos) return made;
        if (!slow) slow = made;
    }
    if (!slow) throw dnnl::error(dnnl_unimplemented, "no implementation of this convolution");
    return slow;
}

// Reads and writes the descriptors that a primitive was made for, converting where they are not the stored
// ones.
struct Ends {
    Buffer in, out;
    Buffer stored;  // where the result is stored; `out` unless converted afterwards
    Form form;
};

Ends prepare(Lowering& lowering, const Node& node, const Desc& from, const Desc& to) {
    Ends ends{};
    const int in = node.inputs[0], out = node.outputs[0];
    ends.in = -1;
    for (const Form& form : {Form{true, lowering.compute}, Form{false, lowering.compute}, Form{}})
        if (ends.in < 0 && lowering.shape(in).size() >= 3 && from == lowering.descriptor(in, form))
            ends.in = lowering.read(in, form);
    if (ends.in < 0) {
        const Form made = lowering.made(in);
        const Buffer source = lowering.read(in, made);
        ends.in = lowering.program.scratch(from.get_size());
        lowering.program.step("network reorder", {source}, {ends.in},
                              reorder(lowering.dnn, lowering.descriptor(in, made), source, from, ends.in));
    }
    ends.form = lowering.result_form(out, true);
    ends.stored = lowering.write(out, ends.form);
    ends.out =
        to == lowering.descriptor(out, ends.form) ? ends.stored : lowering.program.scratch(to.get_size());
    return ends;
}

void finish(Lowering& lowering, const Node& node, const Ends& ends, const Desc& to) {
    if (ends.out == ends.stored) return;
    lowering.program.step(
        "network reorder", {ends.out}, {ends.stored},
        reorder(lowering.dnn, to, ends.out, lowering.descriptor(node.outputs[0], ends.form), ends.stored));
}

Buffer converted_weights(Lowering& lowering, const Node& node, const Desc& from, const Desc& to) {
    const Buffer plain = lowering.read(node.inputs[1], {});
    const Buffer buffer = lowering.program.constant(to.get_size());
    lowering.program.now(reorder(lowering.dnn, from, plain, to, buffer));
    return buffer;
}

bool constant_parameters(const Lowering& lowering, const Node& node) {
    return lowering.constant(node, 1) && (!Lowering::has(node, 2) || lowering.constant(node, 2));
}

// Values per channel, zero in the filling.
Buffer padded(Lowering& lowering, Index channels, const float* values) {
    const Index count = (channels + lowering.block - 1) / lowering.block * lowering.block;
    const Buffer buffer = lowering.program.constant(static_cast<std::size_t>(count) * sizeof(float));
    float* target = reinterpret_cast<float*>(lowering.program.address(buffer));
    for (Index c = 0; c < count; ++c) target[c] = c < channels && values ? values[c] : 0.0F;
    return buffer;
}

void lower_depthwise(Lowering& lowering, const Node& node) {
    const int in = node.inputs[0], out = node.outputs[0];
    const Tensor& weights = *lowering.constant(node, 1);
    const Tensor* bias = lowering.constant(node, 2);
    const Index channels = weights.shape[0], taps = weights.size() / channels;
    const int block = lowering.block;
    const Index padded_channels = (channels + block - 1) / block * block;
    const Buffer filters =
        lowering.program.constant(static_cast<std::size_t>(padded_channels * taps) * sizeof(float));
    float* target = reinterpret_cast<float*>(lowering.program.address(filters));
    for (Index c = 0; c < padded_channels; ++c)
        for (Index t = 0; t < taps; ++t)
            target[(c / block * taps + t) * block + c % block] =
                c < channels ? weights.floats[static_cast<std::size_t>(c * taps + t)] : 0.0F;
    const Buffer offsets = padded(lowering, channels, bias ? bias->floats.data() : nullptr);

    Window window{{1, 1, 1}, {1, 1, 1}, {1, 1, 1}, {0, 0, 0}};
    const std::size_t axes = weights.shape.size() - 2;
    const auto strides = node.integers("strides", {}), dilations = node.integers("dilations", {}),
               pads = node.integers("pads", {});
    for (std::size_t a = 0; a < axes; ++a) {
        const std::size_t to = 3 - axes + a;
        window.kernel[to] = weights.shape[a + 2], window.stride[to] = strides[a];
        window.dilation[to] = dilations[a], window.pad[to] = pads[a];
    }
    const Form form{true, lowering.compute};
    const Buffer source = lowering.read(in, form), result = lowering.write(out, form);
    const Grid from = lowering.grid(in, form), to = lowering.grid(out, form);
    const Epilogue epilogue = node.epilogue;
    const Cpu exec = lowering.exec;
    lowering.program.step(
        "network Conv depthwise", {source, filters, offsets}, {result}, [=](Program::Addresses at) {
            depthwise(exec, from, to, window, reinterpret_cast<const float*>(at[filters]),
                      reinterpret_cast<const float*>(at[offsets]), epilogue, at[source], at[result]);
        });
}

// A transposed convolution whose kernel is as wide as its stride is a 1 x 1 convolution to the channels of
// all taps, which are then put side by side. False when it is another, or this too would be one of oneDNN's
// matrix products.
bool lower_by_taps(Lowering& lowering, const Node& node, const ConvWindow& window) {
    using Conv = dnnl::convolution_forward;
    const int in = node.inputs[0], out = node.outputs[0], block = lowering.block;
    const Tensor& weights = *lowering.constant(node, 1);
    const std::size_t axes = window.stride.size();
    for (std::size_t a = 0; a < axes; ++a)
        if (weights.shape[a + 2] != window.stride[a] || window.before[a] != 0 || window.after[a] != 0 ||
            (window.dilation[a] != 0 && weights.shape[a + 2] > 1))
            return false;
    if (node.integer("group", 1) != 1) return false;

    const Index inputs = weights.shape[0], channels = weights.shape[1];
    const Index padded_channels = (channels + block - 1) / block * block;
    const Index taps = weights.size() / (inputs * channels), outputs = taps * padded_channels;
    Shape many = lowering.shape(in), point(2 + axes, 1);
    many[1] = outputs, point[0] = outputs, point[1] = inputs;
    const Form form{true, lowering.compute}, result = lowering.result_form(out, true);
    const Conv::desc description(dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_direct,
                                 lowering.descriptor(in, form),
                                 Desc(point, data_type(lowering.compute), dnnl::memory::format_tag::any),
                                 cpu::descriptor(many, block, lowering.compute), Dims(axes, 1), Dims(axes, 0),
                                 Dims(axes, 0), Dims(axes, 0));
    const Conv::primitive_desc made(description, dnnl::primitive_attr(), lowering.dnn.engine, true);
    if (!made || splits_sums(made.impl_info_str())) return false;

    const Buffer plain =
        lowering.program.constant(static_cast<std::size_t>(outputs * inputs) * sizeof(float));
    float* target = reinterpret_cast<float*>(lowering.program.address(plain));
    for (Index t = 0; t < taps; ++t)
        for (Index c = 0; c < padded_channels; ++c)
            for (Index i = 0; i < inputs; ++i)
                target[(t * padded_channels + c) * inputs + i] =
                    c < channels ? weights.floats[static_cast<std::size_t>((i * channels + c) * taps + t)]
                                 : 0.0F;
    const Buffer filters = lowering.program.constant(made.weights_desc().get_size());
    lowering.program.now(reorder(lowering.dnn, cpu::descriptor(point, 1, Scalar::float32), plain,
                                 made.weights_desc(), filters));

    const Tensor* bias = lowering.constant(node, 2);
    const Buffer offsets = padded(lowering, channels, bias ? bias->floats.data() : nullptr);
    const Buffer source = lowering.read(in, form), all = lowering.program.scratch(made.dst_desc().get_size()),
                 target_buffer = lowering.write(out, result);
    lowering.program.step("network ConvTranspose by taps", {source, filters}, {all},
                          OneDnnCall(lowering.dnn, Conv(made),
                                     {{DNNL_ARG_SRC, made.src_desc(), source},
                                      {DNNL_ARG_WEIGHTS, made.weights_desc(), filters},
                                      {DNNL_ARG_DST, made.dst_desc(), all}}));
    Grid from = lowering.grid(in, form);
    from.c = outputs;
    const Grid to = lowering.grid(out, result);
    const Epilogue epilogue = node.epilogue;
    const Cpu exec = lowering.exec;
    const Extents stride = extents([&] {
        Shape shape(2 + axes, 1);
        std::copy(window.stride.begin(), window.stride.end(), shape.begin() + 2);
        return shape;
    }());
    lowering.program.step("network ConvTranspose spread", {all, offsets}, {target_buffer},
                          [=](Program::Addresses at) {
                              const Index kernel[3] = {stride[2], stride[3], stride[4]};
                              spread_taps(exec, from, to, kernel, reinterpret_cast<const float*>(at[offsets]),
                                          epilogue, at[all], at[target_buffer]);
                          });
    return true;
}

}  // namespace

bool lower_conv(Lowering& lowering, const Node& node) {
    if (!constant_parameters(lowering, node)) return false;
    const Index group = node.integer("group", 1);
    const Shape &in = lowering.shape(node.inputs[0]), &weights = lowering.shape(node.inputs[1]);
    if (group > 1 && group == in[1] && group == weights[0]) {
        lower_depthwise(lowering, node);
        return true;
    }
    const ConvWindow window = window_of(lowering, node, false);
    const Desc file = weights_in_file(weights, group, false);
    const bool biased = Lowering::has(node, 2);
    const Desc bias({weights[0]}, dnnl::memory::data_type::f32, dnnl::memory::format_tag::x);
    using Conv = dnnl::convolution_forward;
    const dnnl::primitive_attr attribute = epilogue_attribute(node.epilogue);
    const auto made = choose<Conv::primitive_desc>(
        offers(lowering, node, lowering.result_form(node.outputs[0], true)), [&](const Sides& sides) {
            constexpr auto inference = dnnl::prop_kind::forward_inference;
            constexpr auto direct = dnnl::algorithm::convolution_direct;
            const Desc any(file.dims(), sides.from.data_type(), dnnl::memory::format_tag::any);
            const auto description =
                biased ? Conv::desc(inference, direct, sides.from, any, bias, sides.to, window.stride,
                                    window.dilation, window.before, window.after)
                       : Conv::desc(inference, direct, sides.from, any, sides.to, window.stride,
                                    window.dilation, window.before, window.after);
            return Conv::primitive_desc(description, attribute, lowering.dnn.engine, true);
        });

    const Buffer filters = converted_weights(lowering, node, file, made.weights_desc());
    const Ends ends = prepare(lowering, node, made.src_desc(), made.dst_desc());
    std::vector<OneDnnCall::Argument> arguments = {{DNNL_ARG_SRC, made.src_desc(), ends.in},
                                                   {DNNL_ARG_WEIGHTS, made.weights_desc(), filters},
                                                   {DNNL_ARG_DST, made.dst_desc(), ends.out}};
    if (biased) arguments.push_back({DNNL_ARG_BIAS, bias, lowering.read(node.inputs[2], {})});
    lowering.program.step(std::string("network Conv ") + made.impl_info_str(), {ends.in, filters}, {ends.out},
                          OneDnnCall(lowering.dnn, Conv(made), arguments, splits_sums(made.impl_info_str())));
    finish(lowering, node, ends, made.dst_desc());
    return true;
}

bool lower_conv_transpose(Lowering& lowering, const Node& node) {
    if (!constant_parameters(lowering, node)) return false;
    const int out = node.outputs[0];
    const Index group = node.integer("group", 1), channels = lowering.shape(out)[1];
    const ConvWindow window = window_of(lowering, node, true);
    const Desc file = weights_in_file(lowering.shape(node.inputs[1]), group, true);
    using Deconv = dnnl::deconvolution_forward;
    for (std::size_t a = 0; a < window.after.size(); ++a)
        if (window.after[a] + window.stride[a] < 0) return false;  // output_padding beyond a stride
    const auto made = choose<Deconv::primitive_desc>(
        offers(lowering, node, lowering.result_form(out, true)), [&](const Sides& sides) {
            const Deconv::desc description(
                dnnl::prop_kind::forward_inference, dnnl::algorithm::deconvolution_direct, sides.from,
                Desc(file.dims(), sides.from.data_type(), dnnl::memory::format_tag::any), sides.to,
                window.stride, window.dilation, window.before, window.after);
            return Deconv::primitive_desc(description, dnnl::primitive_attr(), lowering.dnn.engine, true);
        });
    if (splits_sums(made.impl_info_str()) && lower_by_taps(lowering, node, window)) return true;
    const Buffer filters = converted_weights(lowering, node, file, made.weights_desc());
    const Ends ends = prepare(lowering, node, made.src_desc(), made.dst_desc());
    lowering.program.step(std::string("network ConvTranspose ") + made.impl_info_str(), {ends.in, filters},
                          {ends.out},
                          OneDnnCall(lowering.dnn, Deconv(made),
                                     {{DNNL_ARG_SRC, made.src_desc(), ends.in},
                                      {DNNL_ARG_WEIGHTS, made.weights_desc(), filters},
                                      {DNNL_ARG_DST, made.dst_desc(), ends.out}},
                                     splits_sums(made.impl_info_str())));
    finish(lowering, node, ends, made.dst_desc());

    const Tensor* bias = lowering.constant(node, 2);
    if (!bias && node.epilogue.activation == Activation::none) return true;
    const Buffer offsets = padded(lowering, channels, bias ? bias->floats.data() : nullptr);
    const Grid grid = lowering.grid(out, ends.form);
    const Operand per_channel{Operand::Kind::channel, Scalar::float32, 0};
    const Epilogue epilogue = node.epilogue;
    const Cpu exec = lowering.exec;
    const Buffer result = ends.stored;
    lowering.program.step("network ConvTranspose bias", {offsets, result}, {result},
                          [=](Program::Addresses at) {
                              binary(exec, grid, Binary::add, false, per_channel, epilogue, at[result],
                                     at[offsets], grid.type, at[result]);
                          });
    return true;
}

}  // namespace ctffr::network::cpu
