// SPDX-License-Identifier: Apache-2.0
// Convolutions, pooling and resampling of the CPU executor against the reference executor.
#include "unit/network/cpu_model.hpp"

namespace ctffr::test {
namespace {

using Integers = Model::Integers;

struct ConvCase {
    std::int64_t in, out, group;
    Integers kernel, stride, dilation, pads, size;
    std::int64_t batch = 1;
};

Model::Attributes attributes(const ConvCase& c) {
    return {{"strides", c.stride}, {"dilations", c.dilation}, {"pads", c.pads}, {"group", c.group}};
}

Shape image(const ConvCase& c) {
    Shape shape{c.batch, c.in};
    shape.insert(shape.end(), c.size.begin(), c.size.end());
    return shape;
}

class CpuConv : public ::testing::TestWithParam<ConvCase> {};

TEST_P(CpuConv, AsReference) {
    const ConvCase& c = GetParam();
    Shape weights{c.out, c.in / c.group};
    weights.insert(weights.end(), c.kernel.begin(), c.kernel.end());
    for (const bool bias : {true, false}) {
        Model model;
        const int conv = model.conv(model.input(image(c)), weights, attributes(c), bias);
        model.output(model.node("LeakyRelu", {conv}, {{"alpha", 0.01F}}));
        expect_as_reference(model);
    }
}

// The same from a value that is already stored in blocks, and on to one.
TEST_P(CpuConv, InAChain) {
    const ConvCase& c = GetParam();
    Shape weights{c.out, c.in / c.group}, point{c.in, c.in}, last{c.out, c.out};
    weights.insert(weights.end(), c.kernel.begin(), c.kernel.end());
    point.resize(2 + c.size.size(), 1), last.resize(2 + c.size.size(), 1);
    Model model;
    const int first = model.conv(model.input(image(c)), point);
    const int middle = model.node("Relu", {model.conv(first, weights, attributes(c))});
    model.output(model.conv(middle, last));
    expect_as_reference(model);
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, CpuConv,
    ::testing::Values(ConvCase{1, 17, 1, {3, 3, 3}, {1, 1, 1}, {1, 1, 1}, {1, 1, 1, 1, 1, 1}, {5, 7, 9}},
                      ConvCase{3, 16, 1, {3, 3, 3}, {2, 2, 2}, {1, 1, 1}, {1, 1, 1, 1, 1, 1}, {7, 6, 11}},
                      ConvCase{17, 3, 1, {1, 1, 1}, {1, 1, 1}, {1, 1, 1}, {0, 0, 0, 0, 0, 0}, {3, 5, 7}, 2},
                      ConvCase{16, 32, 1, {3, 3, 3}, {1, 1, 1}, {1, 1, 1}, {1, 1, 1, 1, 1, 1}, {6, 5, 8}},
                      ConvCase{17, 24, 1, {3, 1, 5}, {1, 2, 1}, {2, 1, 2}, {2, 0, 4, 1, 0, 3}, {9, 7, 13}, 2},
                      ConvCase{96, 48, 1, {3, 3, 3}, {1, 1, 1}, {1, 1, 1}, {1, 1, 1, 1, 1, 1}, {3, 4, 5}},
                      ConvCase{32, 32, 2, {3, 3, 3}, {1, 1, 1}, {1, 1, 1}, {1, 1, 1, 1, 1, 1}, {5, 4, 6}},
                      ConvCase{6, 9, 3, {3, 3, 3}, {1, 1, 1}, {1, 1, 1}, {1, 1, 1, 1, 1, 1}, {5, 4, 6}},
                      ConvCase{17, 17, 17, {3, 3, 3}, {1, 1, 1}, {1, 1, 1}, {1, 1, 1, 1, 1, 1}, {5, 7, 11}},
                      ConvCase{3, 3, 3, {5, 3, 7}, {2, 1, 3}, {1, 2, 2}, {2, 2, 6, 2, 1, 5}, {9, 8, 23}, 2},
                      ConvCase{32, 32, 32, {5, 5, 5}, {1, 1, 1}, {1, 1, 1}, {2, 2, 2, 2, 2, 2}, {6, 3, 17}},
                      ConvCase{17, 5, 1, {3, 3}, {1, 2}, {1, 1}, {1, 1, 1, 1}, {9, 11}},
                      ConvCase{17, 17, 17, {3, 3}, {1, 2}, {1, 1}, {1, 1, 1, 1}, {9, 11}},
                      ConvCase{5, 17, 1, {5}, {2}, {1}, {2, 1}, {31}, 3}));

TEST(CpuConvEpilogue, EveryActivation) {
    const Integers pads{1, 1, 1, 1, 1, 1};
    for (const std::string op : {"Relu", "LeakyRelu", "Elu", "Sigmoid", "Tanh", "Gelu", "Clip"})
        for (const bool transposed : {false, true}) {
            SCOPED_TRACE(op);
            Model model;
            const int from = model.input({1, 17, 4, 5, 6}, 0, 3);
            const int conv =
                transposed ? model.conv_transpose(from, {17, 9, 2, 2, 2}, {{"strides", Integers{2, 2, 2}}})
                           : model.conv(from, {9, 17, 3, 3, 3}, {{"pads", pads}});
            std::vector<int> all = {conv};
            if (op == "Clip") all = {conv, model.weights({}, 0.3F, 0.0F), model.weights({}, 1.2F, 0.0F)};
            model.output(model.conv(model.node(op, all), {3, 9, 1, 1, 1}));
            expect_as_reference(model);
        }
}

class CpuConvTranspose : public ::testing::TestWithParam<ConvCase> {};

TEST_P(CpuConvTranspose, AsReference) {
    const ConvCase& c = GetParam();
    Shape weights{c.in, c.out / c.group};
    weights.insert(weights.end(), c.kernel.begin(), c.kernel.end());
    for (const std::int64_t extra : {0, 1}) {
        Model::Attributes all = attributes(c);
        if (extra > 0) {
            Integers list(c.stride.size(), 0);
            for (std::size_t a = 0; a < list.size(); ++a) list[a] = c.stride[a] > 1 ? 1 : 0;
            all["output_padding"] = list;
        }
        for (const bool bias : {true, false}) {
            Model model;
            const int up = model.conv_transpose(model.input(image(c)), weights, all, bias);
            model.output(bias ? model.node("LeakyRelu", {up}, {{"alpha", 0.2F}}) : up);
            expect_as_reference(model);
        }
    }
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, CpuConvTranspose,
    ::testing::Values(ConvCase{16, 32, 1, {2, 2, 2}, {2, 2, 2}, {1, 1, 1}, {0, 0, 0, 0, 0, 0}, {3, 4, 5}},
                      ConvCase{17, 3, 1, {2, 2, 2}, {2, 2, 2}, {1, 1, 1}, {0, 0, 0, 0, 0, 0}, {3, 4, 5}, 2},
                      ConvCase{5, 17, 1, {3, 3, 3}, {2, 2, 2}, {1, 1, 1}, {1, 1, 1, 1, 1, 1}, {3, 4, 5}},
                      ConvCase{6, 9, 3, {4, 3, 2}, {2, 1, 2}, {1, 2, 1}, {1, 1, 0, 0, 2, 0}, {4, 5, 6}},
                      ConvCase{8, 8, 8, {2, 2, 2}, {2, 2, 2}, {1, 1, 1}, {0, 0, 0, 0, 0, 0}, {4, 3, 2}},
                      ConvCase{17, 9, 1, {2, 2}, {2, 2}, {1, 1}, {0, 0, 0, 0}, {5, 7}},
                      ConvCase{3, 17, 1, {4}, {2}, {1}, {1, 1}, {11}, 2}));

TEST(CpuPool, AsReference) {
    for (const std::string op : {"MaxPool", "AveragePool"})
        for (const std::int64_t channels : {1, 3, 17, 32})
            for (const std::int64_t ceil_mode : {0, 1})
                for (const std::int64_t include : {0, 1}) {
                    SCOPED_TRACE(op + " of " + std::to_string(channels) + " channels");
                    Model::Attributes all{{"kernel_shape", Integers{2, 3, 3}},
                                          {"strides", Integers{2, 2, 1}},
                                          {"pads", Integers{0, 1, 1, 1, 1, 1}},
                                          {"ceil_mode", ceil_mode}};
                    if (op == "AveragePool") all["count_include_pad"] = include;
                    Model model;
                    const int from = model.conv(model.input({2, 3, 7, 8, 9}), {channels, 3, 1, 1, 1});
                    model.output(model.node(op, {from}, all));
                    expect_as_reference(model);
                }
}

TEST(CpuPool, DilatedAndInOtherDimensions) {
    Model model;
    const int flat = model.input({1, 17, 9, 13}), line = model.input({2, 5, 21});
    model.output(
        model.node("MaxPool", {flat}, {{"kernel_shape", Integers{2, 2}}, {"dilations", Integers{2, 3}}}));
    model.output(
        model.node("AveragePool", {line}, {{"kernel_shape", Integers{4}}, {"strides", Integers{3}}}));
    expect_as_reference(model);
}

TEST(CpuResize, EveryModeAndPosition) {
    for (const std::string mode : {"nearest", "linear"})
        for (const std::string position : {"half_pixel", "pytorch_half_pixel", "asymmetric", "align_corners"})
            for (const Integers& size :
                 {Integers{2, 17, 6, 10, 14}, Integers{2, 17, 2, 5, 9}, Integers{2, 17, 3, 13, 1}})
                for (const bool blocked : {false, true}) {
                    SCOPED_TRACE(mode + " " + position);
                    Model model;
                    int from = model.input({2, 17, 3, 5, 7});
                    if (blocked) from = model.conv(from, {17, 17, 1, 1, 1});
                    model.output(model.node("Resize", {from, -1, -1, model.integers(size)},
                                            {{"mode", mode}, {"coordinate_transformation_mode", position}}));
                    expect_as_reference(model);
                }
}

}  // namespace
}  // namespace ctffr::test
