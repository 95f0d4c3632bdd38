// SPDX-License-Identifier: Apache-2.0
// A network as a directed graph of operators on values. As read from a file it may have open dimensions;
// bound to input shapes (bind.hpp) every shape is known, constants are folded and neighbouring operators are
// fused.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "network/tensor.hpp"

namespace ctffr::network {

// y = x for none; slope * x below zero for leaky_relu (0: ReLU); the rest as their names say.
enum class Activation { none, leaky_relu, elu, sigmoid, tanh, gelu, clip };

// Applied to an operator's result before it is stored.
struct Epilogue {
    Activation activation = Activation::none;
    float a = 0, b = 0;  // slope (leaky_relu), alpha (elu), bounds (clip)
};

using Attribute =
    std::variant<std::int64_t, float, std::string, std::vector<std::int64_t>, std::vector<float>, Tensor>;

// One operator. `op` is the ONNX name (Conv, InstanceNormalization ...) or, made by the passes of bind.hpp,
// GroupNormalization and Gelu where exporters wrote patterns. Semantics are those of ONNX opset 18.
struct Node {
    std::string op;
    std::string name;          // as in the file, for messages
    std::vector<int> inputs;   // values; -1: optional input left out
    std::vector<int> outputs;  // values
    std::map<std::string, Attribute> attributes;
    Epilogue epilogue;  // only after Conv, ConvTranspose, Add and the norms

    std::int64_t integer(const std::string& key, std::int64_t otherwise) const;
    float number(const std::string& key, float otherwise) const;
    std::string text(const std::string& key, const std::string& otherwise) const;
    std::vector<std::int64_t> integers(const std::string& key,
                                       const std::vector<std::int64_t>& otherwise) const;
    bool has(const std::string& key) const { return attributes.count(key) != 0; }
};

struct Value {
    std::string name;
    ElementType type = ElementType::float32;
    Shape shape;                     // -1: open; meaningless until bound, except for graph inputs
    std::optional<Tensor> constant;  // weights and folded values
};

struct Graph {
    std::vector<Value> values;
    std::vector<Node> nodes;  // every node after those that make its inputs
    std::vector<int> inputs, outputs;
    int opset = 18;
};

}  // namespace ctffr::network
