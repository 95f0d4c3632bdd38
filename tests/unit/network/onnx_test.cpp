// SPDX-License-Identifier: Apache-2.0
#include "network/onnx.hpp"

#include <cstring>
#include <random>

#include <gmock/gmock.h>

#include "ctffr/core/error.hpp"
#include "network/bind.hpp"
#include "support/onnx_writer.hpp"

namespace ctffr::network {
namespace {

using onnx::TensorProto;
using test::OnnxWriter;
using testing::HasSubstr;

std::string refusal(const std::string& bytes, ExitCode code, const ExternalData& external = {}) {
    try {
        read_onnx(bytes, "net.onnx", external);
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), code) << error.what();
        return error.what();
    }
    ADD_FAILURE() << "was read";
    return "";
}

OnnxWriter small_network() {
    OnnxWriter w;
    const std::string x = w.input("image", {1, 2, -1, -1});
    const std::string y = w.node("Conv", {x, w.weight(test::random_tensor({3, 2, 3, 3}, 1))},
                                 {{"pads", std::vector<std::int64_t>{1, 1, 1, 1}}});
    const std::string shape =
        w.node("Concat", {w.node("Shape", {x}), w.integers({1})}, {{"axis", std::int64_t{0}}});
    const std::string part = w.node("Slice", {shape, w.integers({1}), w.integers({2})});
    w.output(
        w.node("LeakyRelu", {w.node("Split", {y, part}, {{"axis", std::int64_t{1}}})}, {{"alpha", 0.2f}}));
    return w;
}

// A model whose one output is a weight that `fill` writes.
template <class Fill>
Tensor read_weight(const Fill& fill, const ExternalData& external = {}) {
    OnnxWriter w;
    TensorProto& proto = *w.model().mutable_graph()->add_initializer();
    proto.set_name("w");
    fill(proto);
    w.output("w");
    const Graph graph = read_onnx(w.bytes(), "net.onnx", external);
    return graph.values.at(static_cast<std::size_t>(graph.outputs.at(0))).constant.value();
}

template <class T>
std::string raw(std::initializer_list<T> values) {
    std::string bytes(values.size() * sizeof(T), '\0');
    std::memcpy(bytes.data(), values.begin(), bytes.size());
    return bytes;
}

TEST(Onnx, ReadsGraphInOrder) {
    OnnxWriter w;
    const std::string x = w.input("image", {1, 2, -1, -1});
    const std::string weights = w.weight(test::random_tensor({3, 2, 1, 1}, 1));
    w.input(weights, {3, 2, 1, 1});  // also listed as input, as old exporters did
    w.output(w.node("Relu", {w.node("Conv", {x, weights, ""})}));
    const Graph graph = read_onnx(w.bytes(), "net.onnx", {});
    ASSERT_EQ(graph.inputs.size(), 1u);
    EXPECT_EQ(graph.values[static_cast<std::size_t>(graph.inputs[0])].name, "image");
    EXPECT_EQ(graph.values[static_cast<std::size_t>(graph.inputs[0])].shape, (Shape{1, 2, -1, -1}));
    ASSERT_EQ(graph.nodes.size(), 2u);
    EXPECT_EQ(graph.nodes[0].op, "Conv");
    EXPECT_EQ(graph.nodes[0].inputs[2], -1);
    EXPECT_EQ(graph.nodes[1].inputs, graph.nodes[0].outputs);
    EXPECT_EQ(graph.nodes[1].outputs, graph.outputs);
}

