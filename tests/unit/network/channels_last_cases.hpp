// SPDX-License-Identifier: Apache-2.0
// Small networks, one or more per operator, on which executors are compared with the reference.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "ctffr/core/random.hpp"
#include "network/executor.hpp"
#include "network/infer.hpp"

namespace ctffr::network {

using Attributes = std::map<std::string, Attribute>;
using Ints = std::vector<std::int64_t>;

inline Tensor random_tensor(const Shape& shape, std::uint64_t seed, double low = -1, double high = 1) {
    Random random(seed);
    Tensor tensor;
    tensor.shape = shape;
    for (std::int64_t i = 0; i < element_count(shape); ++i)
        tensor.floats.push_back(static_cast<float>(random.uniform(low, high)));
    return tensor;
}

// A bound graph, node by node.
class NetworkBuilder {
   public:
    int input(const Shape& shape) {
        const int v = add({ElementType::float32, shape, {}, {}}, false);
        graph_.inputs.push_back(v);
        return v;
    }
    int constant(Tensor tensor) { return add(std::move(tensor), true); }
    int weights(const Shape& shape, double low = -0.3, double high = 0.3) {
        return constant(random_tensor(shape, ++seed_, low, high));
    }
    int integers(const Ints& values) {
        return constant({ElementType::int64, {static_cast<std::int64_t>(values.size())}, {}, values});
    }
    int floats(const std::vector<float>& values) {
        return constant({ElementType::float32, {static_cast<std::int64_t>(values.size())}, values, {}});
    }
    std::vector<int> nodes(const std::string& op, const std::vector<int>& inputs,
                           const Attributes& attributes, int outputs, Epilogue epilogue = {}) {
        Node node;
        node.op = op, node.name = op + std::to_string(graph_.nodes.size()), node.inputs = inputs;
        node.attributes = attributes, node.epilogue = epilogue;
        for (int i = 0; i < outputs; ++i) node.outputs.push_back(add({}, false));
        const std::vector<int> made = node.outputs;
        infer(graph_, node);
        graph_.nodes.push_back(std::move(node));
        return made;
    }
    int node(const std::string& op, const std::vector<int>& inputs, const Attributes& attributes = {},
             Epilogue epilogue = {}) {
        return nodes(op, inputs, attributes, 1, epilogue)[0];
    }
    int conv(int x, std::int64_t filters, const Ints& kernel, const Attributes& attributes = {},
             Epilogue epilogue = {}, std::int64_t group = 1, bool bias = true) {
        Shape shape{filters, channels(x) / group};
        shape.insert(shape.end(), kernel.begin(), kernel.end());
        Attributes all = attributes;
        all["group"] = group;
        std::vector<int> inputs{x, weights(shape)};
        if (bias) inputs.push_back(weights({filters}));
        return node("Conv", inputs, all, epilogue);
    }
    int up(int x, std::int64_t filters, const Ints& kernel, const Attributes& attributes = {},
           Epilogue epilogue = {}, std::int64_t group = 1) {
        Shape shape{channels(x), filters / group};
        shape.insert(shape.end(), kernel.begin(), kernel.end());
        Attributes all = attributes;
        all["group"] = group;
        return node("ConvTranspose", {x, weights(shape), weights({filters})}, all, epilogue);
    }
    std::int64_t channels(int v) const { return graph_.values[static_cast<std::size_t>(v)].shape[1]; }
    Graph finish(const std::vector<int>& outputs) {
        graph_.outputs = outputs;
        return graph_;
    }

   private:
    int add(Tensor tensor, bool is_constant) {
        Value value;
        value.name = "v" + std::to_string(graph_.values.size());
        value.type = tensor.type, value.shape = tensor.shape;
        if (is_constant) value.constant = std::move(tensor);
        graph_.values.push_back(std::move(value));
        return static_cast<int>(graph_.values.size()) - 1;
    }

    Graph graph_;
    std::uint64_t seed_ = 100;
};

struct NetworkCase {
    std::string name;
    Graph graph;
    std::set<std::string> on_host;  // operators that the channels-last executor leaves to the host
    double low = -1, high = 1;      // of the inputs
};

std::vector<NetworkCase> channels_last_cases();

// Inputs with values in the case's range.
inline std::vector<Tensor> inputs_of(const NetworkCase& one) {
    std::vector<Tensor> inputs;
    for (const int v : one.graph.inputs)
        inputs.push_back(random_tensor(one.graph.values[static_cast<std::size_t>(v)].shape,
                                       static_cast<std::uint64_t>(v) + 1, one.low, one.high));
    return inputs;
}

// U-Net of `levels` with `width` channels on the first, two convolutions per level down, one up.
Graph small_unet(const Shape& input, int levels, std::int64_t width, bool instance_norm,
                 std::int64_t classes);

}  // namespace ctffr::network
