// SPDX-License-Identifier: Apache-2.0
#include "ctffr/stages/mesh.hpp"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ctffr/core/error.hpp"
#include "ctffr/core/units.hpp"
#include "ctffr/stages/lumen.hpp"
#include "unit/lumen/tubes.hpp"

namespace ctffr::test {
namespace {

// Left main into LAD (stenosed) and LCX.
CoronaryTree small_tree() {
    CoronaryTree tree;
    const auto straight = [](Vec3 start, Vec3 way) {
        return [=](double s) { return start + s * normalized(way); };
    };
    tree.branches.push_back(
        make_branch(0, -1, 12, straight({0, 0, 0}, {1, -0.2, -0.3}), [](double s) { return 2.1 - s / 120; }));
    const Vec3 fork = tree.branches[0].points.back().position_lps_mm;
    tree.branches.push_back(make_branch(1, 0, 22, straight(fork, {0.7, -0.7, -0.5}), [](double s) {
        return (1.7 - 0.3 * s / 22) * (1 - 0.45 * std::exp(-std::pow((s - 11) / 2, 2)));
    }));
    tree.branches.push_back(
        make_branch(2, 0, 18, straight(fork, {0.7, 0.7, -0.4}), [](double s) { return 1.6 - 0.3 * s / 18; }));
    return tree;
}

LumenSurface lumen_of(const CoronaryTree& tree) {
    LumenSurface lumen = circular_lumen(tree);
    build_lumen_surface(lumen, tree, {}, ctffr::Run{});
    return lumen;
}

MeshOptions coarse() {
    MeshOptions options;
    options.cells_per_diameter = 8;
    return options;
}

double volume_mm3(const FlowMesh& mesh) { return 1e9 * quality_of(mesh).volume; }

TEST(MeshStage, ForkWithStenosisHasTheCapsOfItsLumen) {
    const CoronaryTree tree = small_tree();
    const LumenSurface lumen = lumen_of(tree);
    const FlowMesh mesh = run_mesh(lumen, tree, coarse(), ctffr::Run{});
    EXPECT_THAT(check(mesh), testing::IsEmpty());
    EXPECT_NEAR(volume_mm3(mesh) / enclosed_volume_mm3(lumen.mesh), 1.0, 2e-3);
    ASSERT_EQ(mesh.patches.size(), lumen.caps.size() + 1);
    for (std::size_t c = 0; c < lumen.caps.size(); ++c) {
        EXPECT_EQ(mesh.patches[c + 1].name, lumen.caps[c].name);
        EXPECT_EQ(mesh.patches[c + 1].kind == FlowPatch::Kind::inlet, lumen.caps[c].inlet);
        // In metres, at the place of the cap.
        const auto f = static_cast<std::size_t>(mesh.patches[c + 1].first_face);
        EXPECT_LT(distance(1e3 * mesh.face_centre[f], lumen.caps[c].center_lps_mm), 2.5);
        EXPECT_NEAR(dot(1e3 * mesh.face_centre[f] - lumen.caps[c].center_lps_mm, lumen.caps[c].normal), 0,
                    1e-9);
    }
    EXPECT_LT(quality_of(mesh).max_non_orthogonality_deg, 75);
}

TEST(MeshStage, CapNearABifurcationMovesOut) {
    CoronaryTree tree = small_tree();
    // The LCX is cut short: 3 mm of a tube of 3.2 mm diameter.
    Branch& stub = tree.branches[2];
    stub.points.resize(7);
    update_arc_and_tangents(stub);
    const LumenSurface lumen = lumen_of(tree);
    MeshOptions extended = coarse();
    extended.cap_extension_diameters = 1;
    const FlowMesh plain = run_mesh(lumen, tree, coarse(), ctffr::Run{});
    const FlowMesh longer = run_mesh(lumen, tree, extended, ctffr::Run{});
    const Cap& cap = lumen.caps[2];
    const double by = 2 * std::sqrt(cap.area_mm2 / pi);
    EXPECT_NEAR(volume_mm3(longer) - volume_mm3(plain), by * cap.area_mm2, 0.02 * by * cap.area_mm2);
    const auto f = static_cast<std::size_t>(longer.patches[3].first_face);
    EXPECT_NEAR(dot(1e3 * longer.face_centre[f] - cap.center_lps_mm, cap.normal), by, 1e-9);
}

TEST(MeshStage, UsersSurfaceIsMeshedAsItIs) {
    const CoronaryTree tree = small_tree();
    const LumenSurface made = lumen_of(tree);
    const LumenResult user = run_lumen_from_surface(made.mesh, tree, {}, ctffr::Run{});
    ASSERT_EQ(user.lumen.method, "user surface");
    const FlowMesh mesh = run_mesh(user.lumen, user.tree, coarse(), ctffr::Run{});
    EXPECT_THAT(check(mesh), testing::IsEmpty());
    EXPECT_NEAR(volume_mm3(mesh) / enclosed_volume_mm3(made.mesh), 1.0, 2e-3);
    EXPECT_EQ(mesh.patches.size(), 4U);
}

TEST(MeshStage, SaysWhichCapDoesNotBelongToTheTree) {
    const CoronaryTree tree = small_tree();
    LumenSurface lumen = lumen_of(tree);
    lumen.caps[1].branch = 0;
    try {
        run_mesh(lumen, tree, coarse(), ctffr::Run{});
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ExitCode::mesh_failed);
        EXPECT_THAT(error.what(), testing::HasSubstr(lumen.caps[1].name));
    }
}

TEST(MeshStage, RefusesAMeshThatDoesNotHoldTheLumen) {
    const CoronaryTree tree = small_tree();
    LumenSurface lumen = lumen_of(tree);
    for (Vec3& p : lumen.mesh.points_lps_mm) p = 1.01 * p;  // 3 % more volume than the sections have
    try {
        run_mesh(lumen, tree, coarse(), ctffr::Run{});
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ExitCode::mesh_failed);
        EXPECT_THAT(error.what(), testing::HasSubstr("mm3"));
    }
}

}  // namespace
}  // namespace ctffr::test
