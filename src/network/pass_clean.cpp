// SPDX-License-Identifier: Apache-2.0
// Removal of what is not needed, and helpers of all passes.
#include <algorithm>
#include <utility>

#include "network/passes.hpp"

namespace ctffr::network {

Links::Links(const Graph& graph)
    : producer(graph.values.size(), -1), uses(graph.values.size(), 0), user(graph.values.size(), -1) {
    for (int n = 0; n < static_cast<int>(graph.nodes.size()); ++n) {
        for (const int value : graph.nodes[static_cast<std::size_t>(n)].outputs)
            producer[static_cast<std::size_t>(value)] = n;
        for (const int value : graph.nodes[static_cast<std::size_t>(n)].inputs) {
            if (value < 0) continue;
            const auto v = static_cast<std::size_t>(value);
            user[v] = uses[v]++ == 0 ? n : -1;
        }
    }
    for (const int value : graph.outputs) {
        ++uses[static_cast<std::size_t>(value)];
        user[static_cast<std::size_t>(value)] = -1;
    }
}

const Value& value_of(const Graph& graph, int value) {
    return graph.values.at(static_cast<std::size_t>(value));
}

int add_constant(Graph& graph, const std::string& name, Shape shape, std::vector<float> floats) {
    Tensor tensor{ElementType::float32, shape, std::move(floats), {}};
    graph.values.push_back({name, ElementType::float32, std::move(shape), std::move(tensor)});
    return static_cast<int>(graph.values.size()) - 1;
}

const Tensor* constant_floats(const Graph& graph, const Node& node, std::size_t input) {
    if (input >= node.inputs.size() || node.inputs[input] < 0) return nullptr;
    const auto& constant = value_of(graph, node.inputs[input]).constant;
    return constant && constant->type == ElementType::float32 ? &*constant : nullptr;
}

std::optional<std::vector<float>> per_channel(const Tensor& constant, const Shape& data) {
    if (data.size() < 2 || constant.shape.size() > data.size()) return std::nullopt;
    const auto channels = static_cast<std::size_t>(data[1]);
    if (constant.floats.size() == 1) return std::vector<float>(channels, constant.floats[0]);
    const std::size_t missing = data.size() - constant.shape.size();
    for (std::size_t a = 0; a < constant.shape.size(); ++a)
        if (constant.shape[a] != (a + missing == 1 ? data[1] : 1)) return std::nullopt;
    if (constant.floats.size() != channels) return std::nullopt;
    return constant.floats;
}

void remove_dead(Graph& graph) {
    std::vector<char> needed(graph.values.size(), 0);
    for (const int value : graph.outputs) needed[static_cast<std::size_t>(value)] = 1;
    std::vector<Node> kept;
    for (auto node = graph.nodes.rbegin(); node != graph.nodes.rend(); ++node) {
        if (std::none_of(node->outputs.begin(), node->outputs.end(),
                         [&](int value) { return needed[static_cast<std::size_t>(value)] != 0; }))
            continue;
        for (const int value : node->inputs)
            if (value >= 0) needed[static_cast<std::size_t>(value)] = 1;
        kept.push_back(std::move(*node));
    }
    std::reverse(kept.begin(), kept.end());
    graph.nodes = std::move(kept);
}

void finish(Graph& graph) {
    const Links links(graph);
    for (int& output : graph.outputs) {
        if (links.producer[static_cast<std::size_t>(output)] >= 0) continue;
        const Value from = value_of(graph, output);
        graph.values.push_back({from.name, from.type, from.shape, {}});
        const int made = static_cast<int>(graph.values.size()) - 1;
        graph.nodes.push_back({"Identity", from.name, {output}, {made}, {}, {}});
        output = made;
    }

    std::vector<int> place(graph.values.size(), -1);
    std::vector<Value> kept;
    const auto keep = [&](int& value) {
        if (value < 0) return;
        int& to = place[static_cast<std::size_t>(value)];
        if (to < 0) {
            to = static_cast<int>(kept.size());
            kept.push_back(std::move(graph.values[static_cast<std::size_t>(value)]));
        }
        value = to;
    };
    for (int& value : graph.inputs) keep(value);
    for (Node& node : graph.nodes) {
        for (int& value : node.inputs) keep(value);
        for (int& value : node.outputs) keep(value);
    }
    for (int& value : graph.outputs) keep(value);
    graph.values = std::move(kept);
}

}  // namespace ctffr::network
