// SPDX-License-Identifier: Apache-2.0
#include "network/bind.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include <gmock/gmock.h>

#include "ctffr/core/error.hpp"
#include "network/executor.hpp"
#include "network/onnx.hpp"
#include "support/onnx_writer.hpp"
#include "support/unfused.hpp"

namespace ctffr::network {
namespace {

using Integers = std::vector<std::int64_t>;
using test::OnnxWriter;
using test::random_tensor;
using testing::HasSubstr;

Graph bound_to(const OnnxWriter& w, const std::vector<Shape>& shapes) {
    return network::bind(read_onnx(w.bytes(), "net.onnx", {}), shapes);
}

std::vector<std::string> operators(const Graph& graph) {
    std::vector<std::string> names;
    for (const Node& node : graph.nodes) names.push_back(node.op);
    return names;
}

std::string refusal(const OnnxWriter& w, const std::vector<Shape>& shapes,
                    ExitCode code = ExitCode::input_unreadable) {
    try {
        bound_to(w, shapes);
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), code) << error.what();
        return error.what();
    }
    ADD_FAILURE() << "was bound";
    return "";
}

// The bound graph and the graph as read must give the same.
void expect_same(const OnnxWriter& w, const std::vector<Tensor>& inputs, double tolerance = 1e-5) {
    const Graph graph = read_onnx(w.bytes(), "net.onnx", {});
    std::vector<Shape> shapes;
    for (const Tensor& input : inputs) shapes.push_back(input.shape);
    const auto wanted = test::run_unfused(graph, inputs);
    const auto executor =
        make_executor(ExecutorKind::reference, network::bind(graph, shapes), Precision::full, {});
    const auto found = executor->run(inputs);
    ASSERT_EQ(found.size(), wanted.size());
    for (std::size_t k = 0; k < wanted.size(); ++k) {
        ASSERT_EQ(found[k].shape, wanted[k].shape);
        ASSERT_EQ(found[k].integers, wanted[k].integers);
        for (std::size_t i = 0; i < wanted[k].floats.size(); ++i)
            ASSERT_NEAR(found[k].floats[i], wanted[k].floats[i], tolerance)
                << "output " << k << ", element " << i;
    }
}

TEST(Bind, ConvolutionTakesNormAndActivation) {
    for (const char* activation : {"Relu", "LeakyRelu", "Elu", "Sigmoid", "Tanh", "Gelu", "Clip"}) {
        OnnxWriter w(20);
        std::string y =
            w.node("Conv", {w.input("x", {-1, 2, -1, -1}), w.weight(random_tensor({3, 2, 3, 3}, 1))});
        Tensor variance = random_tensor({3}, 5);
        for (float& v : variance.floats) v += 1.5f;
        y = w.node("BatchNormalization", {y, w.weight(random_tensor({3}, 2)), w.weight(random_tensor({3}, 3)),
                                          w.weight(random_tensor({3}, 4)), w.weight(variance)});
        std::vector<std::string> inputs{y};
        if (activation == std::string("Clip")) inputs = {y, "", w.number(0.25f)};
        w.output(w.node(activation, inputs));
        const Graph graph = bound_to(w, {{2, 2, 5, 7}});
        EXPECT_EQ(operators(graph), std::vector<std::string>{"Conv"}) << activation;
        EXPECT_NE(graph.nodes.at(0).epilogue.activation, Activation::none) << activation;
        expect_same(w, {random_tensor({2, 2, 5, 7}, 9)});
    }
}

TEST(Bind, SumsAndNormsTakeActivations) {
    OnnxWriter w(18);
    const std::string x = w.input("x", {1, 4, -1, -1});
    const std::string a = w.node("Relu", {w.node("Add", {x, w.node("Sigmoid", {x})})});
    const auto parameters = [&](unsigned seed) { return w.weight(random_tensor({4}, seed)); };
    const std::string b = w.node("Elu", {w.node("InstanceNormalization", {a, parameters(1), parameters(2)})});
    const std::string c = w.node("Tanh", {w.node("GroupNormalization", {b, parameters(3), parameters(4)},
                                                 {{"num_groups", std::int64_t{4}}})});
    w.output(w.node("Relu", {w.node("ConvTranspose", {c, w.weight(random_tensor({4, 2, 2, 2}, 5))})}));
    EXPECT_EQ(operators(bound_to(w, {{1, 4, 3, 5}})),
              (std::vector<std::string>{"Sigmoid", "Add", "InstanceNormalization", "GroupNormalization",
                                        "ConvTranspose"}));
    expect_same(w, {random_tensor({1, 4, 3, 5}, 6)});
}