TEST(Onnx, EveryWayToStoreNumbers) {
    const auto half = [](TensorProto& p) {  // 1, -2, the smallest subnormal, infinity
        p.set_data_type(TensorProto::FLOAT16);
        p.add_dims(4);
        p.set_raw_data(raw<std::uint16_t>({0x3c00, 0xc000, 0x0001, 0x7c00}));
    };
    EXPECT_EQ(read_weight(half).floats, (std::vector<float>{1, -2, 5.9604644775390625e-8f, INFINITY}));
    const auto half_listed = [](TensorProto& p) {
        p.set_data_type(TensorProto::FLOAT16);
        p.add_int32_data(0x3555);
    };
    EXPECT_FLOAT_EQ(read_weight(half_listed).floats.at(0), 0.333251953125f);
    const auto bfloat = [](TensorProto& p) {
        p.set_data_type(TensorProto::BFLOAT16);
        p.add_dims(2);
        p.set_raw_data(raw<std::uint16_t>({0x3f80, 0xc049}));
    };
    EXPECT_EQ(read_weight(bfloat).floats, (std::vector<float>{1, -3.140625f}));
    const auto doubles = [](TensorProto& p) {
        p.set_data_type(TensorProto::DOUBLE);
        p.add_dims(2);
        p.add_double_data(0.5);
        p.add_double_data(1.0 / 3);
    };
    EXPECT_EQ(read_weight(doubles).floats, (std::vector<float>{0.5f, 1.0f / 3}));
    const auto floats = [](TensorProto& p) {
        p.set_data_type(TensorProto::FLOAT);
        p.add_dims(2);
        p.add_dims(1);
        p.set_raw_data(raw<float>({1.5f, -2}));
    };
    EXPECT_EQ(read_weight(floats).floats, (std::vector<float>{1.5f, -2}));
    EXPECT_EQ(read_weight(floats).shape, (Shape{2, 1}));
    const auto truths = [](TensorProto& p) {
        p.set_data_type(TensorProto::BOOL);
        p.add_dims(3);
        p.set_raw_data(raw<std::uint8_t>({0, 1, 255}));
    };
    EXPECT_EQ(read_weight(truths).integers, (std::vector<std::int64_t>{0, 1, 1}));
    const auto bytes = [](TensorProto& p) {
        p.set_data_type(TensorProto::INT8);
        p.add_dims(2);
        p.set_raw_data(raw<std::int8_t>({-128, 7}));
    };
    EXPECT_EQ(read_weight(bytes).integers, (std::vector<std::int64_t>{-128, 7}));
    const auto words = [](TensorProto& p) {
        p.set_data_type(TensorProto::INT32);
        p.add_dims(2);
        p.add_int32_data(-5);
        p.add_int32_data(6);
    };
    EXPECT_EQ(read_weight(words).type, ElementType::int64);
    EXPECT_EQ(read_weight(words).integers, (std::vector<std::int64_t>{-5, 6}));
}

void external_weight(TensorProto& p, const std::string& location, const char* offset = "4",
                     const char* length = nullptr) {
    p.set_data_type(TensorProto::FLOAT);
    p.add_dims(2);
    p.set_data_location(TensorProto::EXTERNAL);
    const auto add = [&](const char* key, const std::string& value) {
        auto& entry = *p.add_external_data();
        entry.set_key(key);
        entry.set_value(value);
    };
    add("location", location);
    add("offset", offset);
    if (length) add("length", length);
}

TEST(Onnx, WeightsBesideTheModel) {
    int calls = 0;
    const ExternalData file = [&](const std::string& name) {
        EXPECT_EQ(name, "net.onnx.data");
        ++calls;
        return raw<float>({9, 1, 2});
    };
    const auto whole = [](TensorProto& p) { external_weight(p, "net.onnx.data", "4", "8"); };
    EXPECT_EQ(read_weight(whole, file).floats, (std::vector<float>{1, 2}));
    EXPECT_EQ(calls, 1);
    const auto message = [&](const std::string& location, const char* offset, const char* length,
                             ExitCode code, const ExternalData& data) {
        OnnxWriter w;
        TensorProto& proto = *w.model().mutable_graph()->add_initializer();
        proto.set_name("w");
        external_weight(proto, location, offset, length);
        w.output("w");
        return refusal(w.bytes(), code, data);
    };
    EXPECT_THAT(message("net.onnx.data", "8", nullptr, ExitCode::input_unreadable, file),
                HasSubstr("12 bytes"));
    EXPECT_THAT(message("net.onnx.data", "4", "4", ExitCode::input_unreadable, file),
                HasSubstr("belong together"));
    EXPECT_THAT(message("net.onnx.data", "4x", "8", ExitCode::input_unreadable, file),
                HasSubstr("not allowed"));
    EXPECT_THAT(message("../secret", "4", "8", ExitCode::input_unreadable, file),
                HasSubstr("beside the model"));
    EXPECT_THAT(message("/etc/passwd", "4", "8", ExitCode::input_unreadable, file),
                HasSubstr("beside the model"));
    EXPECT_THAT(message("net.onnx.data", "4", "8", ExitCode::input_missing, {}), HasSubstr("was not given"));
}

