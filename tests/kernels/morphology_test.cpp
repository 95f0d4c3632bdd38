// SPDX-License-Identifier: Apache-2.0
// Distances to masks and reading of HU onto working grids, on the backend of this build.
#include "ctffr/kernels/morphology.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

#include "ctffr/core/random.hpp"
#include "ctffr/parallel/parallel.hpp"

namespace ctffr {
namespace {

using Exec = CTFFR_EXEC;

std::vector<float> distances(Int3 size, Vec3 spacing, double reach, const std::vector<std::uint8_t>& mask) {
    const Exec exec;
    const Array<std::uint8_t, Exec> in(exec, mask);
    Array<float, Exec> scratch(exec, size.count()), out(exec, size.count());
    kernels::distance_to_mask(exec, size, spacing, reach, in.view(), scratch.view(), out.view());
    return out.to_host();
}

TEST(DistanceToMask, IsTheEuclideanDistanceUpToItsReach) {
    const Int3 size{19, 17, 13};
    const Vec3 spacing{0.5, 0.7, 1.1};
    for (const double reach : {0.4, 2.0, 20.0}) {
        std::vector<std::uint8_t> mask(static_cast<std::size_t>(size.count()), 0);
        Random random(7);
        std::vector<Vec3> points;
        for (int n = 0; n < 6; ++n) {
            const int i = random.integer(0, 18), j = random.integer(0, 16), k = random.integer(0, 12);
            mask[static_cast<std::size_t>(i + 19 * (j + 17 * k))] = 1;
            points.push_back({i * spacing.x, j * spacing.y, k * spacing.z});
        }
        const auto found = distances(size, spacing, reach, mask);
        for (int k = 0; k < size.z; ++k)
            for (int j = 0; j < size.y; ++j)
                for (int i = 0; i < size.x; ++i) {
                    double best = reach;
                    for (Vec3 p : points)
                        best = std::min(best, distance(p, {i * spacing.x, j * spacing.y, k * spacing.z}));
                    ASSERT_NEAR(found[static_cast<std::size_t>(i + 19 * (j + 17 * k))], best, 1e-4)
                        << i << " " << j << " " << k;
                }
    }
}

TEST(DistanceToMask, IsTheReachEverywhereForAnEmptyMask) {
    for (float d : distances({6, 5, 4}, {1, 1, 1}, 3, std::vector<std::uint8_t>(120, 0)))
        EXPECT_FLOAT_EQ(d, 3);
}

ImageGeometry oblique() {
    ImageGeometry g;
    g.size = {24, 22, 20};
    g.spacing_mm = {0.5, 0.6, 0.9};
    g.origin_lps_mm = {-3, 4, 10};
    const double c = std::cos(0.3), s = std::sin(0.3);
    g.direction = Mat3::from_columns({c, s, 0}, {-s, c, 0}, {0, 0, 1});
    return g;
}

TEST(ResampleHu, ReproducesALinearFieldWhateverTheSamples) {
    const ImageGeometry from = oblique();
    std::vector<std::int16_t> hu;
    const Vec3 slope{40, -30, 20};
    for (int k = 0; k < from.size.z; ++k)
        for (int j = 0; j < from.size.y; ++j)
            for (int i = 0; i < from.size.x; ++i)
                hu.push_back(static_cast<std::int16_t>(
                    std::lround(dot(slope, from.lps_from_index({double(i), double(j), double(k)})))));
    ImageGeometry to;
    to.size = {5, 4, 6};
    to.spacing_mm = {1, 1, 1};
    to.origin_lps_mm = from.lps_from_index({9, 8, 5});
    const Exec exec;
    const Array<std::int16_t, Exec> in(exec, hu);
    for (const int samples : {1, 2, 3}) {
        Array<float, Exec> out(exec, to.size.count());
        kernels::resample_hu(exec, from, in.view(), to, samples, -1000.0f, out.view());
        const auto values = out.to_host();
        for (int k = 0; k < 6; ++k)
            for (int j = 0; j < 4; ++j)
                for (int i = 0; i < 5; ++i)
                    ASSERT_NEAR(values[static_cast<std::size_t>(i + 5 * (j + 4 * k))],
                                dot(slope, to.lps_from_index({double(i), double(j), double(k)})), 0.51);
    }
}

TEST(ResampleHu, GivesTheOutsideValueBeyondTheImage) {
    const ImageGeometry from = oblique();
    const std::vector<std::int16_t> hu(static_cast<std::size_t>(from.size.count()), 50);
    ImageGeometry to;
    to.size = {1, 1, 2};
    to.spacing_mm = {1, 1, 200};
    to.origin_lps_mm = from.lps_from_index({10, 10, 10});
    const Exec exec;
    const Array<std::int16_t, Exec> in(exec, hu);
    Array<float, Exec> out(exec, 2);
    kernels::resample_hu(exec, from, in.view(), to, 1, -1000.0f, out.view());
    const auto values = out.to_host();
    EXPECT_FLOAT_EQ(values[0], 50);
    EXPECT_FLOAT_EQ(values[1], -1000);
}

}  // namespace
}  // namespace ctffr
