// SPDX-License-Identifier: Apache-2.0
// The steps of bind (bind.cpp): each turns a graph into an equivalent one. And what they share.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "network/graph.hpp"

namespace ctffr::network {

// pass_fold.cpp: infers shapes from the inputs on, computes nodes of constants, skips nodes that change
// nothing.
void infer_and_fold(Graph& graph);
// pass_norm.cpp: BatchNormalization in training mode and normalisations between two Reshapes become
// InstanceNormalization or GroupNormalization.
void replace_normalisations(Graph& graph);
// pass_gelu.cpp: x/2 (1 + erf(x / sqrt 2)) becomes Gelu.
void replace_gelu(Graph& graph);
// pass_affine.cpp: BatchNormalization and arithmetic with one constant per channel go into the convolution or
// the normalisation before them.
void absorb_affine(Graph& graph);
// pass_epilogue.cpp: activations go into the operator before them; PRelu with one slope is LeakyRelu.
void fuse_activations(Graph& graph);
// pass_clean.cpp: nodes that no output needs go; `finish` also drops unused values and makes every output the
// result of a node.
void remove_dead(Graph& graph);
void finish(Graph& graph);

// Who makes and who uses each value.
struct Links {
    explicit Links(const Graph& graph);

    std::vector<int> producer;  // node; -1: none
    std::vector<int> uses;      // by nodes and as an output
    std::vector<int> user;      // the node, where there is one use and that is by a node; else -1
};

const Value& value_of(const Graph& graph, int value);
// Adds a constant of the given shape and returns its value.
int add_constant(Graph& graph, const std::string& name, Shape shape, std::vector<float> floats);
// The constant floats of an input of a node; nullptr when it is none.
const Tensor* constant_floats(const Graph& graph, const Node& node, std::size_t input);
// One number per channel (axis 1) of `data`, when the constant is broadcast along all other axes.
std::optional<std::vector<float>> per_channel(const Tensor& constant, const Shape& data);

}  // namespace ctffr::network
