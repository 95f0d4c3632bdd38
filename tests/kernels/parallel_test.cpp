// SPDX-License-Identifier: Apache-2.0
// The parallel vocabulary on the backend of this build (g++: Cpu, nvcc: Cuda): small cases by hand, odd
// sizes, and the same bits for any number of threads.
#include "ctffr/parallel/parallel.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "ctffr/core/random.hpp"
#include "ctffr/parallel/replay.hpp"

namespace ctffr {
namespace {

using Exec = CTFFR_EXEC;

// Sizes around blocks, warps and powers of two.
const std::vector<Index> sizes = {0, 1, 2, 31, 33, 255, 597, 4095, 4096, 4097, 70001, 300007};

std::vector<double> random_values(Index n) {
    std::vector<double> values(static_cast<std::size_t>(n));
    Random random(11);
    for (double& v : values) v = random.uniform(-1, 3);
    return values;
}

// Kernels stand in free functions: nvcc takes no device lambda inside a test's private body.
void square(const Exec& exec, View<const double> in, View<double> out) {
    parallel_for(
        exec, "square", in.size, CTFFR_LAMBDA(Index i) { out[i] = in[i] * in[i]; });
}
double sum(const Exec& exec, View<const double> in) {
    return parallel_sum<double>(
        exec, "sum", in.size, CTFFR_LAMBDA(Index i) { return in[i]; });
}
Index select_above(const Exec& exec, View<const double> in, double limit, View<std::int32_t> out) {
    return parallel_select(
        exec, "select", in.size, CTFFR_LAMBDA(Index i) { return in[i] > limit; }, out);
}

// out[i] = i + sum of in[k] over the row
void row_sums(const Exec& exec, Index tail, View<const std::int32_t> start, View<const double> in,
              View<double> out) {
    parallel_rows<double>(
        exec, "rows", out.size, tail, start.data, CTFFR_LAMBDA(Index, std::int32_t k) { return in[k]; },
        CTFFR_LAMBDA(Index i, double sum) { out[i] = static_cast<double>(i) + sum; });
}

TEST(ParallelRows, SumsShortEmptyAndLongRows) {
    const Exec exec;
    for (const Index n : {Index{1}, Index{40}, Index{20011}, Index{130001}}) {
        for (const Index tail : {Index{0}, std::min<Index>(n, 3), std::min<Index>(n, 40)}) {
            std::vector<std::int32_t> start{0};
            for (Index i = 0; i < n; ++i)
                start.push_back(start.back() +
                                static_cast<std::int32_t>(i < n - tail ? i * 7 % 13 : 1000 + i % 777));
            const std::vector<double> host = random_values(start.back());
            const Array<std::int32_t, Exec> starts(exec, start);
            const Array<double, Exec> in(exec, host);
            Array<double, Exec> out(exec, n), again(exec, n);
            row_sums(exec, tail, starts.view(), in.view(), out.view());
            row_sums(exec, tail, starts.view(), in.view(), again.view());
            const std::vector<double> result = out.to_host();
            EXPECT_EQ(result, again.to_host());
            for (std::size_t i = 0; i < result.size(); ++i) {
                double sum = static_cast<double>(i);
                for (std::int32_t k = start[i]; k < start[i + 1]; ++k)
                    sum += host[static_cast<std::size_t>(k)];
                ASSERT_NEAR(result[i], sum, 1e-11 * (sum + 1))
                    << n << " rows, tail " << tail << ", row " << i;
            }
        }
    }
}

TEST(Array, LargeDataComesBackAsItWent) {
    const Exec exec;
    // Around the pieces in which large data crosses to a GPU.
    for (const Index bytes : {4 << 20, (4 << 20) + 8, 16 << 20, (16 << 20) + 8, (48 << 20) + 24}) {
        const std::vector<double> host = random_values(bytes / 8);
        EXPECT_EQ((Array<double, Exec>(exec, host).to_host()), host) << bytes;
    }
}

TEST(ParallelFor, VisitsEveryIndexOnce) {
    const Exec exec;
    for (const Index n : sizes) {
        const std::vector<double> host = random_values(n);
        const Array<double, Exec> in(exec, host);
        Array<double, Exec> out(exec, n);
        square(exec, in.view(), out.view());
        const std::vector<double> result = out.to_host();
        for (std::size_t i = 0; i < host.size(); ++i)
            ASSERT_EQ(result[i], host[i] * host[i]) << n << " at " << i;
    }
}

TEST(ParallelSum, AgreesWithLongDouble) {
    const Exec exec;
    for (const Index n : sizes) {
        const std::vector<double> host = random_values(n);
        const long double exact = std::accumulate(host.begin(), host.end(), 0.0L);
        const Array<double, Exec> in(exec, host);
        EXPECT_NEAR(sum(exec, in.view()), static_cast<double>(exact), 1e-14 * static_cast<double>(n + 1));
    }
}

TEST(ParallelScan, IsTheExclusivePrefixSum) {
    const Exec exec;
    for (const Index n : sizes) {
        std::vector<std::int32_t> host(static_cast<std::size_t>(n));
        for (std::size_t i = 0; i < host.size(); ++i) host[i] = static_cast<std::int32_t>(i * 7 % 5);
        Array<std::int32_t, Exec> in(exec, host);
        Array<std::int32_t, Exec> out(exec, n);
        const std::int32_t total = parallel_scan<std::int32_t>(exec, "scan", in.view(), out.view());
        std::vector<std::int32_t> expected(host.size());
        std::exclusive_scan(host.begin(), host.end(), expected.begin(), 0);
        EXPECT_EQ(out.to_host(), expected) << n;
        EXPECT_EQ(total, std::accumulate(host.begin(), host.end(), 0)) << n;
    }
}

TEST(ParallelSort, IsStable) {
    const Exec exec;
    for (const Index n : sizes) {
        std::vector<std::uint32_t> keys(static_cast<std::size_t>(n));
        std::vector<std::int32_t> values(keys.size());
        for (std::size_t i = 0; i < keys.size(); ++i) {
            keys[i] = philox(3, 0, i).v[0] % 97;  // many equal keys
            values[i] = static_cast<std::int32_t>(i);
        }
        std::vector<std::int32_t> expected = values;
        std::stable_sort(expected.begin(), expected.end(), [&](std::int32_t a, std::int32_t b) {
            return keys[static_cast<std::size_t>(a)] < keys[static_cast<std::size_t>(b)];
        });
        Array<std::uint32_t, Exec> device_keys(exec, keys);
        Array<std::int32_t, Exec> device_values(exec, values);
        parallel_sort(exec, "sort", device_keys.view(), device_values.view());
        EXPECT_EQ(device_values.to_host(), expected) << n;
        const std::vector<std::uint32_t> sorted = device_keys.to_host();
        EXPECT_TRUE(std::is_sorted(sorted.begin(), sorted.end())) << n;
    }
}

TEST(ParallelSelect, KeepsOrder) {
    const Exec exec;
    for (const Index n : sizes) {
        const std::vector<double> host = random_values(n);
        const Array<double, Exec> in(exec, host);
        Array<std::int32_t, Exec> out(exec, n);
        const Index count = select_above(exec, in.view(), 1.5, out.view());
        std::vector<std::int32_t> expected;
        for (std::size_t i = 0; i < host.size(); ++i)
            if (host[i] > 1.5) expected.push_back(static_cast<std::int32_t>(i));
        std::vector<std::int32_t> found = out.to_host();
        found.resize(static_cast<std::size_t>(count));
        EXPECT_EQ(found, expected) << n;
    }
}

TEST(Parallel, SameBitsForAnyThreadCount) {
    const Exec exec;
    const std::vector<double> host = random_values(300007);
    const Array<double, Exec> in(exec, host);
    set_threads(1);
    const double one = sum(exec, in.view());
    for (const int threads : {2, 3, 5}) {
        set_threads(threads);
        EXPECT_EQ(sum(exec, in.view()), one) << threads << " threads";
    }
    set_threads(2);
}

// What was recorded reads its arrays anew at each launch, and follows what was launched before it; after
// forget() it is recorded with new arguments.
TEST(Replay, DoesTheSameAgain) {
    const Exec exec;
    const std::vector<double> host = random_values(70001);
    Array<double, Exec> in(exec, host);
    Array<double, Exec> out(exec, in.size()), twice(exec, in.size()), other(exec, in.size());
    Replay<Exec> replay;
    const auto run = [&](Array<double, Exec>& last) {
        replay.run(exec, [&](const Exec& on) {
            square(on, std::as_const(in).view(), out.view());
            square(on, std::as_const(out).view(), last.view());
        });
    };
    for (double shift : {0.0, 1.0, 2.5}) {
        std::vector<double> moved = host;
        for (double& x : moved) x += shift;
        in.copy_from(moved);
        run(twice);
        const std::vector<double> result = twice.to_host();
        for (std::size_t i = 0; i < host.size(); ++i)
            ASSERT_EQ(result[i], moved[i] * moved[i] * (moved[i] * moved[i])) << i << " after " << shift;
    }
    replay.forget();
    run(other);
    EXPECT_EQ(other.to_host(), twice.to_host());
}

TEST(Profiler, CountsCallsAndBytes) {
    Profiler profiler;
    Exec exec;
    exec.profiler = &profiler;
    const std::vector<double> host = random_values(1000);
    const Array<double, Exec> in(exec, host);
    Array<double, Exec> out(exec, in.size());
    square(exec, in.view(), out.view());
    square(exec, in.view(), out.view());
    EXPECT_EQ(profiler.entries().at("square").calls, 2);
    EXPECT_NE(profiler.table(1e9).find("square"), std::string::npos);
}

}  // namespace
}  // namespace ctffr
