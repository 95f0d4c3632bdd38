// SPDX-License-Identifier: Apache-2.0
// Binding on demand, with a short memory of the shapes seen last.
#include "network/network.hpp"

#include <algorithm>
#include <utility>

#include "network/bind.hpp"

namespace ctffr::network {

namespace {

std::vector<std::string> names_of(const Graph& graph, const std::vector<int>& values) {
    std::vector<std::string> names;
    for (const int value : values) names.push_back(graph.values[static_cast<std::size_t>(value)].name);
    return names;
}

std::vector<Shape> shapes_of(const Graph& graph, const std::vector<int>& values) {
    std::vector<Shape> shapes;
    for (const int value : values) shapes.push_back(graph.values[static_cast<std::size_t>(value)].shape);
    return shapes;
}

}  // namespace

Network::Network(Graph graph, ExecutorKind kind, Precision precision, const Run& run)
    : graph_(std::move(graph)), kind_(kind), precision_(precision), run_(run) {}

std::vector<std::string> Network::input_names() const { return names_of(graph_, graph_.inputs); }

std::vector<std::string> Network::output_names() const { return names_of(graph_, graph_.outputs); }

std::vector<Shape> Network::input_shapes() const { return shapes_of(graph_, graph_.inputs); }

std::vector<Shape> Network::output_shapes(const std::vector<Shape>& inputs) {
    return bound_to(inputs).outputs;
}

std::vector<Tensor> Network::run(const std::vector<Tensor>& inputs) {
    std::vector<Shape> shapes;
    for (const Tensor& input : inputs) shapes.push_back(input.shape);
    return bound_to(shapes).executor->run(inputs);
}

Network::Bound& Network::bound_to(const std::vector<Shape>& inputs) {
    const auto found =
        std::find_if(bound_.begin(), bound_.end(), [&](const Bound& b) { return b.inputs == inputs; });
    if (found != bound_.end()) {
        bound_.splice(bound_.begin(), bound_, found);
        return bound_.front();
    }
    // The oldest goes before the new one comes: two of them may not fit into the device's memory.
    if (bound_.size() >= cached_shapes) bound_.pop_back();
    const Graph fixed = network::bind(graph_, inputs);
    bound_.push_front(
        {inputs, shapes_of(fixed, fixed.outputs), make_executor(kind_, fixed, precision_, run_)});
    return bound_.front();
}

}  // namespace ctffr::network
