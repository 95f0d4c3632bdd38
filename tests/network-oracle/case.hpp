// SPDX-License-Identifier: Apache-2.0
// One comparison with the oracle: a model, its inputs and how near the results must be.
#pragma once

#include <string>
#include <vector>

#include "support/onnx_writer.hpp"

namespace ctffr::oracle {

struct CaseInput {
    std::string name;
    std::string type;  // as onnxruntime calls it: float32, int64, int32, bool
    network::Tensor tensor;
};

struct Case {
    std::string name;
    std::string model;  // bytes
    std::vector<CaseInput> inputs;
    double tolerance = 2e-6;  // of the largest magnitude in the result
};

// Writes a model and notes its inputs. Spatial axes of inputs are open, so that binding has something to do.
class CaseWriter : public test::OnnxWriter {
   public:
    explicit CaseWriter(std::string name, int opset = 18) : OnnxWriter(opset) {
        case_.name = std::move(name);
    }
    std::string random(const network::Shape& shape);                       // an input
    std::string given(const network::Tensor& tensor, bool truth = false);  // an input
    std::string random_weight(const network::Shape& shape) {
        return weight(test::random_tensor(shape, seed_++));
    }
    std::string positive_weight(const network::Shape& shape);  // between 0.5 and 2.5
    CaseWriter& tolerance(double value) {
        case_.tolerance = value;
        return *this;
    }
    Case done(const std::string& result, int type = onnx::TensorProto::FLOAT);
    Case done(const std::vector<std::string>& results);

   private:
    Case case_;
    unsigned seed_ = 1;
};

using Cases = std::vector<Case>;
void add_window_cases(Cases& cases);       // cases_window.cpp
void add_elementwise_cases(Cases& cases);  // cases_elementwise.cpp
void add_channel_cases(Cases& cases);      // cases_channels.cpp
void add_arrange_cases(Cases& cases);      // cases_arrange.cpp
void add_version_cases(Cases& cases);      // cases_versions.cpp
void add_network_cases(Cases& cases);      // cases_networks.cpp

}  // namespace ctffr::oracle
