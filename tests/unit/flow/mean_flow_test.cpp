// SPDX-License-Identifier: Apache-2.0
// Means over blocks of iterations: what they say of noise, of drift, and the state they give.
#include "flow/mean_flow.hpp"

#include <cmath>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace ctffr {
namespace {

// One opening whose pressure over 1000 Pa is value(k), with a flow of 2.
template <class Value>
std::vector<std::vector<OpeningState>> history(int length, const Value& value) {
    std::vector<std::vector<OpeningState>> all;
    for (int k = 0; k < length; ++k) all.push_back({{1000 * value(k), 2.0}});
    return all;
}

TEST(MeanFlow, BlockHasMeanAndDeviation) {
    const auto h = history(40, [](int k) { return k < 10 ? 99.0 : 0.9 + (k % 2 == 0 ? 0.01 : -0.01); });
    const BlockOfOpenings block = block_of(h, 10, 30, 1000);
    ASSERT_EQ(block.mean.size(), 2u);
    EXPECT_NEAR(block.mean[0], 0.9, 1e-12);
    EXPECT_NEAR(block.deviation[0], 0.01, 1e-12);
    EXPECT_NEAR(block.mean[1], 1, 1e-12);  // relative to the largest flow
    EXPECT_NEAR(block.deviation[1], 0, 1e-12);
}

TEST(MeanFlow, RemainingChangeOfADecayIsItsTail) {
    // 1 + 0.9^k: the tail behind the last block's mean is what the estimate must find.
    const auto h = history(30, [](int k) { return 1 + std::pow(0.9, k); });
    const BlockOfOpenings a = block_of(h, 0, 10, 1000), b = block_of(h, 10, 10, 1000),
                          c = block_of(h, 20, 10, 1000);
    const double step = b.mean[0] - c.mean[0], tail = c.mean[0] - 1;
    EXPECT_NEAR(remaining_change(a, b, c), step + tail, 1e-9);
}

TEST(MeanFlow, NoiseHasNoTail) {
    BlockOfOpenings a{{0.900}, {0}}, b{{0.901}, {0}}, c{{0.9004}, {0}};
    EXPECT_NEAR(remaining_change(a, b, c), 0.0006, 1e-12);
    // A steady drift never counts as done.
    BlockOfOpenings d{{0.902}, {0}}, e{{0.903}, {0}};
    EXPECT_NEAR(remaining_change(b, d, e), 0.01, 1e-9);
}

TEST(MeanFlow, StateIsTheMeanSinceTheLastClear) {
    MeanState<Cpu> mean({}, 3);
    Array<double, Cpu> state({}, 3), out({}, 3);
    state.copy_from(std::vector<double>{100, 100, 100});
    mean.add(std::as_const(state).view());
    mean.clear();
    for (int k = 1; k <= 4; ++k) {
        state.copy_from(std::vector<double>{1.0 * k, -2.0 * k, 5});
        mean.add(std::as_const(state).view());
    }
    EXPECT_EQ(mean.count(), 4);
    mean.take(out.view());
    EXPECT_EQ(out.to_host(), (std::vector<double>{2.5, -5, 5}));
}

}  // namespace
}  // namespace ctffr