TEST(Bind, TwoActivationsAreNotOne) {
    OnnxWriter w;
    const std::string y = w.node("Add", {w.input("x", {3}), w.input("y", {3})});
    w.output(w.node("Tanh", {w.node("Relu", {y})}));
    EXPECT_EQ(operators(bound_to(w, {{3}, {3}})), (std::vector<std::string>{"Add", "Tanh"}));
    expect_same(w, {random_tensor({3}, 1), random_tensor({3}, 2)});
}

TEST(Bind, SharedWeightsAreScaledOnceEach) {
    OnnxWriter w;
    const std::string x = w.input("x", {1, 2, -1}), weights = w.weight(random_tensor({3, 2, 3}, 1));
    for (const float factor : {2.0f, 3.0f})
        w.output(w.node("Mul", {w.node("Conv", {x, weights}), w.number(factor)}));
    EXPECT_EQ(operators(bound_to(w, {{1, 2, 9}})), (std::vector<std::string>{"Conv", "Conv"}));
    expect_same(w, {random_tensor({1, 2, 9}, 2)});
}

// A bound graph can be extended and bound again: what comes after an epilogue may not go before it.
TEST(Bind, EpiloguesStayWhereTheyAre) {
    OnnxWriter w;
    const std::string x = w.input("x", {1, 2, -1});
    w.output(w.node("Relu", {w.node("Conv", {x, w.weight(random_tensor({3, 2, 3}, 1))})}));
    Graph graph = bound_to(w, {{1, 2, 9}});
    const auto executor = make_executor(ExecutorKind::reference, graph, Precision::full, {});
    const Tensor image = random_tensor({1, 2, 9}, 2);
    const auto wanted = executor->run({image}).at(0);

    Value factor;
    factor.constant = Tensor{ElementType::float32, {}, {-2.0f}, {}};
    graph.values.insert(graph.values.end(), {factor, Value{}, Value{}});
    const int next = static_cast<int>(graph.values.size()) - 3;
    graph.nodes.push_back({"Mul", "m", {graph.outputs[0], next}, {next + 1}, {}, {}});
    graph.nodes.push_back({"Elu", "e", {next + 1}, {next + 2}, {}, {}});
    graph.outputs = {next + 2};
    const Graph again = network::bind(graph, {{1, 2, 9}});
    EXPECT_EQ(operators(again), (std::vector<std::string>{"Conv", "Mul", "Elu"}));
    const auto found = make_executor(ExecutorKind::reference, again, Precision::full, {})->run({image}).at(0);
    for (std::size_t i = 0; i < wanted.floats.size(); ++i)
        EXPECT_FLOAT_EQ(found.floats[i], std::expm1(-2 * wanted.floats[i]));

    graph.nodes[1] = {"Elu", "e", {graph.nodes[0].outputs[0]}, {next + 2}, {}, {}};
    graph.nodes.resize(2);
    EXPECT_EQ(operators(network::bind(graph, {{1, 2, 9}})), (std::vector<std::string>{"Conv", "Elu"}));
}

// Two images seen as channels of one, with a scale of their own each, are no instance norm.
TEST(Bind, DifferentScalesPerImageAreNoInstanceNorm) {
    OnnxWriter w(17);
    const std::string x = w.input("x", {2, 3, -1});
    const std::string seen = w.node("Reshape", {x, w.integers({1, 6, -1})});
    const std::string y = w.node("InstanceNormalization",
                                 {seen, w.weight(random_tensor({6}, 1)), w.weight(random_tensor({6}, 2))});
    w.output(w.node("Reshape", {y, w.node("Shape", {x})}));
    EXPECT_EQ(operators(bound_to(w, {{2, 3, 7}})),
              (std::vector<std::string>{"Reshape", "InstanceNormalization", "Reshape"}));
    expect_same(w, {random_tensor({2, 3, 7}, 3)});
}

