// SPDX-License-Identifier: Apache-2.0
// cuDNN finds an engine for every convolution of our networks, on every generation of GPU that we build for.
// This needs no GPU: cuDNN plans for the device that it is told of.
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "ctffr/core/error.hpp"
#include "network/cuda/convolution.hpp"

namespace ctffr::network::cudnn {
namespace {

using kernels::NhwcConvolution;

struct Device {
    const char* name;
    int capability, processors, shared_kb, threads, blocks;
    double memory_gb;
};
const Device turing{"Tesla T4", 750, 40, 64, 1024, 16, 15.8};
const Device ampere{"A100-SXM4-80GB", 800, 108, 163, 2048, 32, 85};
const Device ada{"NVIDIA L4", 890, 58, 99, 1536, 24, 24};
const Device hopper{"NVIDIA H100", 900, 132, 227, 2048, 32, 85};

// The device in cuDNN's own words; a release that wants others gives no device, and the tests are skipped.
std::optional<Descriptor> described(const Device& device) {
    const std::string json = fmt::format(
        R"({{"version":1,"deviceName":"{}","cudaDeviceId":0,"deviceVer":{},"multiProcessorCount":{},"driverVer":13000,)"
        R"("maxGridSize":[2147483647,65535,65535],"maxBlockSize":[1024,1024,64],"regsPerBlock":65536,)"
        R"("maxRegistersPerSM":65536,"warpSize":32,"maxSharedMemoryPerBlock":49152,)"
        R"("maxSharedMemoryPerBlockOptin":{},"reservedSharedMemoryPerBlock":1024,"maxCtasPerSM":{},)"
        R"("maxThreadsPerBlock":1024,"maxThreadsPerSM":{},"pciDeviceId":0,"isTccDriver":0,"supportCoopLaunch":1,)"
        R"("totalGlobalMem":{:.0f},"smClockRateKHz":1500000,"memClockRateKHz":2000000,"l2CacheSize":41943040}})",
        device.name, device.capability, device.processors, device.shared_kb * 1024, device.blocks,
        device.threads, device.memory_gb * 1e9);
    try {
        return device_of(json);
    } catch (const Error&) {
        return std::nullopt;
    }
}

struct Shape3 {
    const char* name;
    Index in, out, size[3], kernel, stride, dilation, pad, groups;
    Index extra = 0;  // more padding behind, or more output of a transposed one
    bool transposed = false;
};
const Shape3 shapes[] = {
    {"first layer", 2, 16, {144, 160, 160}, 3, 1, 1, 1, 1},
    {"full resolution", 16, 16, {144, 160, 160}, 3, 1, 1, 1, 1},
    {"down", 16, 32, {144, 160, 160}, 3, 2, 1, 1, 1},
    {"down from odd sizes", 16, 32, {145, 161, 37}, 3, 2, 1, 1, 1},
    {"deepest", 128, 128, {9, 10, 10}, 3, 1, 1, 1, 1},
    {"wide", 320, 320, {5, 5, 5}, 3, 1, 1, 1, 1},
    {"head", 16, 10, {144, 160, 160}, 1, 1, 1, 0, 1},
    {"up", 32, 16, {72, 80, 80}, 2, 2, 1, 0, 1, 0, true},
    {"up 3 by 2", 32, 16, {7, 8, 9}, 3, 2, 1, 1, 1, 1, true},
    {"up each channel", 32, 32, {20, 20, 20}, 2, 2, 1, 0, 32, 0, true},
    {"uneven padding", 16, 16, {20, 21, 22}, 3, 1, 1, 1, 1, 1},
    {"dilated", 16, 16, {40, 41, 42}, 3, 1, 2, 2, 1},
    {"each channel", 32, 32, {40, 40, 40}, 3, 1, 1, 1, 32},
    {"each of 12 channels", 12, 12, {40, 40, 40}, 3, 1, 1, 1, 12},
    {"groups", 32, 64, {40, 40, 40}, 3, 1, 1, 1, 4},
    {"groups of three", 6, 10, {40, 40, 40}, 3, 1, 1, 1, 2},
    {"smallest", 1, 1, {1, 1, 1}, 1, 1, 1, 0, 1},
    {"over 2^31 bytes", 16, 16, {408, 408, 408}, 3, 1, 1, 1, 1},
};

NhwcConvolution convolution_of(const Shape3& shape) {
    NhwcConvolution convolution;
    convolution.groups = shape.groups;
    Index small[3], large[3];
    for (int a = 0; a < 3; ++a) {
        convolution.window.kernel[a] = shape.kernel, convolution.window.stride[a] = shape.stride;
        convolution.window.dilation[a] = shape.dilation, convolution.window.pad[a] = shape.pad;
        const Index reach = (shape.kernel - 1) * shape.dilation + 1;
        if (shape.transposed) {
            small[a] = shape.size[a];
            large[a] = (small[a] - 1) * shape.stride + reach - 2 * shape.pad + shape.extra;
        } else {
            large[a] = shape.size[a];
            small[a] = (large[a] + 2 * shape.pad + shape.extra - reach) / shape.stride + 1;
        }
    }
    const auto image = [](const Index* size, Index channels) {
        kernels::NhwcShape s;
        s.d = size[0], s.h = size[1], s.w = size[2], s.c = channels;
        return s;
    };
    convolution.x = image(large, shape.transposed ? shape.out : shape.in);
    convolution.y = image(small, shape.transposed ? shape.in : shape.out);
    return convolution;
}

void expect_plans(const Device& on, bool bfloat16) {
    const auto device = described(on);
    if (!device) GTEST_SKIP() << "this cuDNN wants another description of a device";
    for (const Shape3& shape : shapes) {
        SCOPED_TRACE(shape.name);
        const auto plan = make_convolution(*device, convolution_of(shape), shape.transposed, bfloat16);
        ASSERT_TRUE(plan.has_value());
        EXPECT_LE(plan->workspace_bytes(), std::size_t{1} << 30);
    }
}

TEST(CudnnPlans, ExistForFloatOnTuring) { expect_plans(turing, false); }
TEST(CudnnPlans, ExistForFloatOnAmpere) { expect_plans(ampere, false); }
TEST(CudnnPlans, ExistForFloatOnHopper) { expect_plans(hopper, false); }
TEST(CudnnPlans, ExistForBfloat16OnAmpere) { expect_plans(ampere, true); }
TEST(CudnnPlans, ExistForBfloat16OnAda) { expect_plans(ada, true); }
TEST(CudnnPlans, ExistForBfloat16OnHopper) { expect_plans(hopper, true); }

TEST(CudnnPlans, AreNoneWhereTheDeviceCannot) {
    const auto device = described(turing);
    if (!device) GTEST_SKIP() << "this cuDNN wants another description of a device";
    EXPECT_FALSE(make_convolution(*device, convolution_of(shapes[1]), false, true).has_value());
}

// A transposed convolution may be asked for more output than its windows reach: no convolution goes back
// there.
TEST(CudnnPlans, AreNoneForOutputOutOfReach) {
    const auto device = described(hopper);
    if (!device) GTEST_SKIP() << "this cuDNN wants another description of a device";
    Shape3 shape = shapes[7];
    shape.extra = 3;
    EXPECT_FALSE(make_convolution(*device, convolution_of(shape), true, true).has_value());
}

TEST(CudnnErrors, SayWhatWasAskedAndWhatCudnnAnswered) {
    try {
        device_of("{}");
        FAIL() << "a device without a description was taken";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ExitCode::device_failed);
        const std::string text = error.what();
        EXPECT_NE(text.find("the described device"), std::string::npos) << text;
        EXPECT_NE(text.find("CUDNN_STATUS_BAD_PARAM"), std::string::npos) << text;
    }
}

}  // namespace
}  // namespace ctffr::network::cudnn
