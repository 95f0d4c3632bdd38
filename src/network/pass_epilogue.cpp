// SPDX-License-Identifier: Apache-2.0
// Activations become epilogues of the operators before them.
#include <algorithm>
#include <limits>
#include <set>
#include <string_view>

#include "network/passes.hpp"

namespace ctffr::network {

namespace {

void prelu_with_one_slope(Graph& graph) {
    for (Node& node : graph.nodes) {
        if (node.op != "PRelu") continue;
        const Tensor* slope = constant_floats(graph, node, 1);
        if (!slope || slope->floats.empty()) continue;
        const float first = slope->floats[0];
        if (!std::all_of(slope->floats.begin(), slope->floats.end(), [=](float s) { return s == first; }))
            continue;
        node.op = "LeakyRelu";
        node.inputs.resize(1);
        node.attributes = {{"alpha", first}};
    }
}

std::optional<Epilogue> epilogue_of(const Graph& graph, const Node& node) {
    const std::string& op = node.op;
    if (op == "Relu") return Epilogue{Activation::leaky_relu, 0, 0};
    if (op == "LeakyRelu") return Epilogue{Activation::leaky_relu, node.number("alpha", 0.01f), 0};
    if (op == "Elu") return Epilogue{Activation::elu, node.number("alpha", 1), 0};
    if (op == "Sigmoid") return Epilogue{Activation::sigmoid, 0, 0};
    if (op == "Tanh") return Epilogue{Activation::tanh, 0, 0};
    if (op == "Gelu" && node.text("approximate", "none") == "none") return Epilogue{Activation::gelu, 0, 0};
    if (op != "Clip") return std::nullopt;
    constexpr float infinity = std::numeric_limits<float>::infinity();
    Epilogue clip{Activation::clip, -infinity, infinity};
    for (const std::size_t bound : {1u, 2u}) {
        if (bound >= node.inputs.size() || node.inputs[bound] < 0) continue;
        const Tensor* number = constant_floats(graph, node, bound);
        if (!number) return std::nullopt;
        (bound == 1 ? clip.a : clip.b) = number->floats.at(0);
    }
    return clip;
}

}  // namespace

void fuse_activations(Graph& graph) {
    static const std::set<std::string_view> takers = {
        "Conv", "ConvTranspose", "Add", "InstanceNormalization", "BatchNormalization", "GroupNormalization"};
    prelu_with_one_slope(graph);
    const Links links(graph);
    for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
        Node& node = graph.nodes[n];
        const auto epilogue = epilogue_of(graph, node);
        if (!epilogue) continue;
        const auto value = static_cast<std::size_t>(node.inputs[0]);
        const int made_by = links.producer[value];
        if (made_by < 0 || links.user[value] != static_cast<int>(n)) continue;
        Node& before = graph.nodes[static_cast<std::size_t>(made_by)];
        if (!takers.count(before.op) || before.epilogue.activation != Activation::none) continue;
        before.epilogue = *epilogue;
        before.outputs = node.outputs;
        node.outputs.clear();  // removed below; the links stay true for the other nodes
    }
    std::erase_if(graph.nodes, [](const Node& node) { return node.outputs.empty(); });
}

}  // namespace ctffr::network
