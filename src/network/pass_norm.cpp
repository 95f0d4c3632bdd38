// SPDX-License-Identifier: Apache-2.0
// Exporters write normalisations in groups with the operators they have; here they become one node again.
#include "network/passes.hpp"

namespace ctffr::network {

namespace {

// With one image per batch the statistics of the batch are those of the image.
void batch_to_instance(Graph& graph) {
    for (Node& node : graph.nodes) {
        if (node.op != "BatchNormalization" || node.integer("training_mode", 0) == 0) continue;
        const Shape& shape = value_of(graph, node.inputs[0]).shape;
        if (shape.size() < 3 || shape[0] != 1) continue;
        node.op = "InstanceNormalization";
        node.inputs.resize(3);
        node.attributes = {{"epsilon", node.number("epsilon", 1e-5f)}};
    }
}

// Repeats one number per group for the channels of the group. Nothing when the list holds a copy of the
// groups for each image of the batch and these differ.
std::optional<std::vector<float>> for_channels(const Tensor& per_group, std::size_t groups,
                                               std::size_t channels) {
    const std::vector<float>& list = per_group.floats;
    for (std::size_t i = groups; i < list.size(); ++i)
        if (list[i] != list[i % groups]) return std::nullopt;
    std::vector<float> result;
    for (std::size_t c = 0; c < channels; ++c) result.push_back(list[c / (channels / groups)]);
    return result;
}

// Reshape to (batch, groups, ...) or (1, batch * groups, ...) - InstanceNormalization - Reshape back.
bool join_reshapes(Graph& graph, const Links& links, std::size_t n) {
    const Node& norm = graph.nodes[n];
    if (norm.op != "InstanceNormalization" || norm.epilogue.activation != Activation::none) return false;
    const int before = links.producer[static_cast<std::size_t>(norm.inputs[0])];
    const int after = links.user[static_cast<std::size_t>(norm.outputs[0])];
    if (before < 0 || after < 0) return false;
    const Node &first = graph.nodes[static_cast<std::size_t>(before)],
               &last = graph.nodes[static_cast<std::size_t>(after)];
    if (first.op != "Reshape" || last.op != "Reshape") return false;
    const int image = first.inputs[0];
    const Shape shape = value_of(graph, image).shape, inside = value_of(graph, norm.inputs[0]).shape;
    const Tensor *scale = constant_floats(graph, norm, 1), *bias = constant_floats(graph, norm, 2);
    if (value_of(graph, last.outputs[0]).shape != shape || shape.size() < 3 || !scale || !bias) return false;
    const std::int64_t batch = shape[0], channels = shape[1];
    if (batch < 1 || (inside[0] != batch && (inside[0] != 1 || inside[1] % batch != 0))) return false;
    const std::int64_t groups = inside[0] == batch ? inside[1] : inside[1] / batch;
    if (groups < 1 || channels % groups != 0) return false;
    const auto scales =
        for_channels(*scale, static_cast<std::size_t>(groups), static_cast<std::size_t>(channels));
    const auto biases =
        for_channels(*bias, static_cast<std::size_t>(groups), static_cast<std::size_t>(channels));
    if (!scales || !biases) return false;

    Node joined{"InstanceNormalization", norm.name, {image}, last.outputs, {}, {}};
    joined.attributes["epsilon"] = norm.number("epsilon", 1e-5f);
    if (groups != channels) {
        joined.op = "GroupNormalization";
        joined.attributes["num_groups"] = groups;
    }
    joined.inputs.push_back(add_constant(graph, norm.name + ".scale", {channels}, *scales));
    joined.inputs.push_back(add_constant(graph, norm.name + ".bias", {channels}, *biases));
    graph.nodes[static_cast<std::size_t>(after)] = std::move(joined);
    graph.nodes.erase(graph.nodes.begin() + static_cast<std::ptrdiff_t>(n));  // its only use is gone
    return true;
}

}  // namespace

void replace_normalisations(Graph& graph) {
    batch_to_instance(graph);
    for (bool changed = true; changed;) {
        changed = false;
        const Links links(graph);
        for (std::size_t n = 0; n < graph.nodes.size() && !changed; ++n)
            changed = join_reshapes(graph, links, n);
    }
}

}  // namespace ctffr::network
