// SPDX-License-Identifier: Apache-2.0
// Calcium scores of volumes made by hand against scores computed by hand.
#include "imaging/agatston.hpp"

#include <gtest/gtest.h>

#include "ctffr/core/error.hpp"

namespace ctffr::imaging {
namespace {

// 40 x 40 pixels of 0.5 mm, so that 4 pixels are 1 mm2.
Volume empty(int slices, double slice_mm = 3, double pixel_mm = 0.5) {
    Volume volume;
    volume.geometry.size = {40, 40, slices};
    volume.geometry.spacing_mm = {pixel_mm, pixel_mm, slice_mm};
    volume.hu.assign(static_cast<std::size_t>(volume.geometry.size.count()), 40);
    return volume;
}

void fill(Volume& volume, int i, int j, int k, int width, int height, int hu) {
    for (int y = j; y < j + height; ++y)
        for (int x = i; x < i + width; ++x)
            volume.hu[static_cast<std::size_t>(volume.geometry.offset(x, y, k))] =
                static_cast<std::int16_t>(hu);
}

std::vector<CalciumRegion> regions_of(const Volume& volume, double kvp = 120) {
    const CalciumThresholds thresholds = calcium_thresholds(kvp);
    return calcium_regions(volume, bright_voxels(volume, thresholds), thresholds);
}
double score_of(const Volume& volume, double kvp = 120) {
    double sum = 0;
    for (const CalciumRegion& region : regions_of(volume, kvp)) sum += region.agatston;
    return sum;
}

TEST(Agatston, WeightsFollowThePeak) {
    // A square of 4 mm2 at each weight and at both sides of each limit.
    for (const auto& [hu, weight] : {std::pair{129, 0},
                                     {130, 1},
                                     {199, 1},
                                     {200, 2},
                                     {299, 2},
                                     {300, 3},
                                     {399, 3},
                                     {400, 4},
                                     {1500, 4}}) {
        Volume volume = empty(1);
        fill(volume, 10, 10, 0, 4, 4, hu);
        EXPECT_DOUBLE_EQ(score_of(volume), 4.0 * weight) << hu;
    }
}

TEST(Agatston, OneBrightPixelWeighsItsWholeArea) {
    Volume volume = empty(1);
    fill(volume, 5, 5, 0, 6, 4, 150);  // 24 pixels, 6 mm2
    fill(volume, 7, 6, 0, 1, 1, 450);
    EXPECT_DOUBLE_EQ(score_of(volume), 6 * 4);
    ASSERT_EQ(regions_of(volume).size(), 1u);
    EXPECT_EQ(regions_of(volume)[0].peak_voxel, volume.geometry.offset(7, 6, 0));
}

TEST(Agatston, AreasBelowOneSquareMillimetreAreNoise) {
    Volume volume = empty(1);
    fill(volume, 5, 5, 0, 3, 1, 500);    // 0.75 mm2
    fill(volume, 20, 20, 0, 2, 2, 500);  // exactly 1 mm2
    EXPECT_DOUBLE_EQ(score_of(volume), 1 * 4);
}

TEST(Agatston, SlicesAddUpAndEachHasItsOwnPeak) {
    Volume volume = empty(3);
    fill(volume, 10, 10, 0, 4, 4, 180);  // 4 mm2 x 1
    fill(volume, 10, 10, 1, 4, 4, 350);  // 4 mm2 x 3
    fill(volume, 12, 12, 2, 2, 4, 250);  // 2 mm2 x 2
    EXPECT_DOUBLE_EQ(score_of(volume), 4 + 12 + 4);
    double volume_mm3 = 0;
    for (const CalciumRegion& region : regions_of(volume)) volume_mm3 += region.volume_mm3;
    EXPECT_DOUBLE_EQ(volume_mm3, (4 + 4 + 2) * 3.0);
}

TEST(Agatston, CornersJoinAndGapsPart) {
    Volume volume = empty(1);
    fill(volume, 5, 5, 0, 4, 4, 150);
    fill(volume, 9, 9, 0, 4, 4, 450);  // touches the corner: one area of 8 mm2 with weight 4
    EXPECT_EQ(regions_of(volume).size(), 1u);
    EXPECT_DOUBLE_EQ(score_of(volume), 8 * 4);
    Volume parted = empty(1);
    fill(parted, 5, 5, 0, 4, 4, 150);
    fill(parted, 10, 10, 0, 4, 4, 450);
    EXPECT_EQ(regions_of(parted).size(), 2u);
    EXPECT_DOUBLE_EQ(score_of(parted), 4 * 1 + 4 * 4);
}

TEST(Agatston, RowsOfAnImageDoNotMeetAtItsBorders) {
    Volume volume = empty(1);
    fill(volume, 38, 5, 0, 2, 2, 150);  // right border
    fill(volume, 0, 6, 0, 2, 2, 150);   // left border of the next rows
    EXPECT_EQ(regions_of(volume).size(), 2u);
}

TEST(Agatston, OtherSliceDistancesAreScaledToThreeMillimetres) {
    Volume volume = empty(1, 2.5);
    fill(volume, 10, 10, 0, 4, 4, 450);
    EXPECT_DOUBLE_EQ(score_of(volume), 4 * 4 * 2.5 / 3);
}

TEST(Agatston, ThinSlicesAreAveragedToStacks) {
    Volume volume = empty(7, 0.5);  // one stack of six, the last slice is left over
    for (int k = 0; k < 6; ++k) fill(volume, 10, 10, k, 4, 4, k < 3 ? 500 : 100);
    const Volume thick = calcium_slices(volume);
    ASSERT_EQ(thick.geometry.size.z, 1);
    EXPECT_DOUBLE_EQ(thick.geometry.spacing_mm.z, 3);
    EXPECT_NEAR(thick.geometry.origin_lps_mm.z, 1.25, 1e-12);
    EXPECT_DOUBLE_EQ(score_of(thick), 4 * 3);  // mean of 300 HU
    EXPECT_EQ(calcium_slices(empty(2, 3)).geometry.size.z, 2);
}

TEST(Agatston, OneHundredKilovoltsHasItsOwnThreshold) {
    Volume volume = empty(1);
    fill(volume, 10, 10, 0, 4, 4, 146);
    EXPECT_DOUBLE_EQ(score_of(volume, 100), 0);
    EXPECT_DOUBLE_EQ(score_of(volume, 120), 4);
    fill(volume, 10, 10, 0, 4, 4, 230);  // above 200 * 147 / 130 = 226
    EXPECT_DOUBLE_EQ(score_of(volume, 100), 4 * 2);
}

TEST(Agatston, VoltagesWithoutAThresholdAreRefused) {
    for (const double kvp : {70.0, 80.0, 140.0}) {
        try {
            calcium_thresholds(kvp);
            FAIL() << kvp;
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ExitCode::input_unsupported);
        }
    }
    EXPECT_EQ(calcium_thresholds(0).calcium_hu, 130);
}

}  // namespace
}  // namespace ctffr::imaging
