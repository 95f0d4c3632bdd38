// SPDX-License-Identifier: Apache-2.0
// Reading ONNX.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "network/graph.hpp"

namespace ctffr::network {

// Content of a file with external weights that stands beside the model; called with the name in the model.
using ExternalData = std::function<std::string(const std::string& name)>;

// Reads a serialised ModelProto (opset 9 to 21). Throws Error(input_unreadable) for a damaged file and
// Error(input_unsupported) with the full list of operators, types and attributes that are not supported.
// `name` is used in messages.
Graph read_onnx(std::string_view bytes, const std::string& name, const ExternalData& external);

}  // namespace ctffr::network
