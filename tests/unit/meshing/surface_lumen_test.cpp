// SPDX-License-Identifier: Apache-2.0
#include "meshing/surface_lumen.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "ctffr/core/error.hpp"
#include "ctffr/core/random.hpp"
#include "ctffr/core/units.hpp"

namespace ctffr::test {
namespace {

using namespace ctffr::meshing;

// A prism of n sides and radius 1 along x from 0 to 4, patches 1 and 2 at its ends.
TriangleMesh prism(int n) {
    TriangleMesh mesh;
    for (int end = 0; end < 2; ++end)
        for (int i = 0; i < n; ++i)
            mesh.points_lps_mm.push_back({4.0 * end, std::cos(2 * pi * i / n), std::sin(2 * pi * i / n)});
    mesh.points_lps_mm.push_back({0, 0, 0}), mesh.points_lps_mm.push_back({4, 0, 0});
    const auto add = [&](int a, int b, int c, int patch) {
        mesh.triangles.push_back({a, b, c}), mesh.patch.push_back(patch);
    };
    for (int i = 0; i < n; ++i) {
        const int j = (i + 1) % n;
        add(i, j, n + i, 0), add(j, n + j, n + i, 0);
        add(2 * n, j, i, 1), add(2 * n + 1, n + i, n + j, 2);
    }
    return mesh;
}

SurfaceLumen lumen_of(const TriangleMesh& mesh) {
    return {mesh,
            {{"inlet", true, {0, 0, 0}, {-1, 0, 0}, 1}, {"outlet", false, {4, 0, 0}, {1, 0, 0}, 1}},
            1.5,
            [](Vec3) { return 2.0; }};
}

TEST(SurfaceLumen, DistanceToASquareTubeIsExactInsideOutsideAndBeyondTheOpenings) {
    // Four sides: a square tube with half width 1 / sqrt(2).
    const SurfaceLumen lumen = lumen_of(prism(4));
    Random random(5);
    for (int i = 0; i < 500; ++i) {
        const Vec3 p{random.uniform(-0.5, 4.5), random.uniform(-1.5, 1.5), random.uniform(-1.5, 1.5)};
        // Turned by 45 degrees the sides are at +-w.
        const double w = std::sqrt(0.5), u = w * (p.y + p.z), v = w * (p.y - p.z);
        const double du = std::abs(u) - w, dv = std::abs(v) - w;
        double expected = du > 0 && dv > 0 ? std::hypot(du, dv) : std::max(du, dv);
        // Inside, the far ends of the extensions (x = -1.5 and 5.5) are never nearer here.
        EXPECT_NEAR(lumen.value(p), expected, 1e-12);
    }
    EXPECT_TRUE(lumen.leaves_through(1, {4.5, 0.5, 0}));
    EXPECT_FALSE(lumen.leaves_through(0, {4.5, 0.5, 0}));
}

TEST(SurfaceLumen, SaysWhereTheSurfaceIsOpen) {
    TriangleMesh mesh = prism(12);
    mesh.triangles.pop_back(), mesh.patch.pop_back();
    EXPECT_THROW(lumen_of(mesh), Error);
}

}  // namespace
}  // namespace ctffr::test
