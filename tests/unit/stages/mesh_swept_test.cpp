// SPDX-License-Identifier: Apache-2.0
// The swept mesh of one vessel: shape against formulas, refusals, and the flow against that on the octree
// mesh.
#include <cmath>
#include <cstdio>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ctffr/core/error.hpp"
#include "ctffr/core/units.hpp"
#include "ctffr/stages/flow.hpp"
#include "ctffr/stages/flow3d.hpp"
#include "ctffr/stages/lumen.hpp"
#include "ctffr/stages/mesh.hpp"
#include "support/mesh_figures.hpp"
#include "support/round_lumen.hpp"
#include "unit/lumen/tubes.hpp"

namespace ctffr::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

MeshOptions cells(double per_diameter) {
    MeshOptions options;
    options.cells_per_diameter = per_diameter;
    return options;
}

// A quarter of a circle of `bend_mm` after 6 mm straight on, then 6 mm more.
Vec3 bent(double s, double bend_mm) {
    const double arc = bend_mm * pi / 2, angle = std::clamp((s - 6) / bend_mm, 0.0, pi / 2);
    const Vec3 on_arc{bend_mm * (1 - std::cos(angle)), 0, bend_mm * std::sin(angle)};
    const double beyond = s < 6 ? s - 6 : std::max(0.0, s - 6 - arc);
    return on_arc + beyond * Vec3{std::sin(angle), 0, std::cos(angle)};
}

CoronaryTree bent_tree(double bend_mm, const std::function<double(double)>& radius) {
    CoronaryTree tree;
    tree.branches.push_back(make_branch(
        0, -1, 12 + bend_mm * pi / 2, [=](double s) { return bent(s, bend_mm); }, radius));
    tree.branches[0].segment = Segment::p_rca;
    return tree;
}

// Lumen whose polygons are fine enough to stand for circles.
LumenSurface lumen_of(const CoronaryTree& tree) {
    LumenSurface lumen = circular_lumen(tree, 48);
    for (LumenBranch& branch : lumen.branches)
        for (LumenSection& section : branch.sections) section.area_mm2 = polygon_area_mm2(section);
    build_lumen_surface(lumen, tree, {}, ctffr::Run{});
    return lumen;
}

TEST(SweptMeshStage, StraightTubeHasTheVolumeAndTheOpeningsOfItsFormula) {
    const CoronaryTree tree = straight_tree(20, 1.5);
    const LumenSurface lumen = lumen_of(tree);
    const FlowMesh mesh = run_swept_mesh(lumen, tree, {0}, cells(16), ctffr::Run{});
    EXPECT_THAT(check(mesh), IsEmpty());
    const double area = pi * 1.5 * 1.5;
    EXPECT_NEAR(volume_mm3(mesh) / (20 * area), 1, 1e-5);
    ASSERT_EQ(mesh.patches.size(), 3U);
    EXPECT_NEAR(patch_area_mm2(mesh, lumen.caps[0].name) / area, 1, 1e-5);
    EXPECT_NEAR(patch_area_mm2(mesh, lumen.caps[1].name) / area, 1, 1e-5);
    EXPECT_EQ(mesh.patches[0].kind, FlowPatch::Kind::inlet);
    EXPECT_EQ(mesh.patches[2].kind, FlowPatch::Kind::wall);
    EXPECT_LT(quality_of(mesh).max_non_orthogonality_deg, 40);
}

TEST(SweptMeshStage, BentTubeHasTheVolumeOfPappusAndMoreCellsComeCloser) {
    const CoronaryTree tree = bent_tree(8, [](double) { return 1.5; });
    const LumenSurface lumen = lumen_of(tree);
    const double exact = pi * 1.5 * 1.5 * (12 + 8 * pi / 2);
    const FlowMesh mesh = run_swept_mesh(lumen, tree, {0}, cells(16), ctffr::Run{});
    EXPECT_THAT(check(mesh), IsEmpty());
    EXPECT_NEAR(volume_mm3(mesh) / exact, 1, 1e-3);
    EXPECT_NEAR(volume_mm3(mesh) / enclosed_volume_mm3(lumen.mesh), 1, 2e-3);
    EXPECT_GT(run_swept_mesh(lumen, tree, {0}, cells(24), ctffr::Run{}).cells, 3 * mesh.cells);
}

