// SPDX-License-Identifier: Apache-2.0
// From a graph as read to one that can be executed for given input shapes.
#pragma once

#include <string>
#include <vector>

#include "network/graph.hpp"

namespace ctffr::network {

// Fixes the input shapes, infers all others, folds what depends on constants alone, drops what no output
// needs, replaces exporters' patterns by GroupNormalization, InstanceNormalization and Gelu, folds
// BatchNormalization into convolutions and activations into epilogues. Every value of the result has a known
// shape. Throws Error(input_unreadable) that names the node when a shape does not fit.
Graph bind(const Graph& graph, const std::vector<Shape>& input_shapes);

}  // namespace ctffr::network
