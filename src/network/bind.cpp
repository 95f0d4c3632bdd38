// SPDX-License-Identifier: Apache-2.0
// The order of the passes.
#include "network/bind.hpp"

#include "ctffr/core/error.hpp"
#include "network/passes.hpp"

namespace ctffr::network {

namespace {

void fix_inputs(Graph& graph, const std::vector<Shape>& shapes) {
    if (shapes.size() != graph.inputs.size())
        throw Error(ExitCode::input_unreadable, "The network has {} inputs and was given {}.",
                    graph.inputs.size(), shapes.size());
    for (std::size_t i = 0; i < shapes.size(); ++i) {
        Value& value = graph.values[static_cast<std::size_t>(graph.inputs[i])];
        bool fits = shapes[i].size() == value.shape.size();
        for (std::size_t a = 0; fits && a < shapes[i].size(); ++a)
            fits = shapes[i][a] > 0 && (value.shape[a] < 0 || value.shape[a] == shapes[i][a]);
        if (!fits)
            throw Error(
                ExitCode::input_unreadable,
                "Input '{}' of the network takes the shape {} and was given {}: use a fitting patch size or "
                "export the network with open dimensions.",
                value.name, shape_text(value.shape), shape_text(shapes[i]));
        value.shape = shapes[i];
    }
}

}  // namespace

Graph bind(const Graph& graph, const std::vector<Shape>& input_shapes) {
    Graph bound = graph;
    fix_inputs(bound, input_shapes);
    remove_dead(bound);
    infer_and_fold(bound);
    remove_dead(bound);
    replace_gelu(bound);
    replace_normalisations(bound);
    absorb_affine(bound);
    fuse_activations(bound);
    remove_dead(bound);
    finish(bound);
    return bound;
}

}  // namespace ctffr::network
