// SPDX-License-Identifier: Apache-2.0
// The executor of the GPU against the reference, on every operator and on small networks.
#include <cctype>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "ctffr/core/error.hpp"
#include "network/cuda/channels_last.hpp"
#include "unit/network/channels_last_cases.hpp"
#include "unit/network/compare.hpp"

namespace ctffr::network {
namespace {

Run quiet() {
    Run run;
    run.device = DeviceKind::cuda;
    return run;
}

class CudaCase : public testing::TestWithParam<NetworkCase> {};

// Float32 is float32: with TF32 the convolutions would miss this tolerance by far.
TEST_P(CudaCase, IsTheReference) {
    const NetworkCase& one = GetParam();
    const std::vector<Tensor> inputs = inputs_of(one);
    const auto truth = make_executor(ExecutorKind::reference, one.graph, Precision::full, {})->run(inputs);
    expect_near(make_executor(ExecutorKind::cuda, one.graph, Precision::full, quiet())->run(inputs), truth,
                3e-5);
    expect_near(make_executor(ExecutorKind::cuda, one.graph, Precision::half, quiet())->run(inputs), truth,
                0.02);
}

// The plain convolutions, that run where cuDNN has none.
TEST_P(CudaCase, IsTheReferenceWithoutCudnn) {
    const NetworkCase& one = GetParam();
    const std::vector<Tensor> inputs = inputs_of(one);
    const auto truth = make_executor(ExecutorKind::reference, one.graph, Precision::full, {})->run(inputs);
    expect_near(ChannelsLast<Cuda, float>(one.graph, quiet(), {}).run(inputs), truth, 3e-5);
    expect_near(ChannelsLast<Cuda, kernels::BFloat16>(one.graph, quiet(), {}).run(inputs), truth, 0.02);
}

std::string case_name(const testing::TestParamInfo<NetworkCase>& info) {
    std::string name;
    for (const char c : info.param.name) name += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
    return name;
}

INSTANTIATE_TEST_SUITE_P(All, CudaCase, testing::ValuesIn(channels_last_cases()), case_name);

TEST(CudaExecutor, GivesTheSameBitsEveryTime) {
    const NetworkCase one{"unet", small_unet({1, 2, 48, 64, 32}, 4, 16, true, 3), {}};
    const std::vector<Tensor> inputs = inputs_of(one);
    for (const Precision precision : {Precision::full, Precision::half}) {
        const auto executor = make_executor(ExecutorKind::cuda, one.graph, precision, quiet());
        const auto first = executor->run(inputs), second = executor->run(inputs);
        const auto other = make_executor(ExecutorKind::cuda, one.graph, precision, quiet())->run(inputs);
        EXPECT_EQ(first[0].floats, second[0].floats);
        EXPECT_EQ(first[0].floats, other[0].floats);
    }
}

// Values between operators and the workspaces of cuDNN share memory from run to run: nothing of one run may
// be seen in the next.
TEST(CudaExecutor, ForgetsTheLastInput) {
    const NetworkCase one{"unet", small_unet({1, 3, 16, 24, 20}, 3, 7, true, 5), {}};
    const std::vector<Tensor> inputs = inputs_of(one);
    auto other = inputs;
    for (float& x : other[0].floats) x = 1e30f * x;
    const auto executor = make_executor(ExecutorKind::cuda, one.graph, Precision::half, quiet());
    const auto first = executor->run(inputs);
    executor->run(other);
    EXPECT_EQ(executor->run(inputs)[0].floats, first[0].floats);
}

TEST(CudaExecutor, SharesTheGpuWithAnotherExecutor) {
    const NetworkCase a{"a", small_unet({1, 2, 16, 16, 16}, 2, 8, false, 2), {}};
    const NetworkCase b{"b", small_unet({1, 1, 24, 16, 8}, 3, 16, true, 4), {}};
    const auto first = make_executor(ExecutorKind::cuda, a.graph, Precision::half, quiet());
    const auto second = make_executor(ExecutorKind::cuda, b.graph, Precision::half, quiet());
    const auto alone = first->run(inputs_of(a));
    second->run(inputs_of(b));
    EXPECT_EQ(first->run(inputs_of(a))[0].floats, alone[0].floats);
}

TEST(CudaExecutor, SaysWhenTheGpuIsTooSmall) {
    NetworkBuilder b;
    const int x = b.input({1, 512, 1200, 1200, 1200});
    const Graph graph = b.finish({b.node("Relu", {x})});
    try {
        make_executor(ExecutorKind::cuda, graph, Precision::full, quiet());
        FAIL() << "3.5 terabytes were found";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ExitCode::out_of_memory) << error.what();
    }
}

}  // namespace
}  // namespace ctffr::network
