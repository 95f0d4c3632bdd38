// SPDX-License-Identifier: Apache-2.0
// Builds our graph from a ModelProto. The protobuf classes only parse; all checks are here.
#include "network/onnx.hpp"

#include <map>
#include <utility>

#include <climits>

#include "ctffr/core/error.hpp"
#include "network/onnx_normalise.hpp"
#include "network/onnx_tensor.hpp"

namespace ctffr::network {

namespace {

constexpr int first_opset = 9, last_opset = 21;

class Reader {
   public:
    Reader(const std::string& name, const ExternalData& external) : name_(name), tensors_(name, external) {}

    Graph read(const onnx::ModelProto& model) {
        read_opset(model);
        const onnx::GraphProto& graph = model.graph();
        for (const auto& sparse : graph.sparse_initializer())
            builder_.unsupported.add("sparse weights", sparse.values().name());
        for (const auto& weight : graph.initializer()) read_weight(weight);
        for (const auto& input : graph.input()) read_input(input);
        for (const auto& node : graph.node()) read_node(node);
        for (const auto& output : graph.output()) {
            const int value = use(output.name(), "the list of outputs");
            if (value >= 0) builder_.graph.outputs.push_back(value);
        }
        if (!builder_.unsupported.empty())
            throw Error(ExitCode::input_unsupported,
                        "The network '{}' has what ctffr cannot run: {}. Export it without these.", name_,
                        builder_.unsupported.text());
        if (builder_.graph.outputs.empty()) damaged("it has no outputs");
        return std::move(builder_.graph);
    }

   private:
    [[noreturn]] void damaged(const std::string& what) const {
        throw Error(ExitCode::input_unreadable,
                    "The network '{}' is not a sound ONNX file: {}. Export it again.", name_, what);
    }

    void read_opset(const onnx::ModelProto& model) {
        int opset = 0;
        for (const auto& import : model.opset_import())
            if (import.domain().empty() || import.domain() == "ai.onnx")
                opset = static_cast<int>(import.version());
        if (opset == 0) damaged("it does not say its opset, or its end is missing");
        if (opset < first_opset || opset > last_opset)
            builder_.unsupported.add(
                fmt::format("opset {} (supported: {} to {})", opset, first_opset, last_opset), name_);
        builder_.graph.opset = opset;
    }

    void define(const std::string& name, int value) {
        if (!values_.emplace(name, value).second) damaged("the value '" + name + "' is defined twice");
    }

    // The value of that name; -1 when it is one that was left out as unsupported.
    int use(const std::string& name, const std::string& where) {
        const auto found = values_.find(name);
        if (found != values_.end()) return found->second;
        if (missing_.count(name) == 0)
            damaged(fmt::format("'{}' uses the value '{}', which nothing before it makes", where, name));
        const std::string& reason = missing_.at(name);
        if (!reason.empty()) builder_.unsupported.add(reason, where);
        return -1;
    }

    void read_weight(const onnx::TensorProto& weight) {
        if (!element_type(weight.data_type())) {
            builder_.unsupported.add("weights of type " + onnx_type_name(weight.data_type()), weight.name());
            missing_[weight.name()];
            return;
        }
        define(weight.name(), builder_.add_constant(weight.name(), tensors_.read(weight)));
    }

    void read_input(const onnx::ValueInfoProto& input) {
        if (values_.count(input.name()) || missing_.count(input.name()))
            return;  // a default: a constant to us
        const auto& type = input.type().tensor_type();
        const auto element = element_type(type.elem_type());
        if (!input.type().has_tensor_type() || !element) {
            builder_.unsupported.add("input of type " + onnx_type_name(type.elem_type()), input.name());
            missing_[input.name()];
            return;
        }
        if (!type.has_shape()) {
            builder_.unsupported.add("input without number of dimensions", input.name());
            missing_[input.name()];
            return;
        }
        const int value = builder_.add_value(input.name());
        Value& added = builder_.graph.values.back();
        added.type = *element;
        for (const auto& extent : type.shape().dim())
            added.shape.push_back(extent.has_dim_value() && extent.dim_value() >= 0 ? extent.dim_value()
                                                                                    : -1);
        define(input.name(), value);
        builder_.graph.inputs.push_back(value);
    }

