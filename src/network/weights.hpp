// SPDX-License-Identifier: Apache-2.0
// Networks that are part of the program: the files of src/network/weights, linked in whole.
#pragma once

#include <string_view>

namespace ctffr::network {

// An ONNX model and its sidecar; both empty when the build has none.
struct ShippedWeights {
    std::string_view onnx, sidecar;
};
ShippedWeights shipped_lumen_weights();
ShippedWeights shipped_heart_weights();

}  // namespace ctffr::network
