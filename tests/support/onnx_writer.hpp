// SPDX-License-Identifier: Apache-2.0
// Writes ONNX models for tests, with the protobuf classes and not with our reader.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <onnx/onnx_pb.h>

#include "network/graph.hpp"

namespace ctffr::test {

class OnnxWriter {
   public:
    using Attributes = std::map<std::string, network::Attribute>;

    explicit OnnxWriter(int opset = 18);

    // All return the name of a value. Extent -1: an open dimension.
    std::string input(const std::string& name, const network::Shape& shape,
                      int type = onnx::TensorProto::FLOAT);
    std::string weight(const network::Tensor& tensor, int type = 0);
    std::string integers(const std::vector<std::int64_t>& list);
    std::string number(float value);
    std::string node(const std::string& op, const std::vector<std::string>& inputs,
                     const Attributes& attributes = {}, const std::string& domain = "");
    std::vector<std::string> node_with(std::size_t outputs, const std::string& op,
                                       const std::vector<std::string>& inputs,
                                       const Attributes& attributes = {});
    void output(const std::string& name, int type = onnx::TensorProto::FLOAT);

    std::string bytes() const { return model_.SerializeAsString(); }
    onnx::ModelProto& model() { return model_; }

   private:
    std::string fresh(const std::string& stem) { return stem + "_" + std::to_string(count_++); }

    onnx::ModelProto model_;
    int count_ = 0;
};

// Values between -1 and 1 that depend on the seed alone.
network::Tensor random_tensor(const network::Shape& shape, unsigned seed);
network::Tensor integer_tensor(const network::Shape& shape, const std::vector<std::int64_t>& values);

}  // namespace ctffr::test
