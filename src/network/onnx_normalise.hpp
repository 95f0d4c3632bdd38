// SPDX-License-Identifier: Apache-2.0
// Brings nodes of older opsets to the form they have in opset 18.
#pragma once

#include <string>

#include "network/graph.hpp"
#include "network/onnx_table.hpp"

namespace ctffr::network {

// A graph under construction.
struct GraphBuilder {
    Graph graph;
    Unsupported unsupported;

    int add_value(const std::string& name);
    int add_constant(const std::string& name, Tensor tensor);
};

// Appends `node`, of the graph's opset and in the table of operators, in opset-18 form: optional arguments
// that were attributes are inputs, Upsample is Resize, Dropout is Identity, Softmax works along one axis,
// Cast's `to` is 1 (float), 7 (int64) or 9 (bool). Adds to `unsupported` what cannot be said in that form.
void append_normalised(GraphBuilder& builder, Node node);

}  // namespace ctffr::network
