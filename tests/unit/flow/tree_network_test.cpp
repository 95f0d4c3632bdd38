// SPDX-License-Identifier: Apache-2.0
#include "flow/tree_network.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace ctffr {
namespace {

// 20 mm straight, then an arc of the given radius; points 0.5 mm apart.
CoronaryTree bent_tree(double radius_mm, int points) {
    CoronaryTree tree;
    Branch branch;
    branch.id = 0, branch.parent = -1;
    for (int i = 0; i < points; ++i) {
        CenterlinePoint point;
        point.arc_mm = 0.5 * i;
        const double on = point.arc_mm - 20, angle = on / radius_mm;
        point.position_lps_mm = on <= 0
                                    ? Vec3{0, 0, on}
                                    : Vec3{radius_mm * (1 - std::cos(angle)), 0, radius_mm * std::sin(angle)};
        branch.points.push_back(point);
    }
    tree.branches.push_back(branch);
    return tree;
}

NetworkBranch network_branch(const CoronaryTree& tree) {
    const std::vector<std::vector<double>> ones{std::vector<double>(tree.branches[0].points.size(), 1.0)};
    return network_of(tree, ones, ones, Hyperaemia{}).branches[0];
}

TEST(TreeNetwork, CurvatureIsThatOfTheArc) {
    const NetworkBranch branch = network_branch(bent_tree(18, 141));
    ASSERT_EQ(branch.curvature.size(), 141u);
    EXPECT_NEAR(branch.curvature[0], 0, 1e-9);
    EXPECT_NEAR(branch.curvature[28], 0, 1e-6);            // 6 mm before the arc
    EXPECT_NEAR(branch.curvature[40], 1e3 / 18 / 2, 1.5);  // half a chord on either side
    for (std::size_t i = 51; i < 141; ++i) EXPECT_NEAR(branch.curvature[i], 1e3 / 18, 0.3) << i;
}

TEST(TreeNetwork, ShortBranchesHaveACurvature) {
    for (int points : {2, 3, 10}) {
        const NetworkBranch branch = network_branch(bent_tree(18, points));
        for (double c : branch.curvature) EXPECT_NEAR(c, 0, 1e-6);
    }
}

}  // namespace
}  // namespace ctffr
