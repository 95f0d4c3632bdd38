// SPDX-License-Identifier: Apache-2.0
// Tensors of an ONNX file in our two element types.
#pragma once

#include <map>
#include <optional>
#include <string>

#include <onnx/onnx_pb.h>

#include "network/onnx.hpp"

namespace ctffr::network {

// Our type for ONNX's number of a type: float32 for all floating-point types up to 64 bits, int64 for
// integers and booleans; nothing for strings, complex numbers and types narrower than a byte.
std::optional<ElementType> element_type(int onnx_type);
// "float16", or "type 23" for a number newer than the reader.
std::string onnx_type_name(int onnx_type);

// Reads tensors with their data inside the file or beside it; files beside it are fetched once.
class TensorReader {
   public:
    // `model` is the name of the model in messages.
    TensorReader(std::string model, const ExternalData& external)
        : model_(std::move(model)), external_(external) {}
    // The type must be one that element_type knows. Throws Error(input_unreadable) when the data do not fill
    // the shape or the file beside the model is too short.
    Tensor read(const onnx::TensorProto& proto);

   private:
    std::string external_bytes(const onnx::TensorProto& proto, std::size_t expected);

    std::string model_;
    const ExternalData& external_;
    std::map<std::string, std::string> files_;
};

}  // namespace ctffr::network
