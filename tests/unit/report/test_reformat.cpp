// SPDX-License-Identifier: Apache-2.0
// Image views against volumes whose values are known everywhere.
#include <algorithm>
#include <cmath>
#include <functional>

#include <gtest/gtest.h>
#include <png.h>

#include "ctffr/core/random.hpp"
#include "ctffr/core/units.hpp"
#include "report/reformat.hpp"
#include "report/text.hpp"

namespace ctffr::report {
namespace {

// An oblique, anisotropic grid filled from a function of LPS position.
Volume volume_of(const std::function<double(Vec3)>& hu) {
    Volume volume;
    ImageGeometry& g = volume.geometry;
    g.size = {60, 64, 56};
    g.spacing_mm = {0.6, 0.5, 0.7};
    const double c = std::cos(0.3), s = std::sin(0.3);
    g.direction = Mat3::from_columns({c, s, 0}, {-s, c, 0}, {0, 0, 1});
    g.origin_lps_mm = {-12, -20, -18};
    for (int k = 0; k < g.size.z; ++k)
        for (int j = 0; j < g.size.y; ++j)
            for (int i = 0; i < g.size.x; ++i)
                volume.hu.push_back(static_cast<std::int16_t>(
                    std::lround(hu(g.lps_from_index({double(i), double(j), double(k)})))));
    return volume;
}

// A result with one curved vessel: a quarter circle of radius 14 mm in the plane z = 0.
CaseResult arc_result() {
    CaseResult result;
    Branch branch;
    branch.segment = Segment::p_rca;
    for (int i = 0; i <= 44; ++i) {
        const double phi = 0.5 * pi * i / 44;
        branch.points.push_back({{14 * std::cos(phi) - 6, 14 * std::sin(phi) - 8, 0}, {}, 0, 1.5});
    }
    update_arc_and_tangents(branch);
    result.tree.branches.push_back(branch);
    return result;
}

VesselPath arc_path(const CaseResult& result) { return make_path(result, {"RCA", {0}}); }

Vec3 random_inside(Random& random, const ImageGeometry& g) {
    return g.lps_from_index(
        {random.uniform(2, g.size.x - 3), random.uniform(2, g.size.y - 3), random.uniform(2, g.size.z - 3)});
}

TEST(ReportSampling, IsExactForQuadraticsUpToRoundingOfTheVoxels) {
    const auto hu = [](Vec3 p) {
        return 900 - 40 * p.x + 25 * p.y + 1.5 * p.x * p.x - 2 * p.y * p.z + p.z * p.z;
    };
    const Volume volume = volume_of(hu);
    Random random(3);
    for (int i = 0; i < 500; ++i) {
        const Vec3 p = random_inside(random, volume.geometry);
        // Voxels are whole HU; the weights add to 1 with absolute sum at most 1.25 per axis: 0.5 * 1.25^3
        // < 1.
        EXPECT_NEAR(sample_hu(volume, p), hu(p), 1.0);
    }
}

// Catmull-Rom weights have an error of third order: doubling the wavelength lowers it about eight times.
TEST(ReportSampling, ErrorFallsWithTheThirdPowerOfTheSpacing) {
    const auto worst = [](double wave_mm) {
        const auto hu = [&](Vec3 p) { return 12000 * std::sin(2 * pi * p.z / wave_mm); };
        const Volume volume = volume_of(hu);
        Random random(4);
        double error = 0;
        for (int i = 0; i < 3000; ++i) {
            const Vec3 p = random_inside(random, volume.geometry);
            error = std::max(error, std::abs(sample_hu(volume, p) - hu(p)));
        }
        return error;
    };
    const double ratio = worst(7) / worst(14);
    EXPECT_GT(ratio, 6.5);
    EXPECT_LT(ratio, 17);
}

TEST(ReportSampling, OutsideIsNotANumber) {
    const Volume volume = volume_of([](Vec3) { return 0; });
    EXPECT_TRUE(std::isnan(sample_hu(volume, {200, 0, 0})));
    EXPECT_EQ(sample_hu(volume, volume.geometry.lps_from_index({0, 0, 0})), 0);
}

// HU encodes the distance to the circle through the vessel, so every pixel of a straightened view has a known
// value.
TEST(ReportViews, StraightenedViewShowsTheDistanceFromTheVessel) {
    const CaseResult result = arc_result();
    const VesselPath path = arc_path(result);
    const Volume volume = volume_of([](Vec3 p) {
        const double ring = std::hypot(p.x + 6, p.y + 8) - 14;
        return 100 * std::hypot(ring, p.z);
    });
    const double pixel = 0.25, half = 4;
    const GreyWindow window{0, 510};  // 2 HU per grey level: 0.02 mm
    for (const double angle : {0.0, pi / 2, 0.7}) {
        const GreyImage image = straightened(volume, path, angle, half, pixel, window, {});
        ASSERT_EQ(image.width, static_cast<int>(std::ceil(path.length_mm() / pixel)));
        ASSERT_EQ(image.height, 32);
        for (int y = 0; y < image.height; ++y)
            for (int x = 4; x < image.width - 4; ++x) {
                const double distance_mm = std::abs(half - (y + 0.5) * pixel);
                const double seen_mm = 0.02 * image.grey[static_cast<std::size_t>(y * image.width + x)];
                // Near the axis the cone's tip is blurred by the interpolation.
                EXPECT_NEAR(seen_mm, distance_mm, distance_mm < 1 ? 0.2 : 0.05) << x << ' ' << y;
            }
    }
}

TEST(ReportViews, CrossSectionIsCentredAndHasTheRightOrientation) {
    const CaseResult result = arc_result();
    const VesselPath path = arc_path(result);
    const PathPoint at = path.at(0.5 * path.length_mm());
    // A ramp along the normal and a steeper one along the binormal.
    const Volume volume = volume_of([&](Vec3 p) {
        return 20 * dot(p - at.position_lps_mm, at.normal) + 50 * dot(p - at.position_lps_mm, at.binormal);
    });
    const GreyImage image = cross_section(volume, at, 4, 0.1, {-510, 510}, {});
    ASSERT_EQ(image.width, 80);
    for (const int y : {5, 39, 70})
        for (const int x : {3, 40, 75}) {
            const double right = (x + 0.5) * 0.1 - 4, up = 4 - (y + 0.5) * 0.1;
            const double hu = 4 * image.grey[static_cast<std::size_t>(y * 80 + x)] - 510;
            EXPECT_NEAR(hu, 20 * right + 50 * up, 4) << x << ' ' << y;
        }
}

// In the plane of the arc nothing is foreshortened when looking across it, and the unrolled surface keeps
// lengths.
TEST(ReportViews, StretchedViewKeepsTrueLengths) {
    const CaseResult result = arc_result();
    const VesselPath path = arc_path(result);
    const Volume volume =
        volume_of([](Vec3 p) { return 100 * std::hypot(std::hypot(p.x + 6, p.y + 8) - 14, p.z); });
    const StretchedView view = stretched(volume, path, 3, 0.25, {0, 510}, {});
    EXPECT_GT(std::abs(view.up.z), 0.95);
    for (std::size_t i = 1; i < path.points.size(); ++i) {
        const double drawn =
            std::hypot(view.across_mm[i] - view.across_mm[i - 1], view.up_mm[i] - view.up_mm[i - 1]);
        EXPECT_NEAR(drawn, path.points[i].arc_mm - path.points[i - 1].arc_mm, 1e-9);
    }
    // The picture is dark (distance 0) exactly where the overlay will draw the vessel.
    for (std::size_t i = 4; i + 4 < path.points.size(); ++i) {
        const int x = static_cast<int>(view.across_mm[i] / 0.25);
        const int y = static_cast<int>((0.5 * view.height_mm - view.up_mm[i]) / 0.25);
        EXPECT_LT(view.image.grey[static_cast<std::size_t>(y * view.image.width + x)], 25) << i;
    }
}

TEST(ReportViews, SameBytesForAnyNumberOfThreads) {
    const CaseResult result = arc_result();
    const VesselPath path = arc_path(result);
    const Volume volume = volume_of([](Vec3 p) { return 300 * std::sin(p.x) * std::cos(p.y + p.z); });
    set_threads(1);
    const GreyImage one = straightened(volume, path, 0.3, 5, 0.2, {}, {});
    set_threads(2);
    const GreyImage two = straightened(volume, path, 0.3, 5, 0.2, {}, {});
    set_threads(0);
    EXPECT_EQ(one.grey, two.grey);
}

TEST(ReportViews, PngHoldsThePicture) {
    GreyImage image{7, 3, {}};
    for (int i = 0; i < 21; ++i) image.grey.push_back(static_cast<std::uint8_t>(12 * i));
    const std::vector<std::uint8_t> file = png(image);
    png_image header{};
    header.version = PNG_IMAGE_VERSION;
    ASSERT_TRUE(png_image_begin_read_from_memory(&header, file.data(), file.size()));
    EXPECT_EQ(header.width, 7u);
    EXPECT_EQ(header.height, 3u);
    header.format = PNG_FORMAT_GRAY;
    std::vector<std::uint8_t> back(21);
    ASSERT_TRUE(png_image_finish_read(&header, nullptr, back.data(), 0, nullptr));
    EXPECT_EQ(back, image.grey);
}

}  // namespace
}  // namespace ctffr::report
