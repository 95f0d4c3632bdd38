// SPDX-License-Identifier: Apache-2.0
// Shapes and types of a node's results from those of its inputs.
#pragma once

#include <string>

#include "network/graph.hpp"

namespace ctffr::network {

// Sets type and shape of the results of `node`, whose inputs have known shapes, and completes the node, so
// that executors need no rules of ONNX about defaults (bind.hpp lists what holds afterwards). New constants
// may be added to `graph`; `node` must not be inside graph.nodes. Throws Error(input_unreadable) that names
// the node when shapes or types do not fit, Error(input_unsupported) when a shape depends on data.
void infer(Graph& graph, Node& node);

}  // namespace ctffr::network
