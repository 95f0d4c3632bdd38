// SPDX-License-Identifier: Apache-2.0
// All operators of the CPU executor but the windowed ones against the reference executor.
#include <limits>

#include "network/cpu/grid.hpp"
#include "network/cpu/kernels/vector_math.hpp"
#include "unit/network/cpu_model.hpp"

namespace ctffr::test {
namespace {

using Integers = Model::Integers;

// A value of the shape (2, channels, 3, 5, 7) in either order of storage.
int source(Model& model, std::int64_t channels, bool blocked, float mean = 0, float spread = 1) {
    if (!blocked) return model.input({2, channels, 3, 5, 7}, mean, spread);
    return model.conv(model.input({2, 3, 3, 5, 7}, mean, spread), {channels, 3, 1, 1, 1});
}

class CpuOperator : public ::testing::TestWithParam<std::tuple<int, bool>> {
   protected:
    std::int64_t channels() const { return std::get<0>(GetParam()); }
    bool blocked() const { return std::get<1>(GetParam()); }
};

INSTANTIATE_TEST_SUITE_P(Storage, CpuOperator,
                         ::testing::Combine(::testing::Values(1, 3, 17, 32), ::testing::Bool()));

TEST_P(CpuOperator, Unary) {
    for (const std::string op : {"Relu", "LeakyRelu", "Elu", "Sigmoid", "Tanh", "Gelu", "Erf", "Clip"}) {
        SCOPED_TRACE(op);
        Model model;
        const int from = source(model, channels(), blocked());
        // The product keeps the activation from becoming an epilogue; what follows reads the filling.
        std::vector<int> all = {model.node("Mul", {from, from})};
        if (op == "Clip") all = {all[0], model.weights({}, -0.5F, 0), model.weights({}, 0.7F, 0)};
        const int result = model.node(op, all);
        model.output(result);
        model.output(model.conv(result, {2, channels(), 1, 1, 1}));
        expect_as_reference(model, full_tolerance, 0.03);
    }
    Model model;
    const int from = source(model, channels(), blocked(), 5, 1);
    model.output(model.node("Sqrt", {model.node("Mul", {from, from})}));
    model.output(model.node("Gelu", {from}, {{"approximate", std::string("tanh")}}));
    expect_as_reference(model);
}

TEST_P(CpuOperator, BinaryWithEveryBroadcast) {
    const std::int64_t c = channels();
    const std::vector<Shape> others = {{},
                                       {1},
                                       {c, 1, 1, 1},
                                       {1, c, 1, 1, 1},
                                       {2, c, 1, 1, 1},
                                       {1, 1, 3, 5, 7},
                                       {2, 1, 3, 5, 7},
                                       {2, c, 3, 5, 7},
                                       {3, 5, 7},
                                       {7},
                                       {2, 1, 1, 1, 1}};
    for (const std::string op : {"Add", "Sub", "Mul", "Div"})
        for (const Shape& other : others)
            for (const bool constant : {true, false})
                for (const bool first : {true, false}) {
                    SCOPED_TRACE(op + " with " + network::shape_text(other));
                    Model model;
                    int from = source(model, c, blocked(), 6, 1);
                    // Away from zero, for the quotients.
                    if (blocked())
                        from = model.node("Add", {model.node("Sigmoid", {from}), model.weights({}, 0.5F, 0)});
                    const int second = constant ? model.weights(other, 4, 1) : model.input(other, 4, 1);
                    model.output(model.node(
                        op, first ? std::vector<int>{from, second} : std::vector<int>{second, from}));
                    expect_as_reference(model);
                }
}

TEST_P(CpuOperator, BinaryOfTwoOrdersAndOthers) {
    const std::int64_t c = channels();
    Model model;
    const int a = source(model, c, blocked()), b = model.input({2, c, 3, 5, 7});
    model.output(model.node("Relu", {model.node("Add", {a, b})}));
    model.output(model.node("Relu", {model.node("Add", {b, a})}));
    model.output(model.node("PRelu", {a, model.weights({c, 1, 1, 1}, 0.2F, 0.1F)}));
    const int squared = model.node("Pow", {a, model.weights({}, 2, 0)});
    model.output(squared);
    model.output(model.node(
        "Pow", {model.node("Add", {squared, model.weights({}, 0.1F, 0)}), model.weights({}, 0.5F, 0)}));
    expect_as_reference(model);
}

TEST_P(CpuOperator, Normalisations) {
    const std::int64_t c = channels();
    for (const float mean : {0.0F, 300.0F}) {
        SCOPED_TRACE(mean);
        Model model;
        const int from = source(model, c, blocked(), mean, 1);
        const int scale = model.weights({c}, 1, 0.3F), shift = model.weights({c}, 0, 0.5F);
        const int instance = model.node("InstanceNormalization", {from, scale, shift}, {{"epsilon", 1e-5F}});
        model.output(model.node("LeakyRelu", {instance}, {{"alpha", 0.01F}}));
        for (const std::int64_t groups : {std::int64_t{1}, c})
            model.output(model.node("GroupNormalization", {from, model.weights({c}), model.weights({c})},
                                    {{"num_groups", groups}}));
        const int other = model.node("Mul", {from, from});
        model.output(model.node("BatchNormalization",
                                {other, scale, shift, model.weights({c}), model.weights({c}, 2, 0.3F)}));
        // Rounding to bfloat16 before the mean is taken off costs mean / 2^9 standard deviations.
        expect_as_reference(model, mean == 0.0F ? full_tolerance : 1e-4, mean == 0.0F ? 0.03 : 2.0);
    }
}

TEST_P(CpuOperator, NormalisationOfManyTiles) {
    Model model;
    const std::int64_t c = channels();
    int from = model.input({1, c, 9, 31, 67}, 2, 1);
    if (blocked()) from = model.conv(from, {c, c, 1, 1, 1});
    model.output(model.node("InstanceNormalization", {from, model.weights({c}), model.weights({c})}));
    model.output(model.node("GlobalAveragePool", {from}));
    expect_as_reference(model, full_tolerance, 0.03);
}

TEST_P(CpuOperator, Means) {
    Model model;
    const int from = source(model, channels(), blocked(), 1, 1);
    model.output(model.node("GlobalAveragePool", {from}));
    for (const Integers& axes : {Integers{2, 3, 4}, Integers{-1, -2, -3}, Integers{1}, Integers{0, 4}})
        for (const std::int64_t keep : {0, 1})
            model.output(model.node("ReduceMean", {from, model.integers(axes)}, {{"keepdims", keep}}));
    expect_as_reference(model);
}

TEST_P(CpuOperator, SliceSplitPadAndRepeat) {
    const std::int64_t c = channels();
    Model model;
    const int from = source(model, c, blocked());
    model.output(model.node("Slice", {from, model.integers({1, 4}), model.integers({3, 1}),
                                      model.integers({3, 4}), model.integers({1, -2})}));
    if (c > 1)
        model.output(
            model.node("Slice", {from, model.integers({1}), model.integers({c}), model.integers({1})}));
    if (c == 32) {
        model.output(
            model.node("Slice", {from, model.integers({16}), model.integers({32}), model.integers({1})}));
        for (const int v :
             model.nodes("Split", {from, model.integers({16, 3, 13})}, {{"axis", std::int64_t{1}}}, 3))
            model.output(v);
    }
    for (const int v : model.nodes("Split", {from, model.integers({1, 4})}, {{"axis", std::int64_t{3}}}, 2))
        model.output(v);
    for (const std::string mode : {"constant", "reflect", "edge", "wrap"}) {
        const int pads = model.integers({0, 0, 1, 2, 3, 0, 0, 2, 0, 1});
        std::vector<int> all = {from, pads};
        if (mode == "constant") all.push_back(model.weights({}, 1.5F, 0));
        model.output(model.node("Pad", all, {{"mode", mode}}));
    }
    model.output(model.node("Pad", {from, model.integers({1, 2, 0, -1, 0, 0, 3, 1, 0, -2})}));
    model.output(model.node("Tile", {from, model.integers({1, 2, 1, 3, 1})}));
    const int mean = model.node("GlobalAveragePool", {from});
    model.output(model.node("Expand", {mean, model.integers({2, c, 2, 1, 3})}));
    expect_as_reference(model);
}

TEST_P(CpuOperator, PaddingThatAConvolutionReads) {
    Model model;
    const int from = source(model, channels(), blocked());
    const int padded =
        model.node("Pad", {from, model.integers({0, 0, 1, 1, 1, 0, 0, 1, 1, 1}), model.weights({}, 1, 0)});
    model.output(model.conv(padded, {5, channels(), 3, 3, 3}));
    expect_as_reference(model);
}

TEST_P(CpuOperator, ConcatAlongEveryAxis) {
    for (const std::int64_t axis : {0, 1, 2, 3, 4}) {
        Model model;
        const int a = source(model, channels(), blocked()), b = model.input({2, channels(), 3, 5, 7});
        const int joint = model.node("Concat", {a, b, a}, {{"axis", axis}});
        model.output(joint);
        model.output(model.conv(joint, {4, axis == 1 ? 3 * channels() : channels(), 1, 1, 1}));
        expect_as_reference(model);
    }
}

TEST_P(CpuOperator, Rearranged) {
    const std::int64_t c = channels();
    Model model;
    const int from = source(model, c, blocked());
    const int flat = model.node("Reshape", {from, model.integers({2, c, -1})});
    model.output(model.node("Transpose", {flat}, {{"perm", Integers{0, 2, 1}}}));
    model.output(model.node("Transpose", {from}, {{"perm", Integers{4, 1, 3, 0, 2}}}));
    const int back = model.node("Reshape", {model.node("Relu", {flat}), model.integers({2, c, 3, 5, 7})});
    model.output(model.conv(back, {3, c, 3, 3, 3}));
    model.output(model.node("Unsqueeze", {model.node("Squeeze", {model.node("GlobalAveragePool", {from}),
                                                                 model.integers({2, 3, 4})}),
                                          model.integers({0})}));
    model.output(model.node("Flatten", {from}, {{"axis", std::int64_t{2}}}));
    model.output(model.node("Identity", {from}));
    model.output(model.node("Gather", {from, model.integers({2, 0})}, {{"axis", std::int64_t{2}}}));
    expect_as_reference(model);
}

TEST_P(CpuOperator, SoftmaxAndLargest) {
    Model model;
    const int from = source(model, channels(), blocked(), 0, 3);
    for (const std::int64_t axis : {1, 2, 4}) model.output(model.node("Softmax", {from}, {{"axis", axis}}));
    expect_as_reference(model, full_tolerance, 0.05);

    // Which channel is largest may change with the rounding to bfloat16, so this is asked of float32 alone.
    Model largest;
    const int values = source(largest, channels(), blocked());
    const int steps = largest.node(
        "Mul", {largest.node("Clip", {values, largest.weights({}, -0.5F, 0), largest.weights({}, 0.5F, 0)}),
                largest.weights({}, 2, 0)});  // with ties
    for (const std::int64_t last : {0, 1})
        for (const std::int64_t axis : {0, 1, 3})
            largest.output(largest.node("ArgMax", {steps},
                                        {{"axis", axis}, {"select_last_index", last}, {"keepdims", last}}));
    const network::Graph bound = largest.bound();
    const auto expected = run_by(network::ExecutorKind::reference, bound, largest.inputs);
    const auto found = run_by(network::ExecutorKind::cpu, bound, largest.inputs);
    std::size_t differing = 0, all = 0;
    for (std::size_t i = 0; i < expected.size(); ++i)
        for (std::size_t k = 0; k < expected[i].integers.size(); ++k, ++all)
            differing += expected[i].integers[k] != found[i].integers.at(k) ? 1 : 0;
    // Values that differ by less than the convolution's rounding may change places.
    EXPECT_LE(differing, blocked() ? all / 1000 : 0);
}

// Over the whole range of arguments; the bounds are those that vector_math.hpp states.
TEST(CpuFunctions, AsTheStandardLibrary) {
    using namespace network::cpu;
    for (int i = -200000; i <= 200000; ++i) {
        const float x = static_cast<float>(i) * 5e-4F;
        const double exact = static_cast<double>(x);
        if (x > -87.0F && x < 88.0F) {
            ASSERT_NEAR(static_cast<double>(vector_exp(x)) / std::exp(exact), 1.0, 2e-7) << x;
        }
        ASSERT_NEAR(static_cast<double>(vector_sigmoid(x)), 1 / (1 + std::exp(-exact)), 3e-7) << x;
        ASSERT_NEAR(static_cast<double>(vector_tanh(x)), std::tanh(exact), 3e-7) << x;
        ASSERT_NEAR(static_cast<double>(vector_erf(x)), std::erf(exact), 5e-7) << x;
        ASSERT_NEAR(static_cast<double>(vector_elu(x, 1.0F)), x < 0 ? std::expm1(exact) : exact, 3e-7) << x;
    }
    const float infinite = std::numeric_limits<float>::infinity(),
                none = std::numeric_limits<float>::quiet_NaN();
    EXPECT_EQ(vector_exp(-infinite), 0.0F);
    EXPECT_EQ(vector_exp(infinite), infinite);
    EXPECT_TRUE(std::isnan(vector_exp(none)) && std::isnan(vector_sigmoid(none)) &&
                std::isnan(vector_tanh(none)));
    EXPECT_EQ(vector_sigmoid(-infinite), 0.0F);
    EXPECT_EQ(vector_tanh(infinite), 1.0F);
}

TEST(CpuFunctions, RoundingToBfloat16) {
    using network::cpu::Bfloat16;
    using network::cpu::from_float;
    using network::cpu::to_float;
    const auto rounded = [](float value) { return to_float(from_float<Bfloat16>(value)); };
    EXPECT_EQ(rounded(1.0F), 1.0F);
    EXPECT_EQ(rounded(1.0F + 0x1p-8F), 1.0F);               // a tie goes to the even neighbour
    EXPECT_EQ(rounded(1.0F + 0x3p-8F), 1.0F + 0x1p-6F);     // here that is the upper one
    EXPECT_EQ(rounded(1.0F + 0x1.01p-8F), 1.0F + 0x1p-7F);  // above the tie
    EXPECT_EQ(rounded(std::numeric_limits<float>::infinity()), std::numeric_limits<float>::infinity());
    EXPECT_TRUE(std::isnan(rounded(std::numeric_limits<float>::quiet_NaN())));
}

TEST(CpuProducts, MatMulAndGemm) {
    Model model;
    const int a = model.input({2, 3, 5, 19}), b = model.input({3, 19, 23}), c = model.input({7, 19});
    model.output(model.node("MatMul", {a, b}));
    model.output(model.node("MatMul", {c, model.weights({19, 33})}));
    model.output(model.node("MatMul", {c, model.weights({2, 1, 19, 4})}));
    model.output(model.node("MatMul", {c, model.weights({19})}));
    for (const std::int64_t transposed : {0, 1}) {
        const Shape shape = transposed != 0 ? Shape{17, 19} : Shape{19, 17};
        for (const Shape& summand : {Shape{17}, Shape{7, 17}, Shape{7, 1}, Shape{}})
            model.output(model.node("Gemm", {c, model.weights(shape), model.weights(summand)},
                                    {{"transB", transposed}, {"alpha", 0.5F}, {"beta", 1.5F}}));
        model.output(model.node("Gemm", {c, model.weights(shape)}, {{"transB", transposed}}));
    }
    model.output(
        model.node("Gemm", {model.input({19, 4}), model.input({19, 6})}, {{"transA", std::int64_t{1}}}));
    expect_as_reference(model);
}

TEST(CpuOperators, VectorsAndTables) {
    Model model;
    const int table = model.input({4, 33}), line = model.input({57});
    model.output(model.node("Add", {table, model.weights({33})}));
    model.output(model.node("Mul", {model.weights({4, 1}), table}));
    model.output(model.node("Tanh", {model.node("Sub", {line, model.weights({57})})}));
    model.output(model.node("Concat", {line, line}, {{"axis", std::int64_t{0}}}));
    model.output(model.node("Concat", {table, table}, {{"axis", std::int64_t{1}}}));
    model.output(model.node("Slice", {table, model.integers({3}), model.integers({30}), model.integers({1}),
                                      model.integers({4})}));
    model.output(model.node("Softmax", {table}));
    expect_as_reference(model);
}

}  // namespace
}  // namespace ctffr::test
