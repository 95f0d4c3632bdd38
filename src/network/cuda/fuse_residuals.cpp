// SPDX-License-Identifier: Apache-2.0
// y = conv(x) + r: one pass over y less.
#include <algorithm>

#include "network/cuda/channels_last.hpp"

namespace ctffr::network {

void fuse_residuals(Graph& graph) {
    std::vector<int> uses(graph.values.size(), 0), producer(graph.values.size(), -1);
    for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
        for (const int v : graph.nodes[n].inputs)
            if (v >= 0) ++uses[static_cast<std::size_t>(v)];
        for (const int v : graph.nodes[n].outputs)
            if (v >= 0) producer[static_cast<std::size_t>(v)] = static_cast<int>(n);
    }
    for (const int v : graph.outputs) ++uses[static_cast<std::size_t>(v)];
    const auto value = [&](int v) -> const Value& { return graph.values[static_cast<std::size_t>(v)]; };
    const auto constant = [&](const Node& node, std::size_t i) {
        return i >= node.inputs.size() || node.inputs[i] < 0 || value(node.inputs[i]).constant;
    };

    std::vector<bool> gone(graph.nodes.size(), false);
    for (Node& add : graph.nodes) {
        if (add.op != "Add" || value(add.inputs[0]).shape != value(add.inputs[1]).shape) continue;
        for (std::size_t side = 0; side < 2; ++side) {
            const int sum = add.inputs[side], residual = add.inputs[1 - side];
            const int at = producer[static_cast<std::size_t>(sum)];
            if (at < 0 || uses[static_cast<std::size_t>(sum)] != 1 || value(residual).constant) continue;
            const Node& conv = graph.nodes[static_cast<std::size_t>(at)];
            if (conv.op != "Conv" || conv.inputs.size() > 3 || conv.epilogue.activation != Activation::none ||
                value(conv.inputs[0]).constant || conv.inputs.size() < 2 || conv.inputs[1] < 0 ||
                !constant(conv, 1) || !constant(conv, 2))
                continue;
            add.op = conv.op;
            add.name = conv.name;
            add.attributes = conv.attributes;
            add.inputs = conv.inputs;
            add.inputs.resize(3, -1);
            add.inputs.push_back(residual);
            gone[static_cast<std::size_t>(at)] = true;
            break;
        }
    }
    std::size_t n = 0;
    graph.nodes.erase(
        std::remove_if(graph.nodes.begin(), graph.nodes.end(), [&](const Node&) { return gone[n++]; }),
        graph.nodes.end());
}

}  // namespace ctffr::network
