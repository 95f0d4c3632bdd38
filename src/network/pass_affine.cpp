// SPDX-License-Identifier: Apache-2.0
// y = scale * x + shift per channel, after an operator that ends in the same form, is one operator.
#include <cmath>

#include "network/passes.hpp"

namespace ctffr::network {

namespace {

struct Affine {
    std::vector<double> scale, shift;  // per channel
};

std::optional<Affine> of_batch_normalization(const Graph& graph, const Node& node) {
    if (node.integer("training_mode", 0) != 0) return std::nullopt;
    const Tensor* parameters[4];
    for (std::size_t i = 0; i < 4; ++i)
        if (!(parameters[i] = constant_floats(graph, node, i + 1))) return std::nullopt;
    const double epsilon = node.number("epsilon", 1e-5f);
    Affine affine;
    for (std::size_t c = 0; c < parameters[0]->floats.size(); ++c) {
        const double scale = parameters[0]->floats[c] / std::sqrt(parameters[3]->floats[c] + epsilon);
        affine.scale.push_back(scale);
        affine.shift.push_back(parameters[1]->floats[c] - scale * parameters[2]->floats[c]);
    }
    return affine;
}

// What the node does to its input `input`, when that is a scale and a shift per channel.
std::optional<Affine> affine_of(const Graph& graph, const Node& node, std::size_t input) {
    if (node.op == "BatchNormalization")
        return input == 0 ? of_batch_normalization(graph, node) : std::nullopt;
    const bool product = node.op == "Mul" || node.op == "Div", ordered = node.op == "Sub" || node.op == "Div";
    if ((!product && node.op != "Add" && node.op != "Sub") || (ordered && input != 0)) return std::nullopt;
    const Shape& shape = value_of(graph, node.outputs[0]).shape;
    const Tensor* constant = constant_floats(graph, node, 1 - input);
    if (!constant || value_of(graph, node.inputs[input]).shape != shape) return std::nullopt;
    const auto list = per_channel(*constant, shape);
    if (!list) return std::nullopt;
    Affine affine;
    for (const double number : *list) {
        affine.scale.push_back(!product ? 1.0 : ordered ? 1 / number : number);
        affine.shift.push_back(product ? 0.0 : ordered ? -number : number);
    }
    return affine;
}

// Weights with the factor of its output channel on each.
std::vector<float> scaled_weights(const Node& node, const Tensor& weights, const std::vector<double>& scale) {
    const bool transposed = node.op == "ConvTranspose";
    // Conv: (out, in / group, kernel); ConvTranspose: (in, out / group, kernel).
    std::size_t kernel = 1;
    for (std::size_t a = 2; a < weights.shape.size(); ++a)
        kernel *= static_cast<std::size_t>(weights.shape[a]);
    const auto outer = static_cast<std::size_t>(weights.shape[0]),
               inner = static_cast<std::size_t>(weights.shape[1]);
    const std::size_t per_group = outer / static_cast<std::size_t>(node.integer("group", 1));
    std::vector<float> result(weights.floats.size());
    for (std::size_t i = 0; i < result.size(); ++i) {
        const std::size_t o = i / (inner * kernel), k = i / kernel % inner;
        const std::size_t channel = transposed ? o / per_group * inner + k : o;
        result[i] = static_cast<float>(weights.floats[i] * scale[channel]);
    }
    return result;
}

// scale * old + shift, with old the constant at `input` of the node or zero.
std::vector<float> moved(const Tensor* old, const Affine& affine) {
    std::vector<float> result;
    for (std::size_t c = 0; c < affine.scale.size(); ++c)
        result.push_back(
            static_cast<float>(affine.scale[c] * (old ? old->floats[c] : 0.0f) + affine.shift[c]));
    return result;
}

// Puts the affine form into `node`; false when the node cannot take it.
bool absorb(Graph& graph, Node& node, const Affine& affine) {
    const bool convolution = node.op == "Conv" || node.op == "ConvTranspose";
    const bool norm = node.op == "InstanceNormalization" || node.op == "GroupNormalization";
    if ((!convolution && !norm) || node.epilogue.activation != Activation::none) return false;
    const Tensor *first = constant_floats(graph, node, 1), *bias = constant_floats(graph, node, 2);
    const bool has_bias = node.inputs.size() > 2 && node.inputs[2] >= 0;
    if (!first || (has_bias && !bias)) return false;
    // Copies: adding a constant moves the values.
    const Shape shape = first->shape;
    std::vector<float> biases = moved(has_bias ? bias : nullptr, affine), scaled;
    if (convolution)
        scaled = scaled_weights(node, *first, affine.scale);
    else
        scaled = moved(first, {affine.scale, std::vector<double>(affine.scale.size(), 0)});
    const auto channels = static_cast<std::int64_t>(biases.size());
    node.inputs.resize(3, -1);
    node.inputs[1] = add_constant(graph, node.name + ".weights", shape, std::move(scaled));
    node.inputs[2] = add_constant(graph, node.name + ".bias", {channels}, std::move(biases));
    return true;
}

bool absorb_into_producer(Graph& graph, const Links& links, std::size_t n) {
    Node& node = graph.nodes[n];
    for (std::size_t input = 0; input < 2 && input < node.inputs.size(); ++input) {
        if (node.inputs[input] < 0) continue;
        const auto value = static_cast<std::size_t>(node.inputs[input]);
        const int made_by = links.producer[value];
        if (made_by < 0 || links.user[value] != static_cast<int>(n)) continue;
        const auto affine = affine_of(graph, node, input);
        Node& before = graph.nodes[static_cast<std::size_t>(made_by)];
        if (!affine || !absorb(graph, before, *affine)) continue;
        before.outputs = node.outputs;
        graph.nodes.erase(graph.nodes.begin() + static_cast<std::ptrdiff_t>(n));
        return true;
    }
    return false;
}

}  // namespace

void absorb_affine(Graph& graph) {
    for (bool changed = true; changed;) {
        changed = false;
        const Links links(graph);
        for (std::size_t n = 0; n < graph.nodes.size() && !changed; ++n)
            changed = absorb_into_producer(graph, links, n);
    }
}

}  // namespace ctffr::network
