// SPDX-License-Identifier: Apache-2.0
// Arrival times against closed forms, the gap rule, and ways back.
#include "imaging/fast_marching.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "ctffr/core/units.hpp"
#include "imaging/smoothing.hpp"

namespace ctffr::imaging {
namespace {

ImageGeometry cube(int n, double h) {
    ImageGeometry g;
    g.size = {n, n, n};
    g.spacing_mm = {h, h, h};
    g.origin_lps_mm = -0.5 * h * (n - 1) * Vec3{1, 1, 1};
    return g;
}

// Largest error of the distance from a plane of seeds.
double plane_error(double h, bool second_order) {
    const ImageGeometry g = cube(static_cast<int>(std::lround(22 / h)) + 1, h);
    const ScalarGrid frame{g, {}};
    const std::vector<float> speed(as_size(g.size.count()), 1.0f);
    std::vector<Index> seeds;
    for (Index v = 0; v < g.size.count(); ++v)
        if (frame.position(v).x < -9) seeds.push_back(v);
    FrontLimits limits;
    limits.second_order = second_order;
    const Front front = march(g, speed, {}, seeds, limits, {});
    double worst = 0;
    double start = -1e9;
    for (Index v : seeds) start = std::max(start, frame.position(v).x);
    for (Index v = 0; v < g.size.count(); ++v)
        if (frame.position(v).x > start)
            worst = std::max(worst, std::abs(front.time[as_size(v)] - (frame.position(v).x - start)));
    return worst;
}

TEST(FastMarching, IsExactForAPlaneFront) { EXPECT_LT(plane_error(1.0, true), 1e-4); }

struct PointErrors {
    double time = 0, length = 0;  // mean over all directions, 8 mm from the source
};
PointErrors point_errors(double h, bool second_order) {
    const ImageGeometry g = cube(2 * static_cast<int>(std::lround(10 / h)) + 1, h);
    const ScalarGrid frame{g, {}};
    FrontLimits limits;
    limits.second_order = second_order;
    const Front front = march(g, std::vector<float>(as_size(g.size.count()), 1.0f), {},
                              {frame.voxel_at({0, 0, 0})}, limits, {});
    PointErrors sum;
    double count = 0;
    for (Index v = 0; v < g.size.count(); ++v)
        if (const double r = norm(frame.position(v)); r > 7 && r < 9) {
            sum.time += std::abs(front.time[as_size(v)] - r);
            sum.length += std::abs(front.length_mm[as_size(v)] - r);
            count += 1;
        }
    return {sum.time / count, sum.length / count};
}

TEST(FastMarching, ConvergesForAPointSource) {
    // The singular source limits both schemes, but second order must win clearly and refinement must pay.
    const PointErrors coarse = point_errors(1.0, true), fine = point_errors(0.5, true);
    EXPECT_LT(coarse.time, 0.06 * 8);
    EXPECT_LT(fine.time, 0.65 * coarse.time);
    EXPECT_LT(coarse.time, 0.6 * point_errors(1.0, false).time);
    // Way lengths are first-order.
    EXPECT_LT(coarse.length, 0.1 * 8);
    EXPECT_LT(fine.length, 0.75 * coarse.length);
}

TEST(FastMarching, SpeedScalesTimesAndWallsStopTheFront) {
    const ImageGeometry g = cube(11, 1);
    const ScalarGrid frame{g, {}};
    std::vector<float> speed(as_size(g.size.count()), 2.0f);
    for (Index v = 0; v < g.size.count(); ++v)
        if (frame.position(v).x > 2.5) speed[as_size(v)] = 0;
    const Front front = march(g, speed, {}, {frame.voxel_at({-5, 0, 0})}, {}, {});
    EXPECT_NEAR(front.time[as_size(frame.voxel_at({2, 0, 0}))], 3.5, 0.01);
    EXPECT_FALSE(front.reached(frame.voxel_at({3, 0, 0})));
}

TEST(FastMarching, StopsBeyondTheLongestGap) {
    ImageGeometry g;
    g.size = {40, 3, 3};
    std::vector<float> speed(as_size(g.size.count()), 1.0f), evidence(speed.size(), 1.0f);
    for (Index v = 0; v < g.size.count(); ++v)
        if (v % 40 >= 10 && v % 40 < 15) evidence[as_size(v)] = 0;  // 5 mm without evidence
    FrontLimits limits;
    limits.max_gap_mm = 6;
    EXPECT_TRUE(march(g, speed, evidence, {0}, limits, {}).reached(39));
    limits.max_gap_mm = 4;
    EXPECT_FALSE(march(g, speed, evidence, {0}, limits, {}).reached(39));
}

TEST(TraceBack, FollowsAHelixWithinAFifthOfAMillimetre) {
    // Speed is high near the helix only; the way back must stay on it.
    const double radius = 8, pitch = 10, h = 0.5;
    const ImageGeometry g = cube(57, h);
    const ScalarGrid frame{g, {}};
    std::vector<Vec3> helix;
    for (double a = -2 * pi; a <= 2 * pi; a += 0.01)
        helix.push_back({radius * std::cos(a), radius * std::sin(a), pitch * a / (2 * pi)});
    std::vector<float> off(as_size(g.size.count()), 1e6f);
    for (Vec3 p : helix)
        for (int dz = -4; dz <= 4; ++dz)
            for (int dy = -4; dy <= 4; ++dy)
                for (int dx = -4; dx <= 4; ++dx)
                    if (const Index v = frame.voxel_at(p + h * Vec3{double(dx), double(dy), double(dz)});
                        v >= 0)
                        off[as_size(v)] =
                            std::min(off[as_size(v)], static_cast<float>(distance(frame.position(v), p)));
    std::vector<float> speed(off.size());
    for (std::size_t i = 0; i < off.size(); ++i)
        speed[i] = static_cast<float>(0.02 + 0.98 * std::exp(-0.5 * off[i] * off[i] / 0.36));
    const Front front = march(g, speed, {}, {frame.voxel_at(helix.front())}, {}, {});
    auto path = trace_back(front, helix.back(), [](Index) { return false; });
    path = resampled(path, 0.5);
    path = smoothed(path, std::vector<double>(path.size(), 1.0), 1.0);
    double worst = 0, sum = 0;
    for (Vec3 p : path) {
        double best = 1e9;
        for (Vec3 q : helix) best = std::min(best, distance(p, q));
        worst = std::max(worst, best), sum += best;
    }
    EXPECT_LT(sum / static_cast<double>(path.size()), 0.2);
    EXPECT_LT(worst, 0.4);
    const double turns = 2 * std::hypot(2 * pi * radius, pitch);
    EXPECT_NEAR(length_of(path), turns, 0.02 * turns);
    EXPECT_LT(distance(path.back(), helix.front()), h);
}

TEST(TraceBack, EndsInASeedFromEverywhere) {
    const ImageGeometry g = cube(15, 1);
    const ScalarGrid frame{g, {}};
    std::vector<float> speed(as_size(g.size.count()));
    for (std::size_t i = 0; i < speed.size(); ++i)
        speed[i] = 0.05f + 0.95f * static_cast<float>((i * 2654435761u >> 7) % 97) / 97;
    const Index seed = frame.voxel_at({-4, 2, 5});
    const Front front = march(g, speed, {}, {seed}, {}, {});
    for (Index v = 0; v < g.size.count(); v += 37) {
        const auto path = trace_back(front, frame.position(v), [](Index) { return false; });
        EXPECT_EQ(frame.voxel_at(path.back()), seed);
    }
}

}  // namespace
}  // namespace ctffr::imaging
