// SPDX-License-Identifier: Apache-2.0
#include "imaging/heart_image.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "ctffr/core/random.hpp"

namespace ctffr::imaging {
namespace {

Volume volume_of(int n, Vec3 spacing) {
    Volume volume;
    volume.geometry.size = {n, n, n};
    volume.geometry.spacing_mm = spacing;
    volume.geometry.origin_lps_mm = {5, -7, 3};
    volume.hu.assign(as_size(volume.geometry.size.count()), 0);
    return volume;
}

TEST(HeartImage, LiesWhollyInTheImage) {
    Volume volume = volume_of(60, {0.4, 0.4, 0.5});
    std::fill(volume.hu.begin(), volume.hu.end(), std::int16_t{321});
    const Box image = bounding_box(volume.geometry);
    const ImageGeometry grid =
        heart_grid({image.low - Vec3{50, 50, 50}, image.high + Vec3{50, 50, 50}}, volume.geometry);
    EXPECT_EQ(grid.spacing_mm.x, 0.8);
    const Box box = bounding_box(grid);
    for (int a = 0; a < 3; ++a) {
        EXPECT_NEAR(box.low[a], image.low[a] + 0.4, 1e-9);
        EXPECT_LE(box.high[a], image.high[a] - 0.4 + 1e-9);
        EXPECT_GT(box.high[a], image.high[a] - 0.4 - 0.8);
    }
    for (const float value : heart_image(volume, grid, ctffr::Run{}).values) ASSERT_EQ(value, 321.0f);
}

// The blur that training reckons with is the one the product's reading has, on spacings that are no simple
// part of 0.8 mm.
TEST(HeartImage, BlursAnEdgeByItsVariance) {
    for (const double spacing : {0.3, 0.37, 0.5}) {
        Volume volume = volume_of(64, {spacing, spacing, spacing});
        const double edge = volume.geometry.lps_from_index({31.5, 0, 0}).x;
        // A wide soft edge, so that voxels sample it well: its own variance is taken off.
        const double own = 0.8;
        for (Index v = 0; v < volume.geometry.size.count(); ++v) {
            const double x = volume.geometry.lps_from_index({static_cast<double>(v % 64), 0, 0}).x;
            volume.hu[as_size(v)] =
                static_cast<std::int16_t>(std::lround(15000 * std::erfc((x - edge) / own / std::sqrt(2.0))));
        }
        const ScalarGrid grid =
            heart_image(volume, heart_grid(bounding_box(volume.geometry), volume.geometry), ctffr::Run{});
        // Second moment of the edge's slope about its middle.
        double mass = 0, first = 0, second = 0;
        for (int i = 0; i + 1 < grid.geometry.size.x; ++i) {
            const Index v = grid.geometry.offset(i, 8, 8);
            const double x = grid.position(v).x + 0.4;
            const double w = static_cast<double>(grid.values[as_size(v)]) -
                             static_cast<double>(grid.values[as_size(v + 1)]);
            mass += w, first += w * x, second += w * x * x;
        }
        const double variance = second / mass - std::pow(first / mass, 2);
        // Differences over a voxel add its own 0.8^2 / 12.
        EXPECT_NEAR(variance - own * own - 0.64 / 12, heart_image_blur_mm2(spacing, spacing), 0.006)
            << spacing;
    }
}

TEST(HeartImage, AveragesFineNoiseAway) {
    Volume volume = volume_of(80, {0.4, 0.4, 0.4});
    Random random(7, 1);
    for (auto& hu : volume.hu) hu = static_cast<std::int16_t>(std::lround(random.normal(0, 100)));
    const ScalarGrid grid =
        heart_image(volume, heart_grid(bounding_box(volume.geometry), volume.geometry), ctffr::Run{});
    double squares = 0;
    for (const float value : grid.values) squares += static_cast<double>(value) * static_cast<double>(value);
    // Reading single points would leave at least 100 * (2/3)^1.5 = 54.
    EXPECT_LT(std::sqrt(squares / static_cast<double>(grid.values.size())), 40);
}

}  // namespace
}  // namespace ctffr::imaging