// The newer exporter writes instance norm as batch norm in training mode over images that are channels.
TEST(Bind, TrainingModeBatchNormIsInstanceNorm) {
    for (const std::int64_t batch : {1, 2}) {
        const Shape shape{batch, 3, 4, 5};
        OnnxWriter w(17);
        const std::string x = w.input("x", {-1, 3, -1, -1});
        const auto repeated = [&](unsigned seed) {
            const std::string once = w.weight(random_tensor({3}, seed));
            return w.node("Tile", {once, w.integers({batch})});
        };
        const std::string seen = w.node("Reshape", {x, w.integers({1, -1, 4, 5})});
        const std::string y =
            w.node("BatchNormalization", {seen, repeated(1), repeated(2), repeated(3), repeated(4)},
                   {{"training_mode", std::int64_t{1}}, {"epsilon", 0.1f}});
        w.output(w.node("Reshape", {y, w.node("Shape", {x})}));
        const Graph graph = bound_to(w, {shape});
        ASSERT_EQ(operators(graph), std::vector<std::string>{"InstanceNormalization"});
        EXPECT_EQ(graph.values[static_cast<std::size_t>(graph.nodes[0].inputs[1])].shape, Shape{3});

        // Against the definition.
        const Tensor image = random_tensor(shape, 6), scale = random_tensor({3}, 1),
                     shift = random_tensor({3}, 2);
        const auto result =
            make_executor(ExecutorKind::reference, graph, Precision::full, {})->run({image}).at(0);
        for (std::int64_t p = 0; p < batch * 3; ++p) {
            const float* plane = image.floats.data() + p * 20;
            double mean = 0, square = 0;
            for (int i = 0; i < 20; ++i) mean += plane[i] / 20.0;
            for (int i = 0; i < 20; ++i) square += (plane[i] - mean) * (plane[i] - mean) / 20.0;
            const auto c = static_cast<std::size_t>(p % 3);
            for (int i = 0; i < 20; ++i)
                EXPECT_NEAR(result.floats[static_cast<std::size_t>(p * 20 + i)],
                            (plane[i] - mean) / std::sqrt(square + 0.1) * scale.floats[c] + shift.floats[c],
                            1e-6);
        }
    }
}

TEST(Bind, TrainingModeBatchNormOverABatch) {
    OnnxWriter w(17);
    const auto parameters = [&](unsigned seed) { return w.weight(random_tensor({3}, seed)); };
    w.output(w.node("BatchNormalization",
                    {w.input("x", {-1, 3, -1}), parameters(1), parameters(2), parameters(3), parameters(4)},
                    {{"training_mode", std::int64_t{1}}, {"epsilon", 0.1f}}));
    const Graph graph = bound_to(w, {{4, 3, 5}});
    const Tensor image = random_tensor({4, 3, 5}, 6), scale = random_tensor({3}, 1),
                 shift = random_tensor({3}, 2);
    const auto result =
        make_executor(ExecutorKind::reference, graph, Precision::full, {})->run({image}).at(0);
    for (std::size_t c = 0; c < 3; ++c) {
        double mean = 0, square = 0;
        const auto at = [&](int k) {
            return static_cast<std::size_t>(k / 5 * 15) + c * 5 + static_cast<std::size_t>(k % 5);
        };
        for (int k = 0; k < 20; ++k) mean += image.floats[at(k)] / 20.0;
        for (int k = 0; k < 20; ++k) square += std::pow(image.floats[at(k)] - mean, 2) / 20.0;
        for (int k = 0; k < 20; ++k)
            EXPECT_NEAR(
                result.floats[at(k)],
                (image.floats[at(k)] - mean) / std::sqrt(square + 0.1) * scale.floats[c] + shift.floats[c],
                1e-6);
    }
}

