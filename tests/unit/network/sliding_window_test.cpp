// SPDX-License-Identifier: Apache-2.0
#include "network/sliding_window.hpp"

#include <gmock/gmock.h>

#include "ctffr/core/error.hpp"
#include "network/onnx.hpp"
#include "support/onnx_writer.hpp"

namespace ctffr::network {
namespace {

using test::OnnxWriter;
using test::random_tensor;

// A convolution of one channel to two; `side` 1 looks at nothing but the voxel itself.
Graph convolution(std::int64_t side) {
    OnnxWriter w;
    const std::int64_t pad = side / 2;
    w.output(w.node("Conv",
                    {w.input("x", {1, 1, -1, -1, -1}), w.weight(random_tensor({2, 1, side, side, side}, 1)),
                     w.weight(random_tensor({2}, 2))},
                    {{"pads", std::vector<std::int64_t>(6, pad)}}));
    return read_onnx(w.bytes(), "net.onnx", {});
}

TEST(SlidingWindow, StartsCoverTheAxisEvenly) {
    EXPECT_THAT(window_starts(8, 8, 0.5), testing::ElementsAre(0));
    EXPECT_THAT(window_starts(9, 8, 0.5), testing::ElementsAre(0, 1));
    EXPECT_THAT(window_starts(20, 8, 0.5), testing::ElementsAre(0, 4, 8, 12));
    EXPECT_THAT(window_starts(21, 8, 0.5), testing::ElementsAre(0, 3, 7, 10, 13));
}

TEST(SlidingWindow, OfAVoxelwiseNetworkIsTheNetworkItself) {
    Network network(convolution(1), ExecutorKind::reference, Precision::full, {});
    const Shape volume{1, 13, 17, 11};
    const Tensor image = random_tensor(volume, 3);
    const std::vector<float> whole = run_windows(network, image.floats, volume, {{13, 17, 11}, 0.5}, {}),
                             parts = run_windows(network, image.floats, volume, {{8, 9, 10}, 0.5}, {});
    ASSERT_EQ(parts.size(), 2u * 13 * 17 * 11);
    for (std::size_t n = 0; n < parts.size(); ++n) ASSERT_NEAR(parts[n], whole[n], 2e-6) << n;
}

// Windows lack their surroundings at their borders only; there their weight is small.
TEST(SlidingWindow, MiddlesOfWindowsCountMost) {
    Network network(convolution(3), ExecutorKind::reference, Precision::full, {});
    const Shape volume{1, 24, 12, 12};
    const Tensor image = random_tensor(volume, 4);
    const std::vector<float> whole = run_windows(network, image.floats, volume, {{24, 12, 12}, 0.5}, {}),
                             parts = run_windows(network, image.floats, volume, {{12, 12, 12}, 0.5}, {});
    double largest = 0;
    for (std::size_t n = 0; n < parts.size(); ++n)
        largest = std::max(largest, std::abs(double{parts[n]} - whole[n]));
    EXPECT_GT(largest, 0);  // the windows do differ
    // A border voxel of one window is near the middle of the next: weights exp(-8) to 1.
    EXPECT_LT(largest, 5e-3);
}

TEST(SlidingWindow, RefusesANetworkThatChangesTheSize) {
    OnnxWriter w;
    w.output(w.node("MaxPool", {w.input("x", {1, 1, -1, -1, -1})},
                    {{"kernel_shape", std::vector<std::int64_t>{2, 2, 2}},
                     {"strides", std::vector<std::int64_t>{2, 2, 2}}}));
    Network network(read_onnx(w.bytes(), "net.onnx", {}), ExecutorKind::reference, Precision::full, {});
    try {
        run_windows(network, random_tensor({1, 8, 8, 8}, 1).floats, {1, 8, 8, 8}, {{8, 8, 8}, 0.5}, {});
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ExitCode::input_unsupported);
        EXPECT_THAT(error.what(), testing::HasSubstr("8x8x8"));
    }
}

}  // namespace
}  // namespace ctffr::network
