// SPDX-License-Identifier: Apache-2.0
// Distance between surfaces whose distance is known.
#include "lumen/surface_distance.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "ctffr/core/units.hpp"

namespace ctffr::lumen {
namespace {

// A tube along x from x0 to x1 with flat caps (patches 1 and 2).
TriangleMesh tube(double radius, double x0, double x1, int rings, int sides = 96) {
    TriangleMesh mesh;
    const auto add = [&](int a, int b, int c, int patch) {
        mesh.triangles.push_back({a, b, c}), mesh.patch.push_back(patch);
    };
    for (int r = 0; r <= rings; ++r)
        for (int s = 0; s < sides; ++s)
            mesh.points_lps_mm.push_back({x0 + (x1 - x0) * r / rings, radius * std::cos(2 * pi * s / sides),
                                          radius * std::sin(2 * pi * s / sides)});
    for (int r = 0; r < rings; ++r)
        for (int s = 0; s < sides; ++s) {
            const int a = r * sides + s, b = r * sides + (s + 1) % sides;
            add(a, b, a + sides, 0), add(b, b + sides, a + sides, 0);
        }
    const int first = static_cast<int>(mesh.points_lps_mm.size());
    mesh.points_lps_mm.push_back({x0, 0, 0}), mesh.points_lps_mm.push_back({x1, 0, 0});
    for (int s = 0; s < sides; ++s) {
        const int t = (s + 1) % sides, last = rings * sides;
        add(first, t, s, 1), add(first + 1, last + s, last + t, 2);
    }
    return mesh;
}

TEST(SurfaceDistance, OfConcentricTubesIsTheDifferenceOfTheRadii) {
    const TriangleMesh wide = tube(1.2, 0, 20, 40), narrow = tube(1.0, 0, 20, 25);
    for (const bool outside : {true, false}) {
        const auto a = agreement(
            surfaces_apart(outside ? wide : narrow, outside ? narrow : wide, ctffr::Run{}), SurfaceExtent{});
        EXPECT_NEAR(a.mean_mm, 0.2, 0.002);
        EXPECT_NEAR(a.p95_mm, 0.2, 0.002);
        EXPECT_NEAR(a.max_mm, 0.2, 0.002);
        EXPECT_NEAR(a.signed_mean_mm, outside ? 0.2 : -0.2, 0.002);
        EXPECT_NEAR(outside ? a.found_area_mm2 : a.true_area_mm2, 2 * pi * 1.2 * 20, 0.2);
    }
}

TEST(SurfaceDistance, OfASurfaceToItselfIsNothing) {
    const TriangleMesh mesh = tube(1.5, 0, 10, 20);
    const auto a = agreement(surfaces_apart(mesh, mesh, ctffr::Run{}), SurfaceExtent{});
    EXPECT_NEAR(a.max_mm, 0, 1e-7);
    EXPECT_NEAR(a.signed_mean_mm, 0, 1e-7);
}

TEST(SurfaceDistance, AMissingHalfIsLeftOutWhereTheExtentSaysSo) {
    const TriangleMesh truth = tube(1.0, 0, 40, 80), found = tube(1.1, 0, 20, 40);
    const SurfaceDistances distances = surfaces_apart(found, truth, ctffr::Run{});
    const auto whole = agreement(distances, SurfaceExtent{});
    EXPECT_GT(whole.max_mm, 19);
    EXPECT_GT(whole.mean_mm, 3);
    SurfaceExtent covered;
    for (const Vec3& p : triangle_middles(truth)) covered.truth.push_back(p.x < 18);
    const auto part = agreement(distances, covered);
    EXPECT_NEAR(part.mean_mm, 0.1, 0.002);
    EXPECT_NEAR(part.max_mm, 0.1, 0.002);
    EXPECT_NEAR(part.true_area_mm2, 2 * pi * 18, 1.5);
    // Found walls beside true ones outside the extent do not count either.
    EXPECT_NEAR(part.found_area_mm2, 2 * pi * 1.1 * 18, 1.5);
}

TEST(SurfaceDistance, MeshDensityPlaysNoPart) {
    // Half of the tube ten times finer than the other: 0.1 mm apart there, 0.3 mm elsewhere.
    TriangleMesh found = tube(1.1, 0, 10, 200, 48);
    const TriangleMesh coarse = tube(1.3, 10, 20, 10, 48);
    const auto shift = static_cast<std::int32_t>(found.points_lps_mm.size());
    found.points_lps_mm.insert(found.points_lps_mm.end(), coarse.points_lps_mm.begin(),
                               coarse.points_lps_mm.end());
    for (std::size_t t = 0; t < coarse.triangles.size(); ++t) {
        found.triangles.push_back(
            {coarse.triangles[t][0] + shift, coarse.triangles[t][1] + shift, coarse.triangles[t][2] + shift});
        found.patch.push_back(coarse.patch[t]);
    }
    const auto a = agreement(surfaces_apart(found, tube(1.0, 0, 20, 40, 192), ctffr::Run{}), SurfaceExtent{});
    EXPECT_NEAR(a.signed_mean_mm, (1.1 * 0.1 + 1.3 * 0.3) / (1.1 + 1.3), 0.006);
}

TEST(SurfaceDistance, WithoutAWallThereIsNoFigure) {
    const auto a =
        agreement(surfaces_apart(TriangleMesh{}, tube(1, 0, 5, 10), ctffr::Run{}), SurfaceExtent{});
    EXPECT_TRUE(std::isnan(a.mean_mm) && std::isnan(a.signed_mean_mm));
}

}  // namespace
}  // namespace ctffr::lumen
