// SPDX-License-Identifier: Apache-2.0
#include "lumen/measured.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <gtest/gtest.h>

#include "lumen/build_surface.hpp"
#include "lumen/paint.hpp"
#include "unit/lumen/tubes.hpp"

namespace ctffr::test {
namespace {

CoronaryTree y_tree() {
    CoronaryTree tree;
    tree.branches.push_back(make_branch(
        0, -1, 12,
        [](double s) {
            return Vec3{0, 0, s};
        },
        [](double) { return 1.8; }));
    tree.branches.push_back(make_branch(
        1, 0, 14,
        [](double s) {
            return Vec3{0.4 * s, 0, 12 + 0.9 * s};
        },
        [](double) { return 1.5; }));
    tree.branches.push_back(make_branch(
        2, 0, 14,
        [](double s) {
            return Vec3{-0.6 * s, 0, 12 + 0.8 * s};
        },
        [](double) { return 1.1; }));
    for (Branch& branch : tree.branches) branch.side = Side::right;
    return tree;
}

LumenSurface surface_of(const CoronaryTree& tree) {
    LumenSurface lumen = circular_lumen(tree);
    lumen::build_surface(lumen, tree, {}, ctffr::Run{});
    return lumen;
}

// Largest relative radius error away from bifurcation and ends.
double worst_radius_error(const CoronaryTree& found, const CoronaryTree& truth, double clear_mm) {
    double worst = 0;
    for (std::size_t b = 0; b < truth.branches.size(); ++b)
        for (std::size_t i = 0; i < truth.branches[b].points.size(); ++i) {
            const CenterlinePoint& point = truth.branches[b].points[i];
            if (point.arc_mm < clear_mm || truth.branches[b].length_mm() - point.arc_mm < clear_mm) continue;
            worst = std::max(worst, std::abs(found.branches[b].points[i].radius_mm / point.radius_mm - 1));
        }
    return worst;
}

TEST(LumenFromSurface, KeepsAClosedSurfaceAndNamesItsFlatEnds) {
    const CoronaryTree tree = y_tree();
    const LumenSurface given = surface_of(tree);
    const lumen::Measured measured = lumen::measure_surface(given.mesh, tree, 32, ctffr::Run{});
    EXPECT_TRUE(measured.remarks.empty()) << measured.remarks.front();
    EXPECT_TRUE(check(measured.lumen).empty());
    EXPECT_NEAR(enclosed_volume_mm3(measured.lumen.mesh), enclosed_volume_mm3(given.mesh), 1e-3);
    ASSERT_EQ(measured.lumen.caps.size(), 3U);
    EXPECT_EQ(measured.lumen.caps[0].name, "inlet_right");
    for (std::size_t c = 0; c < 3; ++c)
        EXPECT_NEAR(measured.lumen.caps[c].area_mm2 / given.caps[c].area_mm2, 1, 0.01);
    EXPECT_LT(worst_radius_error(measured.tree, tree, 5.0), 0.01);
}

TEST(LumenFromSurface, ClosesOpenEndsWeldsPointsAndTurnsAnInsideOutSurface) {
    const CoronaryTree tree = y_tree();
    const LumenSurface given = surface_of(tree);
    // As an STL file has it: every triangle with its own points, no caps, normals inward.
    TriangleMesh soup;
    for (std::size_t f = 0; f < given.mesh.triangles.size(); ++f) {
        if (given.mesh.patch[f] != 0) continue;
        const auto n = static_cast<std::int32_t>(soup.points_lps_mm.size());
        for (std::int32_t v : given.mesh.triangles[f])
            soup.points_lps_mm.push_back(given.mesh.points_lps_mm[static_cast<std::size_t>(v)]);
        soup.triangles.push_back({n, n + 2, n + 1});
    }
    const lumen::Measured measured = lumen::measure_surface(soup, tree, 32, ctffr::Run{});
    EXPECT_TRUE(check(measured.lumen).empty());
    EXPECT_EQ(open_edges(measured.lumen.mesh), 0);
    EXPECT_NEAR(enclosed_volume_mm3(measured.lumen.mesh), enclosed_volume_mm3(given.mesh), 0.01);
    ASSERT_EQ(measured.lumen.caps.size(), 3U);
    for (const Cap& cap : measured.lumen.caps) {
        const auto same = std::find_if(given.caps.begin(), given.caps.end(),
                                       [&](const Cap& other) { return other.name == cap.name; });
        ASSERT_NE(same, given.caps.end()) << cap.name;
        EXPECT_NEAR(cap.area_mm2 / same->area_mm2, 1, 0.01);
        EXPECT_GT(dot(cap.normal, same->normal), 0.999);
    }
    ASSERT_EQ(measured.remarks.size(), 1U);
}

TEST(LumenFromSurface, RefusesASurfaceElsewhereAndATornOne) {
    const CoronaryTree tree = y_tree();
    TriangleMesh moved = surface_of(tree).mesh;
    for (Vec3& p : moved.points_lps_mm) p += Vec3{80, 0, 0};
    EXPECT_THROW(lumen::measure_surface(moved, tree, 32, ctffr::Run{}), Error);
    // A second sheet on one edge cannot be closed.
    TriangleMesh torn = surface_of(tree).mesh;
    torn.points_lps_mm.push_back({0, 0, 50});
    const auto extra = static_cast<std::int32_t>(torn.points_lps_mm.size()) - 1;
    torn.triangles.push_back({torn.triangles[0][0], torn.triangles[0][1], extra});
    torn.patch.push_back(0);
    EXPECT_THROW(lumen::measure_surface(torn, tree, 32, ctffr::Run{}), Error);
}

Segmentation grid_of(const CoronaryTree& tree, double spacing) {
    Segmentation mask;
    Vec3 low{1e9, 1e9, 1e9}, high{-1e9, -1e9, -1e9};
    for (const Branch& branch : tree.branches)
        for (const CenterlinePoint& point : branch.points)
            for (int k = 0; k < 3; ++k) {
                low[k] = std::min(low[k], point.position_lps_mm[k] - 4);
                high[k] = std::max(high[k], point.position_lps_mm[k] + 4);
            }
    mask.geometry.spacing_mm = {spacing, spacing, spacing};
    mask.geometry.origin_lps_mm = low;
    mask.geometry.size = {static_cast<int>((high.x - low.x) / spacing),
                          static_cast<int>((high.y - low.y) / spacing),
                          static_cast<int>((high.z - low.z) / spacing)};
    mask.labels.assign(static_cast<std::size_t>(mask.geometry.size.count()), 0);
    return mask;
}

TEST(PaintCoronaries, FillsTheVolumeOfTheLumenWithTheSideOfItsTree) {
    const CoronaryTree tree = y_tree();
    const LumenSurface lumen = surface_of(tree);
    Segmentation mask = grid_of(tree, 0.25);
    lumen::paint(mask, lumen, tree);
    const auto right =
        std::count(mask.labels.begin(), mask.labels.end(), static_cast<std::uint8_t>(Label::coronary_right));
    EXPECT_NEAR(static_cast<double>(right) * 0.25 * 0.25 * 0.25 / enclosed_volume_mm3(lumen.mesh), 1.0, 0.01);
    EXPECT_EQ(
        std::count(mask.labels.begin(), mask.labels.end(), static_cast<std::uint8_t>(Label::coronary_left)),
        0);
}

TEST(LumenFromMask, MeasuresRadiiToAFractionOfAVoxel) {
    const CoronaryTree tree = y_tree();
    Segmentation mask = grid_of(tree, 0.4);
    lumen::paint(mask, surface_of(tree), tree);
    const lumen::Measured measured = lumen::measure_mask(mask, tree, 32, ctffr::Run{});
    EXPECT_LT(worst_radius_error(measured.tree, tree, 5.0), 0.05);
    double mean = 0;
    int n = 0;
    for (std::size_t b = 0; b < 3; ++b)
        for (std::size_t i = 12; i + 6 < tree.branches[b].points.size(); ++i, ++n)
            mean += measured.tree.branches[b].points[i].radius_mm / tree.branches[b].points[i].radius_mm - 1;
    EXPECT_NEAR(mean / n, 0.0, 0.015);
    // Rays into the other branch are marked.
    const auto& at_fork = measured.lumen.branches[1].sections[2].open;
    EXPECT_GT(std::accumulate(at_fork.begin(), at_fork.end(), 0), 0);
}

TEST(LumenFromMask, RefusesAMaskElsewhere) {
    const CoronaryTree tree = y_tree();
    const Segmentation empty = grid_of(tree, 0.4);
    EXPECT_THROW(lumen::measure_mask(empty, tree, 32, ctffr::Run{}), Error);
}

}  // namespace
}  // namespace ctffr::test
