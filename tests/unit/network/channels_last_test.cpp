// SPDX-License-Identifier: Apache-2.0
// The executor of channels-last images, run on the CPU with plain convolutions, against the reference: all
// that the GPU's executor does except the convolutions of cuDNN.
#include "network/cuda/channels_last.hpp"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "unit/network/channels_last_cases.hpp"
#include "unit/network/compare.hpp"

namespace ctffr::network {
namespace {

using kernels::BFloat16;

// What cuDNN does with padding channels: without groups it reads and writes them like others; with groups
// they are not part of the convolution, and what stands there afterwards is anything.
class LikeCudnn final : public ConvolutionRunner<Cpu> {
   public:
    LikeCudnn(kernels::NhwcConvolution convolution, bool transposed)
        : convolution_(convolution), transposed_(transposed) {
        if (convolution.groups > 1) return;
        convolution_.x.c = convolution.x.pitch();
        convolution_.y.c = convolution.y.pitch();
    }
    std::size_t workspace_bytes() const override { return 1000; }
    void run(const Cpu& exec, const void* in, const void* filter, void* out, void* workspace) override {
        std::fill_n(static_cast<char*>(workspace), 1000, '\xff');
        const auto of = [](const void* data, Index size) {
            return View<float>(const_cast<float*>(static_cast<const float*>(data)), size);
        };
        const View<const float> weights = of(filter, convolution_.filter_size());
        const View<float> x = of(transposed_ ? out : in, convolution_.x.size());
        const View<float> y = of(transposed_ ? in : out, convolution_.y.size());
        if (transposed_)
            kernels::nhwc_convolve_transposed<Cpu, float>(exec, convolution_, y, weights, x);
        else
            kernels::nhwc_convolve<Cpu, float>(exec, convolution_, x, weights, y);
        const View<float> result = transposed_ ? x : y;
        const kernels::NhwcShape shape = transposed_ ? convolution_.x : convolution_.y;
        for (Index i = 0; i < result.size; ++i)
            if (i % shape.pitch() >= shape.c) result[i] = NAN;
    }

