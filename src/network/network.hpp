// SPDX-License-Identifier: Apache-2.0
// A network that can be run on inputs of any fitting shape.
#pragma once

#include <list>
#include <memory>
#include <string>
#include <vector>

#include "network/executor.hpp"
#include "network/graph.hpp"

namespace ctffr::network {

// Holds a graph as read and makes an executor for every new combination of input shapes. The last
// `cached_shapes` executors are kept. Not thread-safe.
class Network {
   public:
    static constexpr std::size_t cached_shapes = 4;

    // `run` is copied: the callbacks and flags it points to must outlive the network.
    Network(Graph graph, ExecutorKind kind, Precision precision, const Run& run);
    Network(const Network&) = delete;
    Network& operator=(const Network&) = delete;

    // One tensor per input, in their order; returns one per output. Throws Error(input_unreadable) when a
    // shape does not fit the network, else as bind (bind.hpp) and Executor::run.
    std::vector<Tensor> run(const std::vector<Tensor>& inputs);

    std::vector<std::string> input_names() const;
    std::vector<std::string> output_names() const;
    std::vector<Shape> input_shapes() const;  // -1: open
    // Shapes of the outputs for given shapes of the inputs; the executor made for them is kept for run().
    std::vector<Shape> output_shapes(const std::vector<Shape>& inputs);

    const Graph& graph() const { return graph_; }

   private:
    struct Bound {
        std::vector<Shape> inputs, outputs;
        std::unique_ptr<Executor> executor;
    };
    Bound& bound_to(const std::vector<Shape>& inputs);

    Graph graph_;
    ExecutorKind kind_;
    Precision precision_;
    Run run_;
    std::list<Bound> bound_;  // latest first
};

}  // namespace ctffr::network
