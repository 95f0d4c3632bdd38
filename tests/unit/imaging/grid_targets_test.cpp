// SPDX-License-Identifier: Apache-2.0
#include "imaging/grid_targets.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "ctffr/parallel/exec.hpp"

namespace ctffr::imaging {
namespace {

ImageGeometry cube(int n, double spacing_mm) {
    ImageGeometry grid;
    grid.size = {n, n, n};
    grid.spacing_mm = {spacing_mm, spacing_mm, spacing_mm};
    grid.origin_lps_mm = {-3.3, 10.1, 4.7};
    return grid;
}

template <class Value>
ScalarGrid sampled(const ImageGeometry& geometry, const Value& value) {
    ScalarGrid grid{geometry, std::vector<float>(as_size(geometry.size.count()))};
    for (std::size_t i = 0; i < grid.values.size(); ++i)
        grid.values[i] = static_cast<float>(value(grid.position(static_cast<Index>(i))));
    return grid;
}

// Largest error where the true distance is below the reach; every cut value must have the right sign.
template <class Truth>
double worst(const ScalarGrid& solid, double reach, const Truth& truth) {
    const std::vector<float> found = signed_distance(solid, reach, ctffr::Run{});
    double error = 0;
    for (std::size_t i = 0; i < found.size(); ++i) {
        const double t = std::clamp(truth(solid.position(static_cast<Index>(i))), -reach, reach);
        error = std::max(error, std::abs(static_cast<double>(found[i]) - t));
    }
    return error;
}

TEST(SignedDistance, OfASphereFromAFunctionThatIsNoDistance) {
    const ImageGeometry grid = cube(40, 0.8);
    const Vec3 center = grid.lps_from_index({19.3, 20.1, 18.8});
    for (const double radius : {5.0, 10.0}) {
        const auto truth = [&](Vec3 p) { return distance(p, center) - radius; };
        // Squares: slope 2 r at the surface, twice that far out.
        const auto solid =
            sampled(grid, [&](Vec3 p) { return std::pow(distance(p, center), 2) - radius * radius; });
        EXPECT_LT(worst(solid, 4, truth), 0.08);
    }
}

TEST(SignedDistance, OfAnObliquePlane) {
    const ImageGeometry grid = cube(30, 0.8);
    const Vec3 normal = normalized({0.3, -0.8, 0.5}), at = grid.lps_from_index({14.2, 15.3, 14.9});
    // Up to the edge of the grid the plane goes on, its discs do not: look at the middle.
    const auto plane = [&](Vec3 p) { return dot(p - at, normal); };
    const auto solid = sampled(grid, plane);
    const std::vector<float> found = signed_distance(solid, 4, ctffr::Run{});
    double error = 0;
    for (int k = 6; k < 24; ++k)
        for (int j = 6; j < 24; ++j)
            for (int i = 6; i < 24; ++i) {
                const Index v = grid.offset(i, j, k);
                const double t = std::clamp(plane(solid.position(v)), -4.0, 4.0);
                error = std::max(error, std::abs(static_cast<double>(found[as_size(v)]) - t));
            }
    EXPECT_LT(error, 0.08);
}

TEST(SignedDistance, AtCreasesIsWithinHalfAVoxel) {
    // A sphere cut by another, as where one tissue is painted over another.
    const ImageGeometry grid = cube(40, 0.8);
    const Vec3 a = grid.lps_from_index({19.5, 19.5, 19.5}), b = a + Vec3{9, 2, 1};
    const auto solid =
        sampled(grid, [&](Vec3 p) { return std::max(distance(p, a) - 9, 7 - distance(p, b)); });
    const std::vector<float> found = signed_distance(solid, 4, ctffr::Run{});
    // Truth by a dense cloud of the points of both spheres that bound the solid.
    std::vector<Vec3> cloud;
    for (int n = 0; n < 30000; ++n) {
        const double z = 1 - (2 * n + 1) / 30000.0, r = std::sqrt(1 - z * z), phi = 2.399963229728653 * n;
        const Vec3 u{r * std::cos(phi), r * std::sin(phi), z};
        if (distance(a + 9 * u, b) >= 7) cloud.push_back(a + 9 * u);
        if (distance(b + 7 * u, a) <= 9) cloud.push_back(b + 7 * u);
    }
    double error = 0, sum = 0;
    int count = 0;
    for (Index v = 0; v < grid.size.count(); v += 37) {
        double best = 1e9;
        for (const Vec3 p : cloud) best = std::min(best, distance(p, solid.position(v)));
        if (best > 3.9) continue;
        const double off = std::abs(best - std::abs(static_cast<double>(found[as_size(v)])));
        error = std::max(error, off), sum += off, ++count;
    }
    EXPECT_LT(error, 0.4);
    EXPECT_LT(sum / count, 0.03);
}

TEST(SignedDistance, WithoutSurfaceIsTheReach) {
    const ImageGeometry grid = cube(8, 0.8);
    for (const float value : signed_distance(sampled(grid, [](Vec3) { return 3.0; }), 4, ctffr::Run{}))
        ASSERT_EQ(value, 4.0f);
    for (const float value : signed_distance(sampled(grid, [](Vec3) { return -3.0; }), 4, ctffr::Run{}))
        ASSERT_EQ(value, -4.0f);
}

CoronaryTree bent_line(const ImageGeometry& grid) {
    CoronaryTree tree;
    tree.branches.resize(1);
    tree.branches[0].side = Side::right;
    for (const Vec3 at : {Vec3{3.2, 4.1, 5.3}, Vec3{20.4, 6.0, 14.8}, Vec3{21.0, 24.7, 20.2}})
        tree.branches[0].points.push_back({grid.lps_from_index(at), {}, 0, 1});
    return tree;
}

TEST(DistanceToTree, IsThatOfThePieces) {
    const ImageGeometry grid = cube(28, 0.8);
    const CoronaryTree tree = bent_line(grid);
    const std::vector<float> found = distance_to_tree(grid, tree, 4, ctffr::Run{});
    const ScalarGrid frame{grid, {}};
    for (std::size_t i = 0; i < found.size(); i += 11) {
        double best = 4;
        for (int n = 0; n < 2; ++n) {
            const Vec3 a = tree.branches[0].points[as_size(n)].position_lps_mm;
            const Vec3 b = tree.branches[0].points[as_size(n + 1)].position_lps_mm;
            for (int s = 0; s <= 2000; ++s)
                best =
                    std::min(best, distance(lerp(a, b, s / 2000.0), frame.position(static_cast<Index>(i))));
        }
        ASSERT_NEAR(found[i], best, 1e-3);
    }
}

TEST(CenterlineVoxels, AreJoinedAndOfTheirSideAlone) {
    const ImageGeometry grid = cube(28, 0.8);
    const CoronaryTree tree = bent_line(grid);
    const Mask right = centerline_voxels(grid, tree, Side::right);
    const std::vector<float> far = distance_to_tree(grid, tree, 4, ctffr::Run{});
    Index count = 0;
    for (std::size_t i = 0; i < right.size(); ++i) {
        count += right[i];
        if (right[i]) {
            EXPECT_LT(far[i], 0.8 * std::sqrt(0.75) + 1e-3);
        }
    }
    EXPECT_GT(count, 40);
    for (const auto voxel : centerline_voxels(grid, tree, Side::left)) ASSERT_EQ(voxel, 0);
    // Dilated by one voxel it hangs together, voxel by voxel.
    EXPECT_EQ(connected_components(grid.size, dilated(grid, right, 0.9, ctffr::Run{})).size.size(), 2u);
}

}  // namespace
}  // namespace ctffr::imaging
