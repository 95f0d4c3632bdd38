// SPDX-License-Identifier: Apache-2.0
// Differences between opset versions, one function per operator that has them.
#include "network/onnx_normalise.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "network/onnx_tensor.hpp"

namespace ctffr::network {

namespace {

using Integers = std::vector<std::int64_t>;

Tensor integer_tensor(Integers values) {
    Tensor tensor;
    tensor.type = ElementType::int64;
    tensor.shape = {static_cast<std::int64_t>(values.size())};
    tensor.integers = std::move(values);
    return tensor;
}

Tensor scalar(float value) {
    Tensor tensor;
    tensor.floats = {value};
    return tensor;
}

void set_input(Node& node, std::size_t position, int value) {
    if (node.inputs.size() <= position) node.inputs.resize(position + 1, -1);
    node.inputs[position] = value;
}

// An attribute that became input `position`.
void integers_to_input(GraphBuilder& builder, Node& node, const std::string& key, std::size_t position) {
    if (!node.has(key)) return;
    set_input(node, position,
              builder.add_constant(node.name + "." + key, integer_tensor(node.integers(key, {}))));
    node.attributes.erase(key);
}

void number_to_input(GraphBuilder& builder, Node& node, const std::string& key, std::size_t position) {
    if (!node.has(key)) return;
    set_input(node, position, builder.add_constant(node.name + "." + key, scalar(node.number(key, 0))));
    node.attributes.erase(key);
}

// True when `value` is one of `supported`; else it is noted.
bool one_of(GraphBuilder& builder, const Node& node, const std::string& key, const std::string& value,
            std::initializer_list<const char*> supported) {
    if (std::find(supported.begin(), supported.end(), value) != supported.end()) return true;
    builder.unsupported.add(node.op + " with " + key + " '" + value + "'", node.name);
    return false;
}

void pad(GraphBuilder& builder, Node& node) {
    integers_to_input(builder, node, "pads", 1);
    number_to_input(builder, node, "value", 2);
    one_of(builder, node, "mode", node.text("mode", "constant"), {"constant", "edge", "reflect", "wrap"});
}

void slice(GraphBuilder& builder, Node& node) {
    integers_to_input(builder, node, "starts", 1);
    integers_to_input(builder, node, "ends", 2);
    integers_to_input(builder, node, "axes", 3);
}

void resize(GraphBuilder& builder, Node& node) {
    if (node.op == "Upsample" || builder.graph.opset < 11) {
        // Both had the scales as second input and sampled without an offset.
        const int scales = node.inputs.size() > 1 ? node.inputs[1] : -1;
        node.op = "Resize";
        node.inputs = {node.inputs[0], -1, scales};
        node.attributes["coordinate_transformation_mode"] = std::string("asymmetric");
        node.attributes["nearest_mode"] = std::string("floor");
    }
    const std::string mode = node.text("mode", "nearest");
    one_of(builder, node, "mode", mode, {"nearest", "linear"});
    one_of(builder, node, "coordinate_transformation_mode",
           node.text("coordinate_transformation_mode", "half_pixel"),
           {"half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric"});
    one_of(builder, node, "nearest_mode", node.text("nearest_mode", "round_prefer_floor"),
           {"round_prefer_floor", "round_prefer_ceil", "floor", "ceil"});
    one_of(builder, node, "keep_aspect_ratio_policy", node.text("keep_aspect_ratio_policy", "stretch"),
           {"stretch"});
    if (node.integer("antialias", 0) != 0) builder.unsupported.add("Resize with antialias", node.name);
    // These speak of cubic interpolation and cropping, or say what is always so.
    for (const char* key :
         {"cubic_coeff_a", "exclude_outside", "extrapolation_value", "antialias", "keep_aspect_ratio_policy"})
        node.attributes.erase(key);
}

void batch_normalization(GraphBuilder& builder, Node& node) {
    if (node.integer("spatial", 1) != 1)
        builder.unsupported.add("BatchNormalization with spatial 0", node.name);
    // Before opset 14 the outputs told training from inference.
    if (builder.graph.opset < 14 && node.outputs.size() > 1)
        node.attributes["training_mode"] = std::int64_t{1};
    node.attributes.erase("spatial");
    node.attributes.erase("momentum");
}

void dropout(GraphBuilder& builder, Node& node) {
    const int training = node.inputs.size() > 2 ? node.inputs[2] : -1;
    if (training >= 0) {
        const auto& constant = builder.graph.values[static_cast<std::size_t>(training)].constant;
        if (!constant || constant->integers != Integers{0})
            builder.unsupported.add("Dropout in training mode", node.name);
    }
    node.op = "Identity";
    node.inputs.resize(1);
    node.attributes.clear();
}

void cast(GraphBuilder& builder, Node& node) {
    const auto to = static_cast<int>(node.integer("to", 0));
    const auto type = element_type(to);
    if (!type) {
        builder.unsupported.add("Cast to type " + onnx_type_name(to), node.name);
        return;
    }
    const bool boolean = to == onnx::TensorProto::BOOL;
    node.attributes["to"] = std::int64_t{*type == ElementType::float32 ? 1 : boolean ? 9 : 7};
    node.attributes.erase("saturate");
}

// Before opset 13 the tensor was seen as a matrix: all axes from `axis` on were one.
void softmax_of_matrix(GraphBuilder& builder, Node node) {
    const int shape = builder.add_value(node.name + ".shape");
    const int flat = builder.add_value(node.name + ".flat");
    const int weights = builder.add_value(node.name + ".weights");
    const int input = node.inputs[0], output = node.outputs[0];
    auto& nodes = builder.graph.nodes;
    nodes.push_back({"Shape", node.name, {input}, {shape}, {}, {}});
    nodes.push_back({"Flatten", node.name, {input}, {flat}, {{"axis", node.integer("axis", 1)}}, {}});
    nodes.push_back({"Softmax", node.name, {flat}, {weights}, {{"axis", std::int64_t{-1}}}, {}});
    nodes.push_back({"Reshape", node.name, {weights, shape}, {output}, {}, {}});
}

}  // namespace

int GraphBuilder::add_value(const std::string& name) {
    graph.values.emplace_back();
    graph.values.back().name = name;
    return static_cast<int>(graph.values.size()) - 1;
}

int GraphBuilder::add_constant(const std::string& name, Tensor tensor) {
    const int value = add_value(name);
    Value& added = graph.values.back();
    added.type = tensor.type;
    added.shape = tensor.shape;
    added.constant = std::move(tensor);
    return value;
}

void append_normalised(GraphBuilder& builder, Node node) {
    const std::string op = node.op;
    if (op == "Pad") pad(builder, node);
    if (op == "Slice") slice(builder, node);
    if (op == "Resize" || op == "Upsample") resize(builder, node);
    if (op == "BatchNormalization") batch_normalization(builder, node);
    if (op == "Dropout") dropout(builder, node);
    if (op == "Cast") cast(builder, node);
    if (op == "Squeeze" || op == "Unsqueeze" || op == "ReduceMean" || op == "ReduceSum")
        integers_to_input(builder, node, "axes", 1);
    if (op == "Clip") {
        number_to_input(builder, node, "min", 1);
        number_to_input(builder, node, "max", 2);
    }
    if (op == "Split") {
        integers_to_input(builder, node, "split", 1);
        node.attributes["num_outputs"] = static_cast<std::int64_t>(node.outputs.size());
    }
    if (op == "Gelu")
        one_of(builder, node, "approximate", node.text("approximate", "none"), {"none", "tanh"});
    if (op == "Softmax" && builder.graph.opset < 13)
        softmax_of_matrix(builder, std::move(node));
    else
        builder.graph.nodes.push_back(std::move(node));
}

}  // namespace ctffr::network