TEST(SweptMeshStage, VesselOfATreeGoesThroughItsJointsWithSideBranchesClosed) {
    const CoronaryTree tree = small_tree();
    const LumenSurface lumen = round_lumen(tree);
    for (int end : {1, 2}) {
        const FlowMesh mesh = run_swept_mesh(lumen, tree, {0, end}, cells(12), ctffr::Run{});
        EXPECT_THAT(check(mesh), IsEmpty());
        double area = 0;  // by sections, less those at the joint, which are the narrower branch's
        for (int b : {0, end}) {
            const auto& sections = lumen.branches[static_cast<std::size_t>(b)].sections;
            for (std::size_t i = 0; i + 1 < sections.size(); ++i)
                area += 0.5 * (sections[i].area_mm2 + sections[i + 1].area_mm2) *
                        (sections[i + 1].arc_mm - sections[i].arc_mm);
        }
        EXPECT_NEAR(volume_mm3(mesh) / area, 1, 0.03) << end;
        EXPECT_EQ(mesh.patches.size(), 3U);
    }
    // Cut before the end: an outlet without a cap.
    const FlowMesh main = run_swept_mesh(lumen, tree, {0}, cells(12), ctffr::Run{});
    EXPECT_EQ(main.patches[1].name, "outlet");
}

std::string refusal(const std::function<void()>& make, ExitCode code) {
    try {
        make();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), code);
        return error.what();
    }
    return "none";
}

TEST(SweptMeshStage, RefusesWhereSectionsCrossAndNamesThePlace) {
    const CoronaryTree tree = bent_tree(1.4, [](double) { return 1.5; });
    LumenSurface lumen = circular_lumen(tree);  // no surface: such a tube meets itself
    const std::string said =
        refusal([&] { run_swept_mesh(lumen, tree, {0}, cells(16), ctffr::Run{}); }, ExitCode::mesh_failed);
    EXPECT_THAT(said, HasSubstr("pRCA"));
    EXPECT_THAT(said, testing::ContainsRegex("cross-sections [567]\\.[0-9] and [678]\\."));  // mm: the bend
    EXPECT_THAT(said, HasSubstr("turns"));
}

TEST(SweptMeshStage, RefusesBranchesThatAreNoVessel) {
    const CoronaryTree tree = small_tree();
    const LumenSurface lumen = round_lumen(tree);
    const auto of = [&](std::vector<int> branches) {
        return refusal([&] { run_swept_mesh(lumen, tree, branches, cells(16), ctffr::Run{}); },
                       ExitCode::usage);
    };
    EXPECT_THAT(of({1, 2}), HasSubstr("Branch 1"));
    EXPECT_THAT(of({0, 7}), HasSubstr("Branch 7"));
    EXPECT_THAT(of({}), HasSubstr("at least one"));
}

TEST(SweptMeshStage, RefusesALumenWithoutSections) {
    const CoronaryTree tree = straight_tree(10, 1.5);
    LumenSurface lumen = lumen_of(tree);
    const auto said = [&] {
        return refusal([&] { run_swept_mesh(lumen, tree, {0}, cells(16), ctffr::Run{}); },
                       ExitCode::mesh_failed);
    };
    lumen.branches[0].sections[3].radius_mm.resize(2);
    EXPECT_THAT(said(), HasSubstr("has 2 radii"));
    lumen.branches.clear();
    EXPECT_THAT(said(), HasSubstr("branch 0"));
}

// The cross-check: nothing is common to the two meshers but the sections. A curved vessel with a throat of 30
// % by diameter, behind which the flow comes to rest.
TEST(SweptMeshStage, StenosedBendGivesTheFfrOfTheOctreeMesh) {
    const CoronaryTree tree = bent_tree(10, [](double s) {
        return (1.6 - 0.3 * s / 27.7) * (1 - 0.3 * std::exp(-std::pow((s - 14) / 2, 2)));
    });
    const LumenSurface lumen = lumen_of(tree);
    FlowProblem problem = run_boundary(tree, lumen, {}, {}, {}, ctffr::Run{});
    const FlowSolution reduced = run_solve_reduced(tree, lumen, problem, {}, ctffr::Run{});
    const auto outlet_ffr = [&](const FlowMesh& mesh) {
        const SteadyFlow flow = run_solve_steady(tree, lumen, mesh, {}, problem, reduced, {}, ctffr::Run{});
        EXPECT_EQ(flow.solution.unsteadiness, 0);
        const double ffr = flow.solution.pressure[0].back() / problem.hyperaemia.aortic_pressure;
        std::printf("%ld cells: FFR %.4f at the outlet, %d iterations, flow %.3f mL/s\n",
                    static_cast<long>(mesh.cells), ffr, flow.solution.status.iterations,
                    1e6 * flow.solution.outlet_flow[0]);
        return ffr;
    };
    std::printf("reduced: FFR %.4f\n", reduced.pressure[0].back() / problem.hyperaemia.aortic_pressure);
    const double octree = outlet_ffr(run_mesh(lumen, tree, cells(12), ctffr::Run{}));
    const double swept = outlet_ffr(run_swept_mesh(lumen, tree, {0}, cells(20), ctffr::Run{}));
    EXPECT_LT(octree, 0.95);  // there is a drop to agree about
    EXPECT_NEAR(swept, octree, 0.005);
}

}  // namespace
}  // namespace ctffr::test
