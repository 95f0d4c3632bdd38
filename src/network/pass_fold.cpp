// SPDX-License-Identifier: Apache-2.0
// One walk from the inputs on: shapes, constants, and nodes that change nothing.
#include <algorithm>
#include <numeric>
#include <set>
#include <string_view>
#include <utility>

#include "network/infer.hpp"
#include "network/passes.hpp"
#include "network/reference/operators.hpp"

namespace ctffr::network {

namespace {

// A constant larger than this is cheaper to make at run time than to hold (elements).
constexpr std::int64_t largest_folded = std::int64_t{1} << 24;

bool foldable(const Graph& graph, const Node& node) {
    std::int64_t count = 0;
    for (const int value : node.outputs) count += element_count(value_of(graph, value).shape);
    if (node.op == "Shape") return true;
    return count <= largest_folded && std::all_of(node.inputs.begin(), node.inputs.end(), [&](int value) {
               return value < 0 || value_of(graph, value).constant.has_value();
           });
}

void fold(Graph& graph, const Node& node) {
    std::vector<Tensor> shapes_only(node.inputs.size());
    std::vector<const Tensor*> inputs;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
        if (node.inputs[i] < 0) {
            inputs.push_back(nullptr);
            continue;
        }
        const Value& value = value_of(graph, node.inputs[i]);
        shapes_only[i].shape = value.shape;
        inputs.push_back(value.constant ? &*value.constant : &shapes_only[i]);
    }
    std::vector<Tensor> results;
    for (const int value : node.outputs)
        results.push_back({value_of(graph, value).type, value_of(graph, value).shape, {}, {}});
    evaluate(node, inputs, results, Cpu{});
    for (std::size_t i = 0; i < results.size(); ++i)
        graph.values[static_cast<std::size_t>(node.outputs[i])].constant = std::move(results[i]);
}

bool all_equal(const Graph& graph, const Node& node, std::size_t input, float number) {
    const Tensor* tensor = constant_floats(graph, node, input);
    return tensor &&
           std::all_of(tensor->floats.begin(), tensor->floats.end(), [=](float v) { return v == number; });
}

bool all_integers(const Graph& graph, const Node& node, std::size_t input, std::int64_t number) {
    const auto& list = value_of(graph, node.inputs[input]).constant->integers;
    return std::all_of(list.begin(), list.end(), [=](std::int64_t v) { return v == number; });
}

// The input that the node's only result is equal to, as an index; -1: none.
int unchanged_input(const Graph& graph, const Node& node) {
    if (node.outputs.size() != 1 || node.inputs.empty()) return -1;
    const Value& out = value_of(graph, node.outputs[0]);
    const auto same = [&](std::size_t i) {
        const Value& in = value_of(graph, node.inputs[i]);
        return in.shape == out.shape && in.type == out.type;
    };
    const std::string& op = node.op;
    if ((op == "Add" || op == "Mul") && same(1) && all_equal(graph, node, 0, op == "Mul" ? 1 : 0)) return 1;
    if (!same(0)) return -1;
    static const std::set<std::string_view> views = {"Identity", "Reshape", "Expand", "Tile"};
    if (views.count(op)) return 0;
    if ((op == "Concat" && node.inputs.size() == 1) || op == "Split") return 0;
    if (op == "Cast" && (out.type == ElementType::float32 || node.integer("to", 0) == 7)) return 0;
    if (op == "Slice" && all_integers(graph, node, 4, 1)) return 0;
    if (op == "Pad" && all_integers(graph, node, 1, 0)) return 0;
    if (op == "ReduceMean" || op == "ReduceSum") return 0;  // of one element each
    if (op == "Transpose") {
        const auto order = node.integers("perm", {});
        return std::is_sorted(order.begin(), order.end()) ? 0 : -1;
    }
    if (op == "Resize") {
        const auto& scales = std::get<std::vector<float>>(node.attributes.at("scales"));
        return std::all_of(scales.begin(), scales.end(), [](float s) { return s == 1; }) ? 0 : -1;
    }
    if (op == "Add" || op == "Sub") return all_equal(graph, node, 1, 0) ? 0 : -1;
    if (op == "Mul" || op == "Div" || op == "Pow") return all_equal(graph, node, 1, 1) ? 0 : -1;
    return -1;
}

// Flatten, Squeeze, Unsqueeze and Reshape with a given shape; a chain of them is one.
void make_reshape(Graph& graph, Node& node, const std::vector<int>& reshaped_from) {
    const Shape& shape = value_of(graph, node.outputs[0]).shape;
    Tensor target{ElementType::int64, {static_cast<std::int64_t>(shape.size())}, {}, shape};
    graph.values.push_back({node.name + ".shape", target.type, target.shape, std::move(target)});
    const auto from = static_cast<std::size_t>(node.inputs[0]);
    const int source =
        from < reshaped_from.size() && reshaped_from[from] >= 0 ? reshaped_from[from] : node.inputs[0];
    node.op = "Reshape";
    node.inputs = {source, static_cast<int>(graph.values.size()) - 1};
    node.attributes = {{"allowzero", std::int64_t{1}}};
}

}  // namespace

void infer_and_fold(Graph& graph) {
    static const std::set<std::string_view> reshapes = {"Reshape", "Flatten", "Squeeze", "Unsqueeze"};
    std::vector<Node> nodes = std::exchange(graph.nodes, {});
    std::vector<int> equal_to(graph.values.size());  // the value to use instead
    std::iota(equal_to.begin(), equal_to.end(), 0);
    std::vector<int> reshaped_from(graph.values.size(), -1);
    for (Node& node : nodes) {
        for (int& value : node.inputs)
            if (value >= 0) value = equal_to[static_cast<std::size_t>(value)];
        infer(graph, node);
        if (foldable(graph, node)) {
            fold(graph, node);
            continue;
        }
        if (reshapes.count(node.op)) make_reshape(graph, node, reshaped_from);
        const int unchanged = unchanged_input(graph, node);
        const auto result = static_cast<std::size_t>(node.outputs[0]);
        if (unchanged >= 0) {
            equal_to[result] = node.inputs[static_cast<std::size_t>(unchanged)];
            continue;
        }
        if (node.op == "Reshape") reshaped_from[result] = node.inputs[0];
        graph.nodes.push_back(std::move(node));
    }
    for (int& value : graph.outputs) value = equal_to[static_cast<std::size_t>(value)];
}

}  // namespace ctffr::network
