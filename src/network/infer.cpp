// SPDX-License-Identifier: Apache-2.0
// Inference for element-wise operators and those that deal with shapes as data; the table of all rules.
#include "network/infer.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <string_view>

#include "network/inference.hpp"

namespace ctffr::network {

const Shape& Inference::float_shape(std::size_t i) const {
    if (input(i).type != ElementType::float32)
        fail("input {} ('{}') is not of floating point", i + 1, input(i).name);
    return input(i).shape;
}

const Tensor& Inference::constant(std::size_t i) const {
    const Value& value = input(i);
    if (!value.constant)
        throw Error(
            ExitCode::input_unsupported,
            "Node '{}' ({}) of the network takes '{}' from computed data, but shapes must follow from the "
            "input's shape alone: export the network without this.",
            node.name, node.op, value.name);
    return *value.constant;
}

const Integers& Inference::constant_integers(std::size_t i) const {
    const Tensor& tensor = constant(i);
    if (tensor.type != ElementType::int64) fail("input {} ('{}') is not of integers", i + 1, input(i).name);
    return tensor.integers;
}

std::int64_t Inference::axis(std::int64_t axis, std::int64_t rank) const {
    if (axis < -rank || axis >= std::max<std::int64_t>(rank, 1))
        fail("axis {} of a tensor with {} axes", axis, rank);
    return axis < 0 ? axis + rank : axis;
}

Integers Inference::axes(const Integers& given, std::int64_t rank) const {
    Integers result;
    for (const std::int64_t a : given) {
        result.push_back(axis(a, rank));
        if (std::count(result.begin(), result.end(), result.back()) > 1) fail("axis {} is named twice", a);
    }
    return result;
}

void Inference::output(ElementType type, Shape shape, std::size_t i) const {
    constexpr double largest = 1e12;
    double count = 1;
    for (const std::int64_t extent : shape) {
        if (extent < 0) fail("its result would have the shape {}", shape_text(shape));
        count *= static_cast<double>(extent);
    }
    if (count > largest) fail("its result of shape {} is too large", shape_text(shape));
    if (i >= node.outputs.size()) return;
    Value& value = graph.values[static_cast<std::size_t>(node.outputs[i])];
    value.type = type;
    value.shape = std::move(shape);
}

void Inference::set_input(std::size_t i, Tensor constant, const char* what) const {
    Value value{node.name + "." + what, constant.type, constant.shape, {}};
    value.constant = std::move(constant);
    graph.values.push_back(std::move(value));
    if (node.inputs.size() <= i) node.inputs.resize(i + 1, -1);
    node.inputs[i] = static_cast<int>(graph.values.size()) - 1;
}

Tensor integer_tensor(Integers values) {
    Tensor tensor;
    tensor.type = ElementType::int64;
    tensor.shape = {static_cast<std::int64_t>(values.size())};
    tensor.integers = std::move(values);
    return tensor;
}

Shape broadcast(const Inference& at, const Shape& a, const Shape& b) {
    Shape joint(std::max(a.size(), b.size()), 1);
    for (std::size_t i = 0; i < joint.size(); ++i) {  // from the last axis
        const std::int64_t left = i < a.size() ? a[a.size() - 1 - i] : 1;
        const std::int64_t right = i < b.size() ? b[b.size() - 1 - i] : 1;
        if (left != right && left != 1 && right != 1)
            at.fail("shapes {} and {} cannot be combined", shape_text(a), shape_text(b));
        joint[joint.size() - 1 - i] = left == 1 ? right : left;
    }
    return joint;
}

namespace {

void unary(Inference& at) { at.output(ElementType::float32, at.float_shape(0)); }

void clip(Inference& at) {
    for (const std::size_t bound : {1u, 2u})
        if (at.has(bound) && element_count(at.float_shape(bound)) != 1)
            at.fail("a bound is not a single number");
    unary(at);
}

void binary(Inference& at) {
    // Pow takes the type of its base.
    if (at.input(0).type != at.input(1).type && at.node.op != "Pow") at.fail("its two inputs differ in type");
    const bool truth = at.node.op == "Equal";
    at.output(truth ? ElementType::int64 : at.input(0).type, broadcast(at, at.shape(0), at.shape(1)));
}

void where(Inference& at) {
    if (at.input(0).type != ElementType::int64) at.fail("its condition is not boolean");
    if (at.input(1).type != at.input(2).type) at.fail("its two choices differ in type");
    at.output(at.input(1).type, broadcast(at, broadcast(at, at.shape(0), at.shape(1)), at.shape(2)));
}

void identity(Inference& at) { at.output(at.input(0).type, at.shape(0)); }

void cast(Inference& at) {
    const std::int64_t to = at.node.integer("to", 0);
    at.output(to == 1 ? ElementType::float32 : ElementType::int64, at.shape(0));
}

// start and end, inside the tensor; the shape itself is read when the node is folded.
void shape(Inference& at) {
    const std::int64_t rank = at.rank(0);
    const auto inside = [&](std::int64_t end) {
        return std::clamp<std::int64_t>(end < 0 ? end + rank : end, 0, rank);
    };
    const std::int64_t start = inside(at.node.integer("start", 0)),
                       end = inside(at.node.integer("end", rank));
    at.node.attributes["start"] = start;
    at.node.attributes["end"] = std::max(start, end);
    at.output(ElementType::int64, {std::max<std::int64_t>(end - start, 0)});
}

void constant_of_shape(Inference& at) {
    const Integers extents = at.constant_integers(0);
    if (std::any_of(extents.begin(), extents.end(), [](std::int64_t e) { return e < 0; }))
        at.fail("a negative extent");
    const auto value = at.node.attributes.find("value");
    ElementType type = ElementType::float32;
    if (value != at.node.attributes.end()) {
        const Tensor* tensor = std::get_if<Tensor>(&value->second);
        if (!tensor || tensor->size() != 1) at.fail("its value is not one number");
        type = tensor->type;
    }
    at.output(type, extents);
}

void range(Inference& at) {
    const auto number = [&](std::size_t i) {
        const Tensor& tensor = at.constant(i);
        if (tensor.size() != 1) at.fail("input {} is not a single number", i + 1);
        return tensor.type == ElementType::float32 ? static_cast<double>(tensor.floats[0])
                                                   : static_cast<double>(tensor.integers[0]);
    };
    const double start = number(0), limit = number(1), step = number(2);
    if (step == 0 || !std::isfinite(start + limit + step))
        at.fail("its step is zero or a bound is not finite");
    at.output(at.input(0).type,
              {static_cast<std::int64_t>(std::max(0.0, std::ceil((limit - start) / step)))});
}

using Rule = void (*)(Inference&);

const std::map<std::string_view, Rule>& rules() {
    static const std::map<std::string_view, Rule> table = {
        {"Add", binary},
        {"ArgMax", infer_argmax},
        {"AveragePool", infer_pool},
        {"BatchNormalization", infer_batch_normalization},
        {"Cast", cast},
        {"Clip", clip},
        {"Concat", infer_concat},
        {"ConstantOfShape", constant_of_shape},
        {"Conv", infer_conv},
        {"ConvTranspose", infer_conv_transpose},
        {"Div", binary},
        {"Elu", unary},
        {"Equal", binary},
        {"Erf", unary},
        {"Expand", infer_expand},
        {"Flatten", infer_flatten},
        {"Gather", infer_gather},
        {"Gelu", unary},
        {"Gemm", infer_gemm},
        {"GlobalAveragePool", infer_global_pool},
        {"GroupNormalization", infer_group_normalization},
        {"Identity", identity},
        {"InstanceNormalization", infer_instance_normalization},
        {"LeakyRelu", unary},
        {"MatMul", infer_matmul},
        {"MaxPool", infer_pool},
        {"Mul", binary},
        {"PRelu", infer_prelu},
        {"Pad", infer_pad},
        {"Pow", binary},
        {"Range", range},
        {"ReduceMean", infer_reduce},
        {"ReduceSum", infer_reduce},
        {"Relu", unary},
        {"Reshape", infer_reshape},
        {"Resize", infer_resize},
        {"Shape", shape},
        {"Sigmoid", unary},
        {"Slice", infer_slice},
        {"Softmax", infer_softmax},
        {"Split", infer_split},
        {"Sqrt", unary},
        {"Squeeze", infer_squeeze},
        {"Sub", binary},
        {"Tanh", unary},
        {"Tile", infer_tile},
        {"Transpose", infer_transpose},
        {"Unsqueeze", infer_unsqueeze},
        {"Where", where},
    };
    return table;
}

}  // namespace

void infer(Graph& graph, Node& node) {
    const auto rule = rules().find(node.op);
    if (rule == rules().end())
        throw Error(ExitCode::internal, "No rule of shapes for the operator {} (node '{}').", node.op,
                    node.name);
    Inference at{graph, node};
    rule->second(at);
}

}  // namespace ctffr::network
