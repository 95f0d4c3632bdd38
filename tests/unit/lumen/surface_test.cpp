// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "ctffr/core/run.hpp"
#include "lumen/build_surface.hpp"
#include "lumen/manifold.hpp"
#include "unit/lumen/tubes.hpp"

namespace ctffr::test {
namespace {

LumenSurface build(const CoronaryTree& tree, const lumen::SurfaceOptions& options = {}) {
    LumenSurface lumen = circular_lumen(tree);
    lumen::build_surface(lumen, tree, options, ctffr::Run{});
    return lumen;
}

void expect_clean(const LumenSurface& lumen, int components, std::size_t caps) {
    EXPECT_TRUE(check(lumen).empty());
    EXPECT_EQ(open_edges(lumen.mesh), 0);
    const lumen::Topology topology = lumen::topology_of(lumen.mesh);
    EXPECT_EQ(topology.components, components);
    EXPECT_EQ(topology.handles, 0);
    EXPECT_EQ(lumen.caps.size(), caps);
}

// Area of the cut of the mesh with the plane through `center`, by summing triangle cuts near the plane.
double cut_area(const TriangleMesh& mesh, Vec3 center, Vec3 normal, double within_mm) {
    double twice = 0;
    for (const auto& t : mesh.triangles) {
        Vec3 in[3];
        int n = 0;
        for (std::size_t k = 0; k < 3; ++k) {
            const Vec3 a = mesh.points_lps_mm[static_cast<std::size_t>(t[k])];
            const Vec3 b = mesh.points_lps_mm[static_cast<std::size_t>(t[(k + 1) % 3])];
            const double ha = dot(a - center, normal), hb = dot(b - center, normal);
            if ((ha < 0) != (hb < 0) && n < 2) in[n++] = lerp(a, b, ha / (ha - hb));
        }
        if (n == 2 && distance(in[0], center) < within_mm)
            twice += std::abs(dot(cross(in[0] - center, in[1] - center), normal));
    }
    return 0.5 * twice;
}

TEST(LumenSurface, StraightObliqueTubeHasAnalyticVolumeAndAreas) {
    for (double r : {0.35, 0.75, 1.5, 2.5}) {
        CoronaryTree tree;
        const Vec3 axis = normalized(Vec3{0.3, -0.5, 0.8});
        tree.branches.push_back(make_branch(
            0, -1, 12,
            [&](double s) {
                return Vec3{10, 20, -30} + s * axis;
            },
            [&](double) { return r; }));
        const LumenSurface lumen = build(tree);
        expect_clean(lumen, 1, 2);
        EXPECT_NEAR(enclosed_volume_mm3(lumen.mesh) / (pi * r * r * 12), 1.0, 0.002) << r;
        for (const Cap& cap : lumen.caps) EXPECT_NEAR(cap.area_mm2 / (pi * r * r), 1.0, 0.005) << r;
        for (double s : {3.0, 6.1, 9.3})
            EXPECT_NEAR(cut_area(lumen.mesh, Vec3{10, 20, -30} + s * axis, axis, 3 * r) / (pi * r * r), 1.0,
                        0.005)
                << r;
        EXPECT_NEAR(dot(lumen.caps[0].normal, axis), -1.0, 1e-9);
        EXPECT_TRUE(lumen.caps[0].inlet);
        EXPECT_EQ(lumen.caps[0].name, "inlet_left");
        EXPECT_EQ(lumen.caps[1].name, "outlet_branch0");
        EXPECT_LT(distance(lumen.caps[0].center_lps_mm, Vec3{10, 20, -30}), 0.01);
    }
}

TEST(LumenSurface, ThroatOfAThirdOfAMillimetreKeepsItsArea) {
    CoronaryTree tree;
    const auto radius = [](double s) {
        return 1.5 - (1.5 - 0.175) * std::exp(-0.5 * std::pow((s - 8) / 1.5, 2));
    };
    tree.branches.push_back(make_branch(
        0, -1, 16,
        [](double s) {
            return Vec3{0.1, 0.2, s};
        },
        radius));
    const LumenSurface lumen = build(tree);
    expect_clean(lumen, 1, 2);
    EXPECT_NEAR(cut_area(lumen.mesh, {0.1, 0.2, 8.0}, {0, 0, 1}, 1.0) / (pi * 0.175 * 0.175), 1.0, 0.02);
    double volume = 0;
    for (int i = 0; i < 1600; ++i) volume += 0.01 * pi * std::pow(radius(0.01 * i + 0.005), 2);
    EXPECT_NEAR(enclosed_volume_mm3(lumen.mesh) / volume, 1.0, 0.005);
}

TEST(LumenSurface, BentAndTaperedTubesKeepTheirVolume) {
    // Torus piece: Pappus gives the volume exactly.
    CoronaryTree bend;
    const double bend_radius = 6, r = 1.6, length = 12;
    bend.branches.push_back(make_branch(
        0, -1, length,
        [&](double s) {
            return Vec3{bend_radius * std::cos(s / bend_radius), 3.0,
                        bend_radius * std::sin(s / bend_radius)};
        },
        [&](double) { return r; }));
    const LumenSurface bent = build(bend);
    expect_clean(bent, 1, 2);
    EXPECT_NEAR(enclosed_volume_mm3(bent.mesh) / (pi * r * r * length), 1.0, 0.005);

    CoronaryTree cone;
    cone.branches.push_back(make_branch(
        0, -1, 20,
        [](double s) {
            return Vec3{s, 0, 0};
        },
        [](double s) { return 2.0 - 0.07 * s; }));
    const LumenSurface tapered = build(cone);
    expect_clean(tapered, 1, 2);
    EXPECT_NEAR(enclosed_volume_mm3(tapered.mesh) / (pi / 3 * 20 * (4 + 2 * 0.6 + 0.36)), 1.0, 0.005);
    EXPECT_NEAR(tapered.caps[1].area_mm2 / (pi * 0.36), 1.0, 0.01);
}

CoronaryTree y_tree(double half_angle, double r0, double r1, double r2) {
    CoronaryTree tree;
    tree.branches.push_back(make_branch(
        0, -1, 10,
        [](double s) {
            return Vec3{0, 0, s};
        },
        [=](double) { return r0; }));
    const double c = std::cos(half_angle), t = std::sin(half_angle);
    tree.branches.push_back(make_branch(
        1, 0, 12,
        [=](double s) {
            return Vec3{t * s, 0, 10 + c * s};
        },
        [=](double) { return r1; }));
    tree.branches.push_back(make_branch(
        2, 0, 12,
        [=](double s) {
            return Vec3{-t * s, 0, 10 + c * s};
        },
        [=](double) { return r2; }));
    return tree;
}

TEST(LumenSurface, BifurcationIsOneSmoothBody) {
    for (double angle : {0.25, 0.5, 1.2}) {
        const CoronaryTree tree = y_tree(angle, 2.0, 1.6, 1.3);
        const LumenSurface lumen = build(tree);
        expect_clean(lumen, 1, 3);
        EXPECT_NEAR(lumen.caps[1].area_mm2 / (pi * 1.6 * 1.6), 1.0, 0.01) << angle;
        EXPECT_NEAR(lumen.caps[2].area_mm2 / (pi * 1.3 * 1.3), 1.0, 0.01) << angle;
        // The daughters' volume outside the parent's end is between the largest single tube and the sum of
        // tubes.
        const double sum = pi * (4 * 10 + 1.6 * 1.6 * 12 + 1.3 * 1.3 * 12);
        EXPECT_LT(enclosed_volume_mm3(lumen.mesh), sum);
        EXPECT_GT(enclosed_volume_mm3(lumen.mesh), 0.8 * sum);
    }
}

TEST(LumenSurface, SegmentBordersLeaveNoTrace) {
    // One straight tube cut into two branches must be the same tube.
    CoronaryTree tree;
    tree.branches.push_back(make_branch(
        0, -1, 7,
        [](double s) {
            return Vec3{s, 0, 0};
        },
        [](double) { return 1.4; }));
    tree.branches.push_back(make_branch(
        1, 0, 6,
        [](double s) {
            return Vec3{7 + s, 0, 0};
        },
        [](double) { return 1.4; }));
    const LumenSurface lumen = build(tree);
    expect_clean(lumen, 1, 2);
    for (double x : {6.5, 7.0, 7.5})
        EXPECT_NEAR(cut_area(lumen.mesh, {x, 0, 0}, {1, 0, 0}, 3) / (pi * 1.4 * 1.4), 1.0, 0.005);
}

TEST(LumenSurface, TubesThatTouchButAreNotJoinedStayApart) {
    // Two trees whose tubes overlap by 0.1 mm along 10 mm.
    CoronaryTree tree;
    tree.branches.push_back(make_branch(
        0, -1, 12,
        [](double s) {
            return Vec3{s, 0, 0};
        },
        [](double) { return 1.2; }));
    tree.branches.push_back(make_branch(
        1, -1, 12,
        [](double s) {
            return Vec3{s, 2.3, 0.0};
        },
        [](double) { return 1.2; }));
    tree.branches[1].side = Side::right;
    const LumenSurface lumen = build(tree);
    expect_clean(lumen, 2, 4);
    const double volume = 2 * pi * 1.2 * 1.2 * 12;
    EXPECT_NEAR(enclosed_volume_mm3(lumen.mesh) / volume, 1.0, 0.03);
    EXPECT_LT(enclosed_volume_mm3(lumen.mesh), volume);
}

TEST(LumenSurface, EndsBeforeAnOcclusionAndLeavesOutATreeWithoutFlow) {
    CoronaryTree tree = y_tree(0.5, 2.0, 1.6, 1.3);
    const double whole = enclosed_volume_mm3(build(tree).mesh);
    const Branch alone = tree.branches[0];
    // A blind end: the inlet and the other branch stay open.
    const double length = tree.branches[2].length_mm();
    tree.branches[2].flags.push_back({BranchFlag::Kind::occluded, 0.5 * length, 0.7 * length, ""});
    const LumenSurface blind = build(tree);
    EXPECT_EQ(blind.caps.size(), 2u);
    EXPECT_EQ(lumen::topology_of(blind.mesh).components, 1);
    EXPECT_LT(enclosed_volume_mm3(blind.mesh), 0.95 * whole);
    // A second tree that is occluded at its beginning is not there.
    Branch other = alone;
    other.id = 3, other.side = Side::right;
    for (CenterlinePoint& p : other.points) p.position_lps_mm += Vec3{0, 40, 0};
    other.flags = {{BranchFlag::Kind::occluded, 0, 5, ""}};
    tree.branches.push_back(other);
    const LumenSurface one = build(tree);
    EXPECT_EQ(one.caps.size(), 2u);
    EXPECT_EQ(lumen::topology_of(one.mesh).components, 1);
    // Nothing is left.
    tree.branches[0].flags.push_back({BranchFlag::Kind::occluded, 0, 1, ""});
    EXPECT_THROW(build(tree), Error);
}

TEST(LumenSurface, RejectsSectionsThatDoNotFitTheTree) {
    const CoronaryTree tree = y_tree(0.5, 2.0, 1.6, 1.3);
    LumenSurface lumen = circular_lumen(tree);
    lumen.branches.pop_back();
    EXPECT_THROW(lumen::build_surface(lumen, tree, {}, ctffr::Run{}), Error);
    lumen = circular_lumen(tree);
    lumen.branches[1].sections[3].radius_mm[4] = std::nanf("");
    EXPECT_THROW(lumen::build_surface(lumen, tree, {}, ctffr::Run{}), Error);
}

}  // namespace
}  // namespace ctffr::test
