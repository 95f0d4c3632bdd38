// SPDX-License-Identifier: Apache-2.0
// Operators that look at one voxel: functions, arithmetic, and what is over its channels.
#include <limits>

#include "ctffr/core/error.hpp"
#include "network/cuda/channels_last_types.hpp"

namespace ctffr::network {

template <class Exec, class T>
bool ChannelsLast<Exec, T>::add_function(const Node& node) {
    using Kind = kernels::NhwcFunction::Kind;
    const int in = node.inputs[0], out = node.outputs[0];
    if (!is_image(in)) return false;
    kernels::NhwcFunction function;
    if (node.op == "Relu") function = {Kind::leaky_relu, 0, 0};
    if (node.op == "LeakyRelu") function = {Kind::leaky_relu, node.number("alpha", 0.01f), 0};
    if (node.op == "Elu") function = {Kind::elu, node.number("alpha", 1.0f), 0};
    if (node.op == "Sigmoid") function.kind = Kind::sigmoid;
    if (node.op == "Tanh") function.kind = Kind::tanh;
    if (node.op == "Gelu")
        function.kind = node.text("approximate", "none") == "tanh" ? Kind::gelu_tanh : Kind::gelu;
    if (node.op == "Erf") function.kind = Kind::erf;
    if (node.op == "Sqrt") function.kind = Kind::sqrt;
    if (node.op == "Clip") {
        constexpr float infinity = std::numeric_limits<float>::infinity();
        function = {Kind::clip, -infinity, infinity};
        for (std::size_t i : {1, 2}) {
            if (i >= node.inputs.size() || node.inputs[i] < 0) continue;
            const Tensor* bound = constant(node, i);
            if (!bound || bound->floats.size() != 1) return false;
            (i == 1 ? function.a : function.b) = bound->floats[0];
        }
    }
    if (function.kind == Kind::none) return false;
    steps_.push_back([=, this](const Exec& exec) {
        kernels::nhwc_affine<Exec, T>(exec, "function", slot(in).shape, image_in(in), {}, {}, {}, {},
                                      function, image(out));
    });
    return true;
}

template <class Exec, class T>
bool ChannelsLast<Exec, T>::add_prelu(const Node& node) {
    const int in = node.inputs[0], out = node.outputs[0];
    const Tensor* slope = constant(node, 1);
    if (!is_image(in) || !slope) return false;
    const kernels::NhwcShape shape = slot(in).shape;
    const auto slope_shape = broadcast_shape(slope->shape, value(in).shape.size());
    if (!slope_shape || slope_shape->voxels() != 1 || (slope_shape->c != 1 && slope_shape->c != shape.c))
        return false;
    std::vector<float> slopes(static_cast<std::size_t>(shape.pitch()), 0.0f);
    for (std::size_t c = 0; c < static_cast<std::size_t>(shape.c); ++c)
        slopes[c] = slope->floats[slope_shape->c == 1 ? 0 : c];
    const View<const float> kept = keep(slopes);
    steps_.push_back([=, this](const Exec& exec) {
        kernels::nhwc_affine<Exec, T>(exec, "function", shape, image_in(in), {}, {}, kept, {}, {},
                                      image(out));
    });
    return true;
}

template <class Exec, class T>
auto ChannelsLast<Exec, T>::operand(int index, std::size_t rank) -> std::optional<Operand> {
    if (is_image(index))
        return value(index).shape.size() == rank
                   ? std::optional<Operand>({slot(index).shape, image_in(index)})
                   : std::nullopt;
    if (index < 0 || !value(index).constant || value(index).type != ElementType::float32) return std::nullopt;
    const Tensor& tensor = *value(index).constant;
    const auto shape = broadcast_shape(tensor.shape, rank);
    if (!shape) return std::nullopt;
    std::vector<float> values(static_cast<std::size_t>(shape->size()), 0.0f);
    const Index plane = shape->per_sample();
    for (Index n = 0; n < shape->n; ++n)
        for (Index c = 0; c < shape->c; ++c)
            for (Index v = 0; v < plane; ++v)
                values[static_cast<std::size_t>((n * plane + v) * shape->pitch() + c)] =
                    tensor.floats[static_cast<std::size_t>((n * shape->c + c) * plane + v)];
    return Operand{*shape, keep_as_stored(values)};
}

template <class Exec, class T>
bool ChannelsLast<Exec, T>::add_binary(const Node& node) {
    const int out = node.outputs[0];
    if (!is_image(out)) return false;
    const std::size_t rank = value(out).shape.size();
    const auto a = operand(node.inputs[0], rank), b = operand(node.inputs[1], rank);
    if (!a || !b) return false;
    kernels::NhwcBinary op = kernels::NhwcBinary::add;
    if (node.op == "Sub") op = kernels::NhwcBinary::subtract;
    if (node.op == "Mul") op = kernels::NhwcBinary::multiply;
    if (node.op == "Div") op = kernels::NhwcBinary::divide;
    if (node.op == "Pow") op = kernels::NhwcBinary::power;
    const kernels::NhwcFunction function = function_of(node.epilogue);
    const Operand left = *a, right = *b;
    steps_.push_back([=, this](const Exec& exec) {
        kernels::nhwc_binary<Exec, T>(exec, "arithmetic", op, left.shape, left.data, right.shape, right.data,
                                      function, slot(out).shape, image(out));
    });
    return true;
}

template <class Exec, class T>
bool ChannelsLast<Exec, T>::add_softmax(const Node& node) {
    const int in = node.inputs[0], out = node.outputs[0];
    if (!is_image(in) || positive_axis(node.integer("axis", -1), value(in).shape.size()) != 1) return false;
    steps_.push_back([=, this](const Exec& exec) {
        kernels::nhwc_softmax<Exec, T>(exec, slot(in).shape, image_in(in), false, image(out));
    });
    return true;
}

template <class Exec, class T>
bool ChannelsLast<Exec, T>::add_argmax(const Node& node) {
    const int in = node.inputs[0], out = node.outputs[0];
    if (!is_image(in) || positive_axis(node.integer("axis", 0), value(in).shape.size()) != 1) return false;
    const bool last = node.integer("select_last_index", 0) != 0;
    steps_.push_back([=, this](const Exec& exec) {
        const View<std::int64_t> labels(reinterpret_cast<std::int64_t*>(slot(out).data), slot(out).count);
        kernels::nhwc_argmax<Exec, T>(exec, slot(in).shape, image_in(in), last, labels);
    });
    return true;
}

#define CTFFR_ELEMENTS(Exec, T)                                          \
    template bool ChannelsLast<Exec, T>::add_function(const Node& node); \
    template bool ChannelsLast<Exec, T>::add_prelu(const Node& node);    \
    template bool ChannelsLast<Exec, T>::add_binary(const Node& node);   \
    template bool ChannelsLast<Exec, T>::add_softmax(const Node& node);  \
    template bool ChannelsLast<Exec, T>::add_argmax(const Node& node);   \
    template auto ChannelsLast<Exec, T>::operand(int, std::size_t)->std::optional<Operand>;
CTFFR_FOR_CHANNELS_LAST(CTFFR_ELEMENTS)
#undef CTFFR_ELEMENTS

}  // namespace ctffr::network
