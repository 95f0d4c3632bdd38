// SPDX-License-Identifier: Apache-2.0
// A network of ours as it lies in a file: an ONNX model and its sidecar (tools/train/README.md).
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "ctffr/core/run.hpp"
#include "network/executor.hpp"
#include "network/graph.hpp"

namespace ctffr {

struct NetworkFile {
    std::string name;    // "lumen 1", for the log and result.json
    std::string digest;  // SHA-256 over model and sidecar, for the resume key
    network::Graph graph;
};

// `name` is used in messages. `kind` is what the sidecar must say; `facts` reads what else is needed from it.
// Throws Error(input_unreadable) or Error(input_unsupported) when model or sidecar are damaged, do not belong
// together, or are of another kind.
NetworkFile read_network_file(std::string_view onnx, std::string_view sidecar, const std::string& kind,
                              const std::string& name,
                              const std::function<void(const nlohmann::json& sidecar)>& facts);

// Throws Error(input_unsupported) unless the graph has one input and gives one output of the shape `output`
// for an input of the shape `input`.
void check_network_shapes(const NetworkFile& file, const network::Shape& input, const network::Shape& output,
                          const std::string& name);

// The executor for the run's device: cuDNN's on a GPU; else the CPU's, or without oneDNN the plain loops,
// slow and right.
network::ExecutorKind network_executor(const Run& run);

}  // namespace ctffr
