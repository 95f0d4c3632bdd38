// SPDX-License-Identifier: Apache-2.0
#include "ctffr/data/triangle_tree.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "ctffr/core/random.hpp"

namespace ctffr {
namespace {

// The cube [0, 1]^3 with outward triangles.
TriangleTree cube() {
    std::vector<Vec3> points;
    for (int n = 0; n < 8; ++n) points.push_back({double(n & 1), double(n >> 1 & 1), double(n >> 2)});
    return {points,
            {{0, 2, 3},
             {0, 3, 1},
             {4, 5, 7},
             {4, 7, 6},
             {0, 1, 5},
             {0, 5, 4},
             {2, 6, 7},
             {2, 7, 3},
             {0, 4, 6},
             {0, 6, 2},
             {1, 3, 7},
             {1, 7, 5}}};
}

TEST(TriangleTree, SignedDistanceToACubeIsExact) {
    const TriangleTree tree = cube();
    Random random(2);
    for (int n = 0; n < 2000; ++n) {
        const Vec3 p{random.uniform(-1, 2), random.uniform(-1, 2), random.uniform(-1, 2)};
        const Vec3 d{std::abs(p.x - 0.5) - 0.5, std::abs(p.y - 0.5) - 0.5, std::abs(p.z - 0.5) - 0.5};
        const double outside = norm({std::max(d.x, 0.0), std::max(d.y, 0.0), std::max(d.z, 0.0)});
        const double expected = outside > 0 ? outside : std::max({d.x, d.y, d.z});
        ASSERT_NEAR(tree.signed_distance(p), expected, 1e-12);
    }
}

TEST(TriangleTree, NamesTheTriangleAsTheCallerNumberedIt) {
    const TriangleTree tree = cube();
    for (std::int32_t t = 0; t < 12; ++t) {
        const auto& v = tree.triangles()[static_cast<std::size_t>(t)];
        Vec3 middle;
        for (std::int32_t p : v) middle += tree.points()[static_cast<std::size_t>(p)] / 3;
        EXPECT_EQ(tree.nearest(middle).triangle, t);
        EXPECT_EQ(tree.nearest(middle).feature, 0);
    }
}

TEST(TriangleTree, WithoutTrianglesThereIsNothingNear) {
    const TriangleTree none;
    EXPECT_TRUE(none.empty());
    EXPECT_EQ(none.nearest({0, 0, 0}).triangle, -1);
    EXPECT_EQ(TriangleTree({{0, 0, 0}}, {}).nearest({0, 0, 0}).triangle, -1);
}

}  // namespace
}  // namespace ctffr
