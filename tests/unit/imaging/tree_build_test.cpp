// SPDX-License-Identifier: Apache-2.0
// From a painted fork of vessels to a tree: evidence, paths, centerlines, radii; the same bits on any thread
// count.
#include "imaging/tree_build.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "ctffr/core/random.hpp"
#include "ctffr/parallel/exec.hpp"
#include "imaging/vesselness.hpp"

namespace ctffr::imaging {
namespace {

// A stem along z of radius 1.6 mm that forks at z = 0 into two straight arms of 1.2 mm.
constexpr double stem_mm = 1.6, arm_mm = 1.2;
const Vec3 bottom{0, 0, -16}, fork{0, 0, 0}, left_end{-13, 2, 15}, right_end{13, -2, 15};

double to_segment(Vec3 p, Vec3 a, Vec3 b) {
    const double t = std::clamp(dot(p - a, b - a) / dot(b - a, b - a), 0.0, 1.0);
    return distance(p, lerp(a, b, t));
}
double outside(Vec3 p) {
    return std::min({to_segment(p, bottom, fork) - stem_mm, to_segment(p, fork, left_end) - arm_mm,
                     to_segment(p, fork, right_end) - arm_mm});
}

Volume painted() {
    Volume volume;
    ImageGeometry& g = volume.geometry;
    g.size = {84, 44, 84};
    g.spacing_mm = {0.4, 0.4, 0.45};
    g.origin_lps_mm = {-0.2 * 83, -0.2 * 43, -0.225 * 83};
    std::uint64_t n = 0;
    for (int k = 0; k < g.size.z; ++k)
        for (int j = 0; j < g.size.y; ++j)
            for (int i = 0; i < g.size.x; ++i, ++n) {
                const double d = outside(g.lps_from_index({double(i), double(j), double(k)}));
                volume.hu.push_back(static_cast<std::int16_t>(std::lround(
                    100 + 320 * 0.5 * std::erfc(d / (0.3 * std::sqrt(2.0))) + 20 * normal_at(5, 1, n))));
            }
    return volume;
}

ScanModel model() {
    ScanModel scan;
    scan.blood_hu = 420, scan.blood_sd_hu = 20, scan.noise_sd_hu = 20, scan.myocardium_hu = 100,
    scan.fat_hu = -100;
    return scan;
}

CoronaryTree found_tree(const Volume& volume) {
    const ctffr::Run run;
    const ScalarGrid image = resample(volume, grid_geometry(bounding_box(volume.geometry), 0.5), 1, run);
    const Vesselness v = find_vessels(image, Mask(image.values.size(), 0), model(), {}, run);
    FrontLimits limits;
    limits.max_gap_mm = 6;
    const Front front =
        march(image.geometry, v.speed, v.evidence, {image.voxel_at({0, 0, -14})}, limits, run);
    const std::vector<float> smooth = gaussian(image, 0.5, run).values;
    const auto paths =
        grow_paths(front, {v.evidence, v.evidence, v.radius_mm, smooth, model().blood_hu}, {}, run);
    return build_tree(paths, std::vector<Side>(paths.size(), Side::left), image_probe(volume, model()), {},
                      run);
}

TEST(Tree, OfAForkHasThreeCentredBranches) {
    const CoronaryTree tree = found_tree(painted());
    EXPECT_TRUE(check(tree).empty());
    ASSERT_EQ(tree.branches.size(), 3u);
    EXPECT_EQ(tree.roots().size(), 1u);
    EXPECT_EQ(tree.children_of(0).size(), 2u);
    EXPECT_LT(distance(tree.branches[0].points.back().position_lps_mm, fork), 1.5);
    double worst = 0, sum = 0, count = 0;
    for (const Branch& b : tree.branches)
        for (const CenterlinePoint& p : b.points) {
            // Near the fork the middle is not defined; the arms end in round caps beyond |x| = 13 mm.
            if (norm(p.position_lps_mm - fork) < 3 || std::abs(p.position_lps_mm.x) > 13) continue;
            const double off = std::min({to_segment(p.position_lps_mm, bottom, fork),
                                         to_segment(p.position_lps_mm, fork, left_end),
                                         to_segment(p.position_lps_mm, fork, right_end)});
            worst = std::max(worst, off), sum += off, count += 1;
            if (std::abs(p.position_lps_mm.z) > 4 && std::abs(p.position_lps_mm.z) < 12) {
                EXPECT_NEAR(p.radius_mm, p.position_lps_mm.z < 0 ? stem_mm : arm_mm, 0.2);
            }
        }
    EXPECT_LT(sum / count, 0.12);
    EXPECT_LT(worst, 0.5);
    for (const Branch& b : tree.branches)
        for (std::size_t i = 1; i < b.points.size(); ++i)
            EXPECT_NEAR(b.points[i].arc_mm - b.points[i - 1].arc_mm, 0.5, 0.12);
}

// The way of the second arm meets that of the first 5 mm before the fork, as ways do in a narrow lumen.
TEST(Tree, WhatTwoWaysShareIsOneBranch) {
    const Volume volume = painted();
    const auto way = [](std::initializer_list<Vec3> corners) {
        std::vector<Vec3> line;
        for (auto corner = corners.begin(); corner + 1 != corners.end(); ++corner)
            for (int i = 0; i < 20; ++i) line.push_back(lerp(*corner, *(corner + 1), i / 20.0));
        line.push_back(*(corners.end() - 1));
        return line;
    };
    std::vector<GrownPath> paths(2);
    paths[0].line = way({{0, 0, -14}, fork, lerp(fork, left_end, 0.8)});
    paths[1].line = way({{0, 0, -5}, {0.2, 0, -2.5}, fork, lerp(fork, right_end, 0.8)});
    paths[1].parent = 0;
    const CoronaryTree tree =
        build_tree(paths, {Side::left, Side::left}, image_probe(volume, model()), {}, {});
    EXPECT_TRUE(check(tree).empty());
    ASSERT_EQ(tree.branches.size(), 3u);
    EXPECT_LT(distance(tree.branches[0].points.back().position_lps_mm, fork), 1.5);
    const auto& one = tree.branches[1].points;
    const auto& other = tree.branches[2].points;
    EXPECT_GT(distance(one[4].position_lps_mm, other[4].position_lps_mm), 0.5);
    EXPECT_NEAR(tree.branches[2].length_mm(), 0.8 * distance(fork, right_end), 1.5);
}

TEST(Tree, HasTheSameBitsOnOneAndTwoThreads) {
    const Volume volume = painted();
    set_threads(1);
    const CoronaryTree one = found_tree(volume);
    set_threads(2);
    const CoronaryTree two = found_tree(volume);
    ASSERT_EQ(one.branches.size(), two.branches.size());
    for (std::size_t b = 0; b < one.branches.size(); ++b) {
        ASSERT_EQ(one.branches[b].points.size(), two.branches[b].points.size());
        for (std::size_t i = 0; i < one.branches[b].points.size(); ++i) {
            EXPECT_EQ(one.branches[b].points[i].position_lps_mm, two.branches[b].points[i].position_lps_mm);
            EXPECT_EQ(one.branches[b].points[i].radius_mm, two.branches[b].points[i].radius_mm);
        }
    }
}

}  // namespace
}  // namespace ctffr::imaging
