// SPDX-License-Identifier: Apache-2.0
// Runs a graph as it was read, node by node, without any of the passes of bind.
#pragma once

#include <vector>

#include "network/infer.hpp"
#include "network/reference/operators.hpp"

namespace ctffr::test {

inline std::vector<network::Tensor> run_unfused(network::Graph graph,
                                                const std::vector<network::Tensor>& inputs) {
    using namespace network;
    const auto at = [&](int value) -> Value& { return graph.values[static_cast<std::size_t>(value)]; };
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        at(graph.inputs[i]).shape = inputs[i].shape;
        at(graph.inputs[i]).constant = inputs[i];
    }
    for (Node node : std::vector<Node>(graph.nodes)) {
        infer(graph, node);
        std::vector<const Tensor*> arguments;
        for (const int value : node.inputs) arguments.push_back(value < 0 ? nullptr : &*at(value).constant);
        std::vector<Tensor> results;
        for (const int value : node.outputs) results.push_back({at(value).type, at(value).shape, {}, {}});
        evaluate(node, arguments, results, Cpu{});
        for (std::size_t i = 0; i < results.size(); ++i) at(node.outputs[i]).constant = results[i];
    }
    std::vector<Tensor> outputs;
    for (const int value : graph.outputs) outputs.push_back(*at(value).constant);
    return outputs;
}

}  // namespace ctffr::test
