// SPDX-License-Identifier: Apache-2.0
#include "meshing/flow_mesher.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ctffr/core/error.hpp"
#include "ctffr/core/random.hpp"
#include "ctffr/core/units.hpp"
#include "ctffr/parallel/exec.hpp"
#include "meshing/analytic_lumen.hpp"
#include "support/mesh_figures.hpp"

namespace ctffr::test {
namespace {

using namespace ctffr::meshing;

FlowMeshOptions cells(double per_diameter) {
    FlowMeshOptions options;
    options.cells_per_diameter = per_diameter;
    return options;
}

FlowMesh build(const ImplicitLumen& lumen, double per_diameter) {
    return build_flow_mesh(lumen, cells(per_diameter), ctffr::Run{});
}

// `misplaced_per_million`: where levels meet at the wall a sliver of a face may lie a little outside.
void expect_good(const FlowMesh& mesh, double misplaced_per_million) {
    EXPECT_THAT(check(mesh), testing::IsEmpty());
    const FlowMeshQuality quality = quality_of(mesh);
    // Beyond 78 degrees the solver would cut its correction. Slivers where levels meet at the wall come near.
    EXPECT_LT(quality.max_non_orthogonality_deg, 78);
    EXPECT_LE(static_cast<double>(oblique_faces(mesh, 70)), 1e-5 * static_cast<double>(mesh.faces()));
    EXPECT_LT(quality.mean_non_orthogonality_deg, 12);
    EXPECT_LT(quality.max_skewness, 2);
    EXPECT_LE(static_cast<double>(misplaced_faces(mesh)),
              1e-6 * misplaced_per_million * static_cast<double>(mesh.faces()));
}

// The cosine stenosis of Varghese, Frankel, Fischer, J. Fluid Mech. 582 (2007), with half the diameter left.
TubeLumen stenosis(Vec3 direction) {
    return cosine_stenosis_lumen({0.1, 0.2, 0.3}, direction, 1.5, 0.5, 6, -15, 51);
}
// pi R0^2 (60 + 6 x mean of [1 - (1 - cos)/4]^2); the mean is 1 - 1/2 + 3/32.
const double stenosis_mm3 = pi * 2.25 * (60 + 6 * 0.59375);

TEST(FlowMesher, ObliquePipeIsSoundAndHasItsVolumeAndOpenings) {
    const FlowMesh mesh = build(pipe_lumen({1.23, -0.4, 7.7}, {0.3, -0.5, 0.8}, 12, 1.5), 16);
    expect_good(mesh, 0);
    EXPECT_NEAR(volume_mm3(mesh) / (pi * 2.25 * 12), 1.0, 2e-4);
    ASSERT_EQ(mesh.patches.size(), 3U);
    EXPECT_EQ(mesh.patches[0].name, "wall");
    EXPECT_EQ(mesh.patches[1].kind, FlowPatch::Kind::inlet);
    EXPECT_EQ(mesh.patches[2].kind, FlowPatch::Kind::outlet);
    for (const char* name : {"inlet", "outlet"})
        EXPECT_NEAR(patch_area_mm2(mesh, name) / (pi * 2.25), 1.0, 2e-4) << name;
    // Openings are flat: every face has the normal of the plane.
    const Vec3 out = normalized(Vec3{0.3, -0.5, 0.8});
    const FlowPatch& outlet = mesh.patches[2];
    for (Index f = outlet.first_face; f < outlet.first_face + outlet.faces; ++f)
        EXPECT_NEAR(dot(mesh.face_area[static_cast<std::size_t>(f)], out) /
                        norm(mesh.face_area[static_cast<std::size_t>(f)]),
                    1.0, 1e-9);
}

TEST(FlowMesher, VolumeDoesNotDependOnThePlaceOfTheGrid) {
    for (std::uint64_t trial = 0; trial < 6; ++trial) {
        Random random(17, trial);
        const auto draw = [&] {
            const double x = random.uniform(-1, 1), y = random.uniform(-1, 1), z = random.uniform(-1, 1);
            return Vec3{x, y, z};
        };
        const Vec3 origin = draw(), axis = draw();
        const FlowMesh mesh = build(pipe_lumen(origin, axis, 6, 1.5), 12);
        expect_good(mesh, 30);
        EXPECT_NEAR(volume_mm3(mesh) / (pi * 2.25 * 6), 1.0, 3e-4) << trial;
    }
}

TEST(FlowMesher, ChordErrorIsOfFourthOrder) {
    const auto error = [](double n) {
        return std::abs(
            volume_mm3(build(pipe_lumen({0.3, 0.1, 0.2}, {1, 2, 3}, 9, 1.5), n)) / (pi * 2.25 * 9) - 1);
    };
    const double coarse = error(8), fine = error(16);
    EXPECT_LT(coarse, 1e-3);
    // Without compensation the ratio would be 4.
    EXPECT_GT(coarse / fine, 6);
}

TEST(FlowMesher, StenosisHasItsVolumeAndFineCellsInItsThroat) {
    for (const Vec3 direction : {Vec3{0, 0, 1}, Vec3{1, 2, 3}}) {
        const FlowMesh mesh = build(stenosis(direction), 12);
        expect_good(mesh, 30);
        EXPECT_NEAR(volume_mm3(mesh) / stenosis_mm3, 1.0, 2e-4);
        const Vec3 axis = normalized(direction);
        double throat = 0, parent = 0;
        for (std::size_t c = 0; c < mesh.cell_centre.size(); ++c) {
            const Vec3 w = 1e3 * mesh.cell_centre[c] - Vec3{0.1, 0.2, 0.3};
            const double s = dot(w, axis), r = norm(w - s * axis);
            if (std::abs(s - 3) < 0.3 && r < 0.4) throat = std::max(throat, 1e9 * mesh.cell_volume[c]);
            if (s > 20 && s < 40 && r < 0.8) parent = std::max(parent, 1e9 * mesh.cell_volume[c]);
        }
        EXPECT_NEAR(std::cbrt(parent), 3.0 / 12, 1e-6);
        EXPECT_LT(std::cbrt(throat), 1.42 * 1.5 / 12);
        EXPECT_GT(throat, 0);
    }
}

TEST(FlowMesher, EllipticTubeIsResolvedByItsShortAxis) {
    const FlowMesh mesh = build(EllipticLumen({0.1, 0.2, 0.3}, {1, 2, 3}, {1, 0, 0}, 8, 1.8, 1.1), 12);
    expect_good(mesh, 30);
    EXPECT_NEAR(volume_mm3(mesh) / (pi * 1.8 * 1.1 * 8), 1.0, 2e-4);
    EXPECT_NEAR(patch_area_mm2(mesh, "outlet") / (pi * 1.8 * 1.1), 1.0, 3e-4);
}

TEST(FlowMesher, TreeWithStenosisAndSideBranches) {
    const FlowMesh coarse = build(stenosed_tree_lumen(), 8), fine = build(stenosed_tree_lumen(), 12);
    expect_good(coarse, 30), expect_good(fine, 30);
    // A marching-cubes surface of 0.09 mm holds 517.51 mm3; its flat triangles miss about 1/6 (0.09 mm /
    // R)^2.
    EXPECT_NEAR(volume_mm3(fine) / 517.51, 1.0, 1.5e-3);
    EXPECT_NEAR(volume_mm3(coarse) / volume_mm3(fine), 1.0, 5e-4);
    const std::pair<const char*, double> openings[] = {
        {"inlet", 1.75}, {"outlet_main", 1.0}, {"outlet_b1", 1.1}, {"outlet_b2", 0.9}};
    for (const auto& [name, r] : openings)
        EXPECT_NEAR(patch_area_mm2(fine, name) / (pi * r * r), 1.0, 1e-3) << name;
}

TEST(FlowMesher, ForkHasEqualDaughters) {
    const FlowMesh mesh =
        build(symmetric_fork_lumen({1.11, 2.3, -4.1}, {0.2, 0.4, 1}, {1, 0, 0}, 0.6, 1.6, 1.25, 6, 8), 12);
    expect_good(mesh, 30);
    EXPECT_NEAR(patch_area_mm2(mesh, "outlet_a") / (pi * 1.25 * 1.25), 1.0, 5e-4);
    EXPECT_NEAR(patch_area_mm2(mesh, "outlet_a") / patch_area_mm2(mesh, "outlet_b"), 1.0, 1e-4);
}

// Two parallel tubes that overlap a little, with a thin wall in between that the function keeps.
class TouchingTubes : public ImplicitLumen {
   public:
    TouchingTubes() {
        for (int i = 0; i < 2; ++i) {
            const std::string n = std::to_string(i);
            openings_.push_back({"inlet_" + n, true, {0, gap_ * i, 0}, {-1, 0, 0}, 1.2});
            openings_.push_back({"outlet_" + n, false, {6, gap_ * i, 0}, {1, 0, 0}, 1.2});
        }
    }
    Sample sample(Vec3 p) const override {
        const double a = std::hypot(p.y, p.z) - 1.2, b = std::hypot(p.y - gap_, p.z) - 1.2;
        return {std::max(std::min(a, b), 0.5 * (0.15 - std::abs(a - b))), 2.4};
    }
    std::vector<Box> boxes() const override { return {{{-1.5, -1.3, -1.3}, {7.5, gap_ + 1.3, 1.3}}}; }
    const std::vector<Opening>& openings() const override { return openings_; }
    bool leaves_through(std::size_t opening, Vec3 p) const override {
        return (p.y > 0.5 * gap_) == (opening >= 2);
    }

