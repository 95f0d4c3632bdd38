// SPDX-License-Identifier: Apache-2.0
#include "pipeline/surface_raster.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "ctffr/core/error.hpp"
#include "ctffr/core/random.hpp"
#include "ctffr/core/units.hpp"
#include "support/sample_result.hpp"

namespace ctffr {
namespace {

// A sphere of latitude rings, outward normals, closed.
TriangleMesh sphere(Vec3 center, double radius_mm) {
    TriangleMesh mesh;
    constexpr int rings = 40, sectors = 60;
    for (int r = 1; r < rings; ++r)
        for (int s = 0; s < sectors; ++s) {
            const double theta = pi * r / rings, phi = 2 * pi * s / sectors;
            mesh.points_lps_mm.push_back(center + radius_mm * Vec3{std::sin(theta) * std::cos(phi),
                                                                   std::sin(theta) * std::sin(phi),
                                                                   std::cos(theta)});
        }
    const auto at = [](int r, int s) { return static_cast<std::int32_t>((r - 1) * sectors + s % sectors); };
    for (int r = 1; r + 1 < rings; ++r)
        for (int s = 0; s < sectors; ++s) {
            mesh.triangles.push_back({at(r, s), at(r + 1, s), at(r + 1, s + 1)});
            mesh.triangles.push_back({at(r, s), at(r + 1, s + 1), at(r, s + 1)});
        }
    const auto north = static_cast<std::int32_t>(mesh.points_lps_mm.size());
    mesh.points_lps_mm.push_back(center + Vec3{0, 0, radius_mm});
    mesh.points_lps_mm.push_back(center - Vec3{0, 0, radius_mm});
    for (int s = 0; s < sectors; ++s) {
        mesh.triangles.push_back({north, at(1, s), at(1, s + 1)});
        mesh.triangles.push_back({north + 1, at(rings - 1, s + 1), at(rings - 1, s)});
    }
    mesh.patch.assign(mesh.triangles.size(), 0);
    return mesh;
}

ImageGeometry grid(int n, double spacing_mm, Vec3 origin) {
    ImageGeometry g;
    g.size = {n, n, n};
    g.spacing_mm = {spacing_mm, spacing_mm, spacing_mm};
    g.origin_lps_mm = origin;
    return g;
}

Index voxels(const std::vector<InsideRun>& runs) {
    Index count = 0;
    for (const InsideRun& run : runs) count += run.last - run.first + 1;
    return count;
}

TEST(VoxelsInside, SphereHasItsVolumeAndItsPlace) {
    const TriangleMesh mesh = sphere({10, -5, 3}, 6);
    ASSERT_EQ(open_edges(mesh), 0);
    const ImageGeometry g = grid(64, 0.25, {2.1, -12.9, -4.9});
    const auto runs = voxels_inside(mesh, g);
    EXPECT_NEAR(static_cast<double>(voxels(runs)) * std::pow(0.25, 3), enclosed_volume_mm3(mesh),
                0.005 * enclosed_volume_mm3(mesh));
    for (const InsideRun& run : runs)
        for (int i : {run.first, run.last})
            EXPECT_LE(distance(g.lps_from_index({double(i), double(run.j), double(run.k)}), {10, -5, 3}),
                      6 + 1e-9);
}

TEST(VoxelsInside, GridLinesThroughVerticesAndEdgesLoseNothing) {
    // Rings and poles lie exactly on grid lines: every row must still have balanced crossings.
    const TriangleMesh mesh = sphere({0, 0, 0}, 8);
    const auto runs = voxels_inside(mesh, grid(33, 0.5, {-8, -8, -8}));
    EXPECT_NEAR(static_cast<double>(voxels(runs)) * 0.125, enclosed_volume_mm3(mesh),
                0.02 * enclosed_volume_mm3(mesh));
}

TEST(VoxelsInside, OverlapCountsOnceAndOrientationDoesNotMatter) {
    TriangleMesh two = sphere({0, 0, 0}, 4);
    const Index one_count = voxels(voxels_inside(two, grid(60, 0.25, {-6, -6, -6})));
    const TriangleMesh other = sphere({0, 0, 0}, 3);
    const auto shift = static_cast<std::int32_t>(two.points_lps_mm.size());
    two.points_lps_mm.insert(two.points_lps_mm.end(), other.points_lps_mm.begin(), other.points_lps_mm.end());
    for (auto t : other.triangles) two.triangles.push_back({t[0] + shift, t[1] + shift, t[2] + shift});
    EXPECT_EQ(voxels(voxels_inside(two, grid(60, 0.25, {-6, -6, -6}))), one_count);
    TriangleMesh flipped = sphere({0, 0, 0}, 4);
    for (auto& t : flipped.triangles) std::swap(t[0], t[1]);
    EXPECT_EQ(voxels(voxels_inside(flipped, grid(60, 0.25, {-6, -6, -6}))), one_count);
}

TEST(VoxelsInside, MostlyOutsideTheGrid) {
    const auto runs = voxels_inside(sphere({0, 0, 0}, 5), grid(10, 1, {3, -2, -2}));
    EXPECT_GT(voxels(runs), 0);
    for (const InsideRun& run : runs) {
        EXPECT_GE(run.first, 0);
        EXPECT_LE(run.last, 9);
    }
    EXPECT_EQ(voxels(voxels_inside(sphere({100, 0, 0}, 5), grid(10, 1, {0, 0, 0}))), 0);
}

TEST(PaintCoronaries, PaintsEachSideAndKeepsCalcium) {
    const CaseResult sample = test::sample_result();
    Segmentation labels;
    labels.geometry = grid(300, 0.5, {-60, -80, -90});
    labels.labels.assign(static_cast<std::size_t>(labels.geometry.size.count()), 0);
    // Calcium in the middle of the left main.
    const Vec3 middle = sample.tree.branches[0].points[10].position_lps_mm;
    const Vec3 ijk = labels.geometry.index_from_lps(middle);
    auto& calcium = labels.labels[static_cast<std::size_t>(
        labels.geometry.offset(static_cast<int>(std::lround(ijk.x)), static_cast<int>(std::lround(ijk.y)),
                               static_cast<int>(std::lround(ijk.z))))];
    calcium = static_cast<std::uint8_t>(Label::calcium);
    paint_coronaries(sample.lumen.mesh, sample.tree, labels);
    EXPECT_EQ(calcium, static_cast<std::uint8_t>(Label::calcium));
    for (const Branch& branch : sample.tree.branches) {
        const CenterlinePoint& point = branch.points[branch.points.size() / 2];
        if (point.radius_mm < 0.8 || branch.id == 0) continue;
        const Vec3 at = labels.geometry.index_from_lps(point.position_lps_mm);
        const auto label = static_cast<Label>(labels.labels[static_cast<std::size_t>(
            labels.geometry.offset(static_cast<int>(std::lround(at.x)), static_cast<int>(std::lround(at.y)),
                                   static_cast<int>(std::lround(at.z))))]);
        EXPECT_EQ(label, branch.side == Side::left ? Label::coronary_left : Label::coronary_right)
            << branch.id;
    }
}

TEST(ValuesOnSurface, AreThoseOfTheNearestWall) {
    const CaseResult sample = test::sample_result();
    const auto values =
        values_at(places_in_tree(sample.lumen.mesh.points_lps_mm, sample.tree, ctffr::Run{}), sample.ffr.ffr);
    ASSERT_EQ(values.size(), sample.lumen.mesh.points_lps_mm.size());
    // The sample mesh has 24 points per section, section by section and branch by branch, then two cap
    // centres.
    std::size_t at = 0;
    for (std::size_t b = 0; b < sample.tree.branches.size(); ++b) {
        const auto& ffr = sample.ffr.ffr[b];
        const std::size_t inner = ffr.size() / 2;
        EXPECT_NEAR(values[at + 24 * inner + 5], ffr[inner], 0.02) << "branch " << b;
        at += 24 * ffr.size() + 2;
    }
}

TEST(MaskOfSurface, RefusesWhatIsNotInMillimetres) {
    EXPECT_THROW((void)mask_of_surface(sphere({0, 0, 0}, 3000), 0.4), Error);
    const Segmentation mask = mask_of_surface(sphere({0, 0, 0}, 3), 0.3);
    EXPECT_TRUE(check(mask).empty());
    EXPECT_NEAR(static_cast<double>(std::count(mask.labels.begin(), mask.labels.end(), 1)) * 0.027,
                4.0 / 3 * pi * 27, 0.03 * 113);
}

}  // namespace
}  // namespace ctffr