   private:
    kernels::NhwcConvolution convolution_;
    bool transposed_;
};

std::unique_ptr<ConvolutionRunner<Cpu>> like_cudnn(const kernels::NhwcConvolution& convolution,
                                                   bool transposed) {
    return std::make_unique<LikeCudnn>(convolution, transposed);
}

class ChannelsLastCase : public testing::TestWithParam<NetworkCase> {};

TEST_P(ChannelsLastCase, IsTheReference) {
    const NetworkCase& one = GetParam();
    const std::vector<Tensor> inputs = inputs_of(one);
    const auto truth = make_executor(ExecutorKind::reference, one.graph, Precision::full, {})->run(inputs);
    ChannelsLast<Cpu, float> full(one.graph, {}, {});
    EXPECT_EQ(full.on_host(), one.on_host);
    // Leaves NaN wherever values stand: what a later run does not write but reads would show.
    auto nothing = inputs;
    for (Tensor& input : nothing) std::fill(input.floats.begin(), input.floats.end(), NAN);
    full.run(nothing);
    ChannelsLast<Cpu, float> library(one.graph, {}, like_cudnn);
    library.run(nothing);
    expect_near(library.run(inputs), truth, 2e-5);
    expect_near(full.run(inputs), truth, 2e-5);
    expect_near(ChannelsLast<Cpu, BFloat16>(one.graph, {}, {}).run(inputs), truth, 0.02);
}

std::string case_name(const testing::TestParamInfo<NetworkCase>& info) {
    std::string name;
    for (const char c : info.param.name) name += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
    return name;
}

INSTANTIATE_TEST_SUITE_P(All, ChannelsLastCase, testing::ValuesIn(channels_last_cases()), case_name);

TEST(ChannelsLast, GivesTheSameBitsEveryTime) {
    const NetworkCase one{"unet", small_unet({1, 2, 8, 12, 16}, 3, 8, true, 3), {}};
    const std::vector<Tensor> inputs = inputs_of(one);
    ChannelsLast<Cpu, BFloat16> executor(one.graph, {}, {});
    const auto first = executor.run(inputs), second = executor.run(inputs);
    EXPECT_EQ(first[0].floats, second[0].floats);
}

TEST(ChannelsLast, AsksALibraryForItsConvolutions) {
    const NetworkCase one{"unet", small_unet({1, 2, 8, 8, 16}, 2, 6, true, 3), {}};
    const std::vector<Tensor> inputs = inputs_of(one);
    const auto truth = make_executor(ExecutorKind::reference, one.graph, Precision::full, {})->run(inputs);
    int asked = 0;
    ChannelsLast<Cpu, float> executor(one.graph, {},
                                      [&](const kernels::NhwcConvolution& convolution, bool transposed) {
                                          // No engine for one of them: plain loops.
                                          return ++asked == 3 ? nullptr : like_cudnn(convolution, transposed);
                                      });
    expect_near(executor.run(inputs), truth, 2e-5);
    EXPECT_EQ(asked, 7);
}

TEST(ChannelsLast, ClearsThePaddingThatALibraryLeaves) {
    NetworkBuilder b;
    const int x = b.input({1, 6, 4, 5, 6});
    const int y = b.conv(x, 10, {3, 3, 3}, {}, {}, 2, false);
    const NetworkCase one{"groups", b.finish({b.conv(y, 3, {1, 1, 1})}), {}};
    const std::vector<Tensor> inputs = inputs_of(one);
    const auto truth = make_executor(ExecutorKind::reference, one.graph, Precision::full, {})->run(inputs);
    ChannelsLast<Cpu, float> executor(one.graph, {}, like_cudnn);
    expect_near(executor.run(inputs), truth, 2e-5);
}

// Infinite channels that a slice leaves out must not stand in the padding of what it takes.
TEST(ChannelsLast, KeepsNothingOfWhatASliceLeavesOut) {
    NetworkBuilder b;
    const int x = b.input({1, 27, 3, 4, 5});
    const int y = b.node("Slice", {x, b.integers({8}), b.integers({19}), b.integers({1}), b.integers({1})});
    const NetworkCase one{"slice", b.finish({b.conv(y, 3, {1, 1, 1})}), {}};
    std::vector<Tensor> inputs = inputs_of(one);
    std::fill(inputs[0].floats.begin() + 19 * 60, inputs[0].floats.end(), INFINITY);
    const auto truth = make_executor(ExecutorKind::reference, one.graph, Precision::full, {})->run(inputs);
    expect_near(ChannelsLast<Cpu, float>(one.graph, {}, like_cudnn).run(inputs), truth, 2e-5);
}

TEST(ChannelsLast, AddsResidualsInTheConvolutionsEpilogue) {
    NetworkBuilder b;
    const int x = b.input({1, 4, 3, 4, 5});
    const int y = b.node("Add", {b.conv(x, 4, {1, 1, 1}), x}, {}, {Activation::leaky_relu, 0.1f, 0});
    const int z = b.node("Add", {y, b.conv(y, 4, {1, 1, 1}, {}, {Activation::leaky_relu, 0, 0})});
    Graph graph = b.finish({z});
    fuse_residuals(graph);
    ASSERT_EQ(graph.nodes.size(), 3u);  // the second convolution has an activation of its own
    EXPECT_EQ(graph.nodes[0].op, "Conv");
    EXPECT_EQ(graph.nodes[0].inputs[3], x);
    EXPECT_EQ(graph.nodes[0].epilogue.a, 0.1f);
    EXPECT_EQ(graph.nodes[2].op, "Add");
}

TEST(ChannelsLast, RefusesInputsOfAnotherShape) {
    const NetworkCase one{"unet", small_unet({1, 2, 8, 8, 8}, 2, 4, false, 3), {}};
    ChannelsLast<Cpu, float> executor(one.graph, {}, {});
    EXPECT_THROW(executor.run({random_tensor({1, 2, 8, 8, 4}, 1)}), Error);
    EXPECT_THROW(executor.run({}), Error);
}

}  // namespace
}  // namespace ctffr::network