   private:
    static constexpr double gap_ = 2.3;
    std::vector<Opening> openings_;
};

TEST(FlowMesher, TouchingTubesStayApart) {
    const FlowMesh mesh = build(TouchingTubes(), 12);
    EXPECT_THAT(check(mesh), testing::IsEmpty());
    for (std::size_t f = 0; f < mesh.neighbour.size(); ++f) {
        const double a = mesh.cell_centre[static_cast<std::size_t>(mesh.owner[f])].y,
                     b = mesh.cell_centre[static_cast<std::size_t>(mesh.neighbour[f])].y;
        EXPECT_EQ(a < 1.15e-3, b < 1.15e-3);
    }
    EXPECT_NEAR(patch_area_mm2(mesh, "inlet_0") / patch_area_mm2(mesh, "inlet_1"), 1.0, 0.01);
}

TEST(FlowMesher, SameBitsOnOneAndTwoThreads) {
    set_threads(1);
    const FlowMesh one = build(stenosed_tree_lumen(), 8);
    set_threads(2);
    const FlowMesh two = build(stenosed_tree_lumen(), 8);
    EXPECT_EQ(one.points, two.points);
    EXPECT_EQ(one.face_point, two.face_point);
    EXPECT_EQ(one.owner, two.owner);
    EXPECT_EQ(one.neighbour, two.neighbour);
}

TEST(FlowMesher, FacesAndCellsAreInTheOrderSolversWant) {
    const FlowMesh mesh = build(pipe_lumen({0, 0, 0}, {0, 0, 1}, 6, 1.5), 8);
    for (std::size_t f = 0; f < mesh.neighbour.size(); ++f) {
        EXPECT_LT(mesh.owner[f], mesh.neighbour[f]);
        const std::size_t before = f > 0 ? f - 1 : 0;
        EXPECT_LE(std::pair(mesh.owner[before], mesh.neighbour[before]),
                  std::pair(mesh.owner[f], mesh.neighbour[f]));
    }
    // Neighbours in space are neighbours in memory: half of the faces join cells less than 3 % apart.
    std::vector<int> apart;
    for (std::size_t f = 0; f < mesh.neighbour.size(); ++f)
        apart.push_back(mesh.neighbour[f] - mesh.owner[f]);
    std::nth_element(apart.begin(), apart.begin() + static_cast<std::ptrdiff_t>(apart.size() / 2),
                     apart.end());
    EXPECT_LT(apart[apart.size() / 2], 0.03 * static_cast<double>(mesh.cells));
}

std::string message_of(const std::function<void()>& body) {
    try {
        body();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ExitCode::mesh_failed);
        return error.what();
    }
    return "";
}

TEST(FlowMesher, FailuresNameThePlace) {
    const auto tube = [](std::string start, std::string end) {
        return TubeLumen({{{0, 0, 0},
                           {1, 0, 0},
                           0,
                           6,
                           [](double) { return 1.0; },
                           false,
                           std::move(start),
                           std::move(end),
                           {}}},
                         0);
    };
    EXPECT_THAT(message_of([&] { build(tube("a", "b"), 8); }), testing::HasSubstr("no inlet"));
    // A tube that goes on without an opening leaves the region that its boxes cover.
    EXPECT_THAT(message_of([&] { build(tube("inlet", ""), 8); }),
                testing::HasSubstr("needs an opening there"));
    FlowMeshOptions no_layer;
    no_layer.layers = 0;
    EXPECT_THROW(build_flow_mesh(tube("inlet", "out"), no_layer, ctffr::Run{}), Error);
}

}  // namespace
}  // namespace ctffr::test