TEST(Bind, FindsThePatternsOfWholeNetworks) {
    const auto counts = [](const std::string& name, const Shape& shape) {
        const std::filesystem::path path =
            std::filesystem::path(CTFFR_SOURCE_DIR) / "tests/network-oracle/models" / (name + ".onnx");
        std::ifstream file(path, std::ios::binary);
        const std::string bytes{std::istreambuf_iterator<char>(file), {}};
        std::map<std::string, int> count;
        for (const Node& node : network::bind(read_onnx(bytes, name, {}), {shape}).nodes)
            ++count[node.op + (node.epilogue.activation == Activation::none ? "" : "+")];
        return count;
    };
    using Counts = std::map<std::string, int>;
    EXPECT_EQ(counts("plain_conv_unet", {1, 1, 16, 16, 16}),
              (Counts{{"Conv", 11}, {"InstanceNormalization+", 10}, {"ConvTranspose", 2}, {"Concat", 2}}));
    // Group norm with ReLU is one node; the last convolution has the sigmoid.
    EXPECT_EQ(counts("seg_resnet", {2, 1, 16, 16, 16}),
              (Counts{{"GroupNormalization+", 11}, {"Conv", 15}, {"Conv+", 1}, {"Add", 7}, {"Resize", 2}}));
    EXPECT_EQ(counts("med_next", {1, 1, 16, 16, 16}), (Counts{{"Conv", 11},
                                                              {"Conv+", 5},
                                                              {"ConvTranspose", 1},
                                                              {"InstanceNormalization", 5},
                                                              {"Add", 4},
                                                              {"Softmax", 1}}));
    // Batch norm and ELU vanish into the convolutions but for the norm that follows the joined skip.
    EXPECT_EQ(counts("batch_norm_unet", {1, 2, 20, 12}), (Counts{{"Conv", 1},
                                                                 {"Conv+", 3},
                                                                 {"ConvTranspose", 1},
                                                                 {"AveragePool", 1},
                                                                 {"BatchNormalization", 1},
                                                                 {"Concat", 1},
                                                                 {"Resize", 1}}));
}

TEST(Bind, DropsWhatNoOutputNeeds) {
    OnnxWriter w;
    const std::string x = w.input("x", {1, 2, -1});
    w.node("Relu", {w.node("Add", {x, w.number(1)})});
    w.output(w.node("Sigmoid", {w.node("Mul", {w.node("Identity", {x}), w.number(1)})}));
    const Graph graph = bound_to(w, {{1, 2, 5}});
    EXPECT_EQ(operators(graph), std::vector<std::string>{"Sigmoid"});
    EXPECT_EQ(graph.values.size(), 2u);
}

TEST(Bind, OutputsThatNoNodeMakesComeFromIdentity) {
    OnnxWriter w;
    const std::string x = w.input("x", {2, -1});
    w.output(w.node("Identity", {x}));
    w.output(w.node("Shape", {x}), onnx::TensorProto::INT64);
    EXPECT_EQ(operators(bound_to(w, {{2, 3}})), (std::vector<std::string>{"Identity", "Identity"}));
    expect_same(w, {random_tensor({2, 3}, 1)});
}

TEST(Bind, NamesWhatDoesNotFit) {
    OnnxWriter w;
    w.output(w.node("Conv", {w.input("image", {1, 2, -1, 8}), w.weight(random_tensor({3, 2, 3, 3}, 1))}));
    EXPECT_THAT(refusal(w, {}), HasSubstr("has 1 inputs"));
    EXPECT_THAT(refusal(w, {{1, 2, 8}}),
                HasSubstr("'image' of the network takes the shape 1x2x?x8 and was given 1x2x8"));
    EXPECT_THAT(refusal(w, {{1, 2, 8, 9}}), HasSubstr("1x2x8x9"));
    EXPECT_THAT(refusal(w, {{1, 2, 0, 8}}), HasSubstr("1x2x0x8"));
    EXPECT_THAT(refusal(w, {{1, 2, 2, 8}}), HasSubstr("'Conv_1' (Conv)"));

    OnnxWriter channels;
    channels.output(channels.node(
        "Conv", {channels.input("x", {1, 3, -1}), channels.weight(random_tensor({3, 2, 3}, 1))}));
    EXPECT_THAT(refusal(channels, {{1, 3, 8}}), HasSubstr("3 channels"));
    OnnxWriter skip;
    const std::string a = skip.input("a", {1, 2, -1}), b = skip.input("b", {1, 2, -1});
    skip.output(skip.node("Concat", {skip.node("Relu", {a}), b}, {{"axis", std::int64_t{1}}}));
    EXPECT_NO_THROW(bound_to(skip, {{1, 2, 8}, {1, 2, 8}}));
    EXPECT_THAT(refusal(skip, {{1, 2, 8}, {1, 2, 9}}), HasSubstr("1x2x8 and 1x2x9"));
    OnnxWriter data;
    const std::string sizes = data.input("sizes", {2}, onnx::TensorProto::INT64);
    data.output(data.node("Expand", {data.number(1), sizes}));
    EXPECT_THAT(refusal(data, {{2}}, ExitCode::input_unsupported), HasSubstr("computed data"));
}

}  // namespace
}  // namespace ctffr::network
