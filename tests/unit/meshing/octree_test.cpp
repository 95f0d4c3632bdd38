// SPDX-License-Identifier: Apache-2.0
#include "meshing/octree.hpp"

#include <gtest/gtest.h>

#include "meshing/analytic_lumen.hpp"

namespace ctffr::test {
namespace {

using namespace ctffr::meshing;

TEST(Octree, LeavesFollowTheDiameterAndDifferByOneLevel) {
    const TubeLumen lumen = stenosed_tree_lumen();
    const double n = 8, spacing = 3.5 / n;
    const Octree octree(lumen, {n, spacing, 2 * spacing}, ctffr::Run{});
    int checked = 0, splits = 0;
    for (std::int32_t i = 0; i < octree.nodes(); ++i) {
        const Octree::Node& node = octree.node(i);
        if (node.kind == Octree::Kind::outside) continue;
        if (node.kind != Octree::Kind::split) {
            const double side = octree.side_mm(node);
            const auto sample = lumen.sample(octree.point(node.at) + 0.5 * side * Vec3{1, 1, 1});
            // Well inside one tube; the balance may make leaves finer, never coarser.
            if (sample.value_mm < -0.4) {
                EXPECT_LT(side / (sample.diameter_mm / n), 1.6);
                ++checked;
            }
            continue;
        }
        ++splits;
        // Around a split node nothing is coarser than the node itself.
        const std::int32_t u = Octree::units(node);
        for (int k = 0; k < 27; ++k) {
            const Place at{node.at[0] + u * (k % 3 - 1), node.at[1] + u * (k / 3 % 3 - 1),
                           node.at[2] + u * (k / 9 - 1)};
            const std::int32_t other = octree.find(at, node.level);
            if (other < 0 || octree.node(other).kind == Octree::Kind::outside) continue;
            EXPECT_EQ(octree.node(other).level, node.level);
        }
    }
    EXPECT_GT(checked, 1000);
    EXPECT_GT(splits, 100);
}

TEST(Octree, PointsOfTheLumenLieInLeaves) {
    const TubeLumen lumen = pipe_lumen({0.2, 0.1, 0}, {1, 1, 0}, 6, 1.5);
    const Octree octree(lumen, {8, 3.0 / 8, 0.75}, ctffr::Run{});
    // Points of the axis lie in a leaf that is not outside, found by its place.
    for (double s = 0.1; s < 6; s += 0.1) {
        const Vec3 p = Vec3{0.2, 0.1, 0} + s * normalized(Vec3{1, 1, 0});
        const double unit = octree.side_mm(octree.node(0)) / Octree::root_units;
        const Vec3 w = (p - octree.point({0, 0, 0})) / unit;
        const std::int32_t leaf = octree.find(
            {static_cast<std::int32_t>(w.x), static_cast<std::int32_t>(w.y), static_cast<std::int32_t>(w.z)},
            Octree::max_level);
        ASSERT_GE(leaf, 0);
        EXPECT_NE(octree.node(leaf).kind, Octree::Kind::outside);
        EXPECT_NE(octree.node(leaf).kind, Octree::Kind::split);
    }
}

}  // namespace
}  // namespace ctffr::test