TEST(Onnx, EveryTruncationIsRefused) {
    const std::string bytes = small_network().bytes();
    EXPECT_NO_THROW(read_onnx(bytes, "net.onnx", {}));
    for (std::size_t length = 0; length < bytes.size(); ++length)
        EXPECT_THAT(refusal(bytes.substr(0, length), ExitCode::input_unreadable), HasSubstr("net.onnx"))
            << length << " bytes";
}

TEST(Onnx, DamagedBytesGiveErrorsOnly) {
    const std::string good = small_network().bytes();
    std::mt19937 random(3);
    int refused = 0;
    for (int trial = 0; trial < 3000; ++trial) {
        std::string bytes = good;
        for (unsigned k = 0; k <= random() % 3; ++k)
            bytes[random() % bytes.size()] = static_cast<char>(random());
        try {
            bind(read_onnx(bytes, "net.onnx", {}), {{1, 2, 5, 7}});
        } catch (const Error& error) {
            EXPECT_NE(error.code(), ExitCode::internal) << error.what();
            ++refused;
        }
    }
    EXPECT_GT(refused, 300);
}

TEST(Onnx, ListsEverythingUnsupportedAtOnce) {
    OnnxWriter w(25);
    const std::string x = w.input("image", {1, 2, -1, -1});
    std::string y = w.node("Einsum", {x});
    y = w.node("Einsum", {y, x});
    y = w.node("Fancy", {y}, {}, "vendor");
    y = w.node("Relu", {y});
    const std::string z = w.node("Resize", {x, "", w.number(2)}, {{"mode", std::string("cubic")}});
    w.node("Conv", {x, w.weight(test::random_tensor({1, 2, 1, 1}, 1))}, {{"twist", std::int64_t{1}}});
    const auto pooled = w.node_with(2, "MaxPool", {x}, {{"kernel_shape", std::vector<std::int64_t>{2, 2}}});
    w.node("Cast", {pooled[1]}, {{"to", std::int64_t{TensorProto::STRING}}});
    w.node("Cast", {x}, {{"to", std::int64_t{TensorProto::STRING}}});
    w.output(y);
    const std::string message = refusal(w.bytes(), ExitCode::input_unsupported);
    for (const char* part :
         {"operator Einsum (2 times, first at 'Einsum_0')", "operator vendor::Fancy (at 'Fancy",
          "opset 25 (supported: 9 to 21)", "Resize with mode 'cubic' (at 'Resize", "attribute twist of Conv",
          "output 2 of MaxPool", "Cast to type string"})
        EXPECT_THAT(message, HasSubstr(part));
}

TEST(Onnx, UnsupportedTypesOfInputsAndWeights) {
    OnnxWriter w;
    w.input("words", {1}, TensorProto::STRING);
    auto& weight = *w.model().mutable_graph()->add_initializer();
    weight.set_name("waves");
    weight.set_data_type(TensorProto::COMPLEX64);
    w.output(w.node("Relu", {"words"}));
    const std::string message = refusal(w.bytes(), ExitCode::input_unsupported);
    EXPECT_THAT(message, HasSubstr("input of type string (at 'words')"));
    EXPECT_THAT(message, HasSubstr("weights of type complex64 (at 'waves')"));
}

TEST(Onnx, BrokenGraphs) {
    OnnxWriter unknown;
    unknown.output(unknown.node("Relu", {"nowhere"}));
    EXPECT_THAT(refusal(unknown.bytes(), ExitCode::input_unreadable), HasSubstr("'nowhere'"));
    OnnxWriter twice;
    twice.input("x", {1});
    twice.output(twice.node("Relu", {"x"}));
    twice.model().mutable_graph()->mutable_node(0)->set_output(0, "x");
    EXPECT_THAT(refusal(twice.bytes(), ExitCode::input_unreadable), HasSubstr("defined twice"));
    OnnxWriter lacking;
    lacking.output(lacking.node("Conv", {lacking.input("x", {1, 1, 3})}));
    EXPECT_THAT(refusal(lacking.bytes(), ExitCode::input_unreadable), HasSubstr("has 1 inputs"));
    OnnxWriter silent;
    silent.input("x", {1});
    EXPECT_THAT(refusal(silent.bytes(), ExitCode::input_unreadable), HasSubstr("no outputs"));
    EXPECT_THAT(refusal("not a model at all", ExitCode::input_unreadable), HasSubstr("not an ONNX model"));
}

}  // namespace
}  // namespace ctffr::network
