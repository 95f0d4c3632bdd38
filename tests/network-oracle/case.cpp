// SPDX-License-Identifier: Apache-2.0
#include "case.hpp"

namespace ctffr::oracle {

std::string CaseWriter::random(const network::Shape& shape) {
    return given(test::random_tensor(shape, seed_++));
}

std::string CaseWriter::given(const network::Tensor& tensor, bool truth) {
    network::Shape open = tensor.shape;
    for (std::size_t a = 2; a < open.size(); ++a) open[a] = -1;
    const bool floats = tensor.type == network::ElementType::float32;
    const std::string name = "input_" + std::to_string(case_.inputs.size());
    input(name, open,
          floats  ? onnx::TensorProto::FLOAT
          : truth ? onnx::TensorProto::BOOL
                  : onnx::TensorProto::INT64);
    case_.inputs.push_back({name, floats ? "float32" : truth ? "bool" : "int64", tensor});
    return name;
}

std::string CaseWriter::positive_weight(const network::Shape& shape) {
    network::Tensor tensor = test::random_tensor(shape, seed_++);
    for (float& value : tensor.floats) value += 1.5f;
    return weight(tensor);
}

Case CaseWriter::done(const std::string& result, int type) {
    output(result, type);
    case_.model = bytes();
    return case_;
}

Case CaseWriter::done(const std::vector<std::string>& results) {
    for (const std::string& result : results) output(result);
    case_.model = bytes();
    return case_;
}

}  // namespace ctffr::oracle
