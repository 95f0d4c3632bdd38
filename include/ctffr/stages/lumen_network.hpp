// SPDX-License-Identifier: Apache-2.0
// The network that measures the lumen on cross-sections (docs/theory/segmentation.md).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "ctffr/core/run.hpp"

namespace ctffr {

// A lumen network as read; opaque, immutable, shared between cases.
class LumenNetwork;

// From an ONNX file and its sidecar (JSON). `name` is used in messages. Throws Error(input_unreadable) or
// Error(input_unsupported) when either is damaged, of another kind, or does not have the lumen network's
// input and output.
std::shared_ptr<const LumenNetwork> read_lumen_network(std::string_view onnx, std::string_view sidecar,
                                                       const std::string& name);
// The network that is part of this build; null when it was built without weights.
std::shared_ptr<const LumenNetwork> shipped_lumen_network();

// "lumen 1 (shipped)", for the log and result.json, and a digest of weights and sidecar for the resume key.
std::string network_name(const LumenNetwork& network);
std::string network_digest(const LumenNetwork& network);

}  // namespace ctffr
