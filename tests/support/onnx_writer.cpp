// SPDX-License-Identifier: Apache-2.0
#include "support/onnx_writer.hpp"

#include <random>

namespace ctffr::test {

namespace {

using onnx::TensorProto;

void fill(TensorProto& proto, const network::Tensor& tensor, int type) {
    for (const std::int64_t extent : tensor.shape) proto.add_dims(extent);
    if (tensor.type == network::ElementType::float32) {
        proto.set_data_type(type ? type : static_cast<int>(TensorProto::FLOAT));
        for (const float value : tensor.floats) proto.add_float_data(value);
    } else if (type == TensorProto::BOOL || type == TensorProto::INT32) {
        proto.set_data_type(type);
        for (const std::int64_t value : tensor.integers)
            proto.add_int32_data(static_cast<std::int32_t>(value));
    } else {
        proto.set_data_type(TensorProto::INT64);
        for (const std::int64_t value : tensor.integers) proto.add_int64_data(value);
    }
}

void fill(onnx::AttributeProto& proto, const network::Attribute& attribute) {
    using onnx::AttributeProto;
    if (const auto* integer = std::get_if<std::int64_t>(&attribute)) {
        proto.set_type(AttributeProto::INT);
        proto.set_i(*integer);
    } else if (const auto* number = std::get_if<float>(&attribute)) {
        proto.set_type(AttributeProto::FLOAT);
        proto.set_f(*number);
    } else if (const auto* text = std::get_if<std::string>(&attribute)) {
        proto.set_type(AttributeProto::STRING);
        proto.set_s(*text);
    } else if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&attribute)) {
        proto.set_type(AttributeProto::INTS);
        for (const std::int64_t value : *integers) proto.add_ints(value);
    } else if (const auto* numbers = std::get_if<std::vector<float>>(&attribute)) {
        proto.set_type(AttributeProto::FLOATS);
        for (const float value : *numbers) proto.add_floats(value);
    } else {
        proto.set_type(AttributeProto::TENSOR);
        fill(*proto.mutable_t(), std::get<network::Tensor>(attribute), 0);
    }
}

}  // namespace

OnnxWriter::OnnxWriter(int opset) {
    model_.set_ir_version(8);
    model_.set_producer_name("ctffr tests");
    model_.add_opset_import()->set_version(opset);
    model_.mutable_graph()->set_name("graph");
}

std::string OnnxWriter::input(const std::string& name, const network::Shape& shape, int type) {
    auto& proto = *model_.mutable_graph()->add_input();
    proto.set_name(name);
    auto& tensor = *proto.mutable_type()->mutable_tensor_type();
    tensor.set_elem_type(type);
    tensor.mutable_shape();
    for (std::size_t a = 0; a < shape.size(); ++a) {
        auto& extent = *tensor.mutable_shape()->add_dim();
        if (shape[a] < 0)
            extent.set_dim_param(name + "_" + std::to_string(a));
        else
            extent.set_dim_value(shape[a]);
    }
    return name;
}

std::string OnnxWriter::weight(const network::Tensor& tensor, int type) {
    auto& proto = *model_.mutable_graph()->add_initializer();
    fill(proto, tensor, type);
    proto.set_name(fresh("weight"));
    return proto.name();
}

std::string OnnxWriter::integers(const std::vector<std::int64_t>& list) {
    return weight(integer_tensor({static_cast<std::int64_t>(list.size())}, list));
}

std::string OnnxWriter::number(float value) {
    network::Tensor tensor;
    tensor.floats = {value};
    return weight(tensor);
}

std::string OnnxWriter::node(const std::string& op, const std::vector<std::string>& inputs,
                             const Attributes& attributes, const std::string& domain) {
    const std::string output = node_with(1, op, inputs, attributes)[0];
    model_.mutable_graph()->mutable_node(model_.graph().node_size() - 1)->set_domain(domain);
    return output;
}

std::vector<std::string> OnnxWriter::node_with(std::size_t outputs, const std::string& op,
                                               const std::vector<std::string>& inputs,
                                               const Attributes& attributes) {
    auto& proto = *model_.mutable_graph()->add_node();
    proto.set_op_type(op);
    proto.set_name(fresh(op));
    std::vector<std::string> names;
    for (std::size_t i = 0; i < outputs; ++i) names.push_back(fresh("value"));
    for (const std::string& name : names) proto.add_output(name);
    for (const std::string& name : inputs) proto.add_input(name);
    for (const auto& [key, value] : attributes) {
        auto& attribute = *proto.add_attribute();
        attribute.set_name(key);
        fill(attribute, value);
    }
    return names;
}

void OnnxWriter::output(const std::string& name, int type) {
    auto& proto = *model_.mutable_graph()->add_output();
    proto.set_name(name);
    proto.mutable_type()->mutable_tensor_type()->set_elem_type(type);
}

network::Tensor random_tensor(const network::Shape& shape, unsigned seed) {
    std::mt19937 generator(seed);
    network::Tensor tensor;
    tensor.shape = shape;
    for (std::int64_t i = 0; i < tensor.size(); ++i)
        tensor.floats.push_back(static_cast<float>(generator() % 20001) / 10000.0f - 1.0f);
    return tensor;
}

network::Tensor integer_tensor(const network::Shape& shape, const std::vector<std::int64_t>& values) {
    network::Tensor tensor;
    tensor.type = network::ElementType::int64;
    tensor.shape = shape;
    tensor.integers = values;
    return tensor;
}

}  // namespace ctffr::test