    void read_node(const onnx::NodeProto& proto) {
        const std::string name = !proto.name().empty()     ? proto.name()
                                 : proto.output_size() > 0 ? proto.output(0)
                                                           : proto.op_type();
        const bool standard = proto.domain().empty() || proto.domain() == "ai.onnx";
        const OperatorRule* rule = standard ? find_operator(proto.op_type()) : nullptr;
        if (!rule) {
            builder_.unsupported.add("operator " + (standard ? "" : proto.domain() + "::") + proto.op_type(),
                                     name);
            for (const std::string& output : proto.output()) missing_[output];
            return;
        }
        Node node;
        node.op = proto.op_type();
        node.name = name;
        for (const std::string& input : proto.input())
            node.inputs.push_back(input.empty() ? -1 : use(input, name));
        if (proto.input_size() < rule->least_inputs || proto.input_size() > rule->most_inputs)
            damaged(fmt::format("node '{}' ({}) has {} inputs", name, node.op, proto.input_size()));
        for (int i = 0; i < rule->least_inputs; ++i)
            if (proto.input(i).empty())
                damaged(fmt::format("node '{}' ({}) lacks its input {}", name, node.op, i + 1));
        for (const auto& attribute : proto.attribute()) read_attribute(attribute, *rule, node);
        if (node.op == "Constant") return read_constant(proto, node);

        const int computed = rule->outputs == 0 ? proto.output_size() : rule->outputs;
        if (proto.output_size() < 1) damaged(fmt::format("node '{}' ({}) has no output", name, node.op));
        for (int i = 0; i < proto.output_size(); ++i) {
            const std::string& output = proto.output(i);
            if (i < computed) {
                node.outputs.push_back(builder_.add_value(output));
                if (!output.empty()) define(output, node.outputs.back());
            } else if (!output.empty()) {
                missing_[output] = fmt::format("output {} of {}", i + 1, node.op);
            }
        }
        // BatchNormalization tells its mode by further outputs, which the normalisation must see.
        const std::vector<int> outputs = node.outputs;
        for (int i = computed; i < proto.output_size(); ++i)
            if (!proto.output(i).empty()) node.outputs.push_back(-1);
        // With something missing the graph will be refused; what follows needs all inputs.
        for (int i = 0; i < proto.input_size(); ++i)
            if (!proto.input(i).empty() && node.inputs[static_cast<std::size_t>(i)] < 0) return;
        append_normalised(builder_, std::move(node));
        builder_.graph.nodes.back().outputs = outputs;
    }

    void read_attribute(const onnx::AttributeProto& proto, const OperatorRule& rule, Node& node) {
        const std::string& key = proto.name();
        if (!has_attribute(rule, key)) {
            builder_.unsupported.add("attribute " + key + " of " + node.op, node.name);
            return;
        }
        switch (proto.type()) {
            case onnx::AttributeProto::INT: node.attributes[key] = std::int64_t{proto.i()}; return;
            case onnx::AttributeProto::FLOAT: node.attributes[key] = proto.f(); return;
            case onnx::AttributeProto::STRING: node.attributes[key] = proto.s(); return;
            case onnx::AttributeProto::INTS:
                node.attributes[key] = std::vector<std::int64_t>(proto.ints().begin(), proto.ints().end());
                return;
            case onnx::AttributeProto::FLOATS:
                node.attributes[key] = std::vector<float>(proto.floats().begin(), proto.floats().end());
                return;
            case onnx::AttributeProto::TENSOR:
                if (!element_type(proto.t().data_type())) break;
                node.attributes[key] = tensors_.read(proto.t());
                return;
            default: break;
        }
        builder_.unsupported.add("kind of attribute " + key + " of " + node.op, node.name);
    }

    void read_constant(const onnx::NodeProto& proto, const Node& node) {
        if (proto.output_size() != 1) damaged("the constant '" + node.name + "' has not one output");
        if (node.attributes.size() != 1) {
            if (builder_.unsupported.empty()) damaged("the constant '" + node.name + "' has not one value");
            missing_[proto.output(0)];
            return;
        }
        const Attribute& content = node.attributes.begin()->second;
        Tensor tensor;
        if (const auto* whole = std::get_if<Tensor>(&content)) tensor = *whole;
        if (const auto* number = std::get_if<float>(&content)) tensor.floats = {*number};
        if (const auto* numbers = std::get_if<std::vector<float>>(&content)) {
            tensor.shape = {static_cast<std::int64_t>(numbers->size())};
            tensor.floats = *numbers;
        }
        if (const auto* integer = std::get_if<std::int64_t>(&content)) {
            tensor.type = ElementType::int64;
            tensor.integers = {*integer};
        }
        if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&content)) {
            tensor.type = ElementType::int64;
            tensor.shape = {static_cast<std::int64_t>(integers->size())};
            tensor.integers = *integers;
        }
        define(proto.output(0), builder_.add_constant(proto.output(0), std::move(tensor)));
    }

    std::string name_;
    TensorReader tensors_;
    GraphBuilder builder_;
    std::map<std::string, int> values_;
    // Values that we do not have, with what to report when they are used (empty: reported already).
    std::map<std::string, std::string> missing_;
};

}  // namespace

Graph read_onnx(std::string_view bytes, const std::string& name, const ExternalData& external) {
    if (bytes.size() > static_cast<std::size_t>(INT_MAX))
        throw Error(
            ExitCode::input_unsupported,
            "The network file '{}' has {} bytes, more than ONNX allows in one file (2 GiB): export it with "
            "external weights.",
            name, bytes.size());
    onnx::ModelProto model;
    if (!model.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) || !model.has_graph())
        throw Error(
            ExitCode::input_unreadable,
            "The network file '{}' ({} bytes) is not an ONNX model or is cut off: export or copy it again.",
            name, bytes.size());
    return Reader(name, external).read(model);
}

}  // namespace ctffr::network
