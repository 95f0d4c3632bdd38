// SPDX-License-Identifier: Apache-2.0
#include "meshes/analytic/recipes.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "ctffr/core/units.hpp"

namespace ctffr {
namespace {

double patch_area(const FlowMesh& mesh, const std::string& name) {
    double area = 0;
    for (const FlowPatch& patch : mesh.patches)
        if (patch.name == name)
            for (Index f = patch.first_face; f < patch.first_face + patch.faces; ++f)
                area += norm(mesh.face_area[static_cast<std::size_t>(f)]);
    return area;
}

// Area of the regular polygon with n corners on the circle, over the area of the circle.
double polygon_ratio(int n) { return n / (2 * pi) * std::sin(2 * pi / n); }

void expect_valid(const FlowMesh& mesh) {
    const auto broken = check(mesh);
    EXPECT_TRUE(broken.empty()) << broken.front();
    for (Index f = 0; f < mesh.internal_faces(); ++f) {
        const auto k = static_cast<std::size_t>(f);
        ASSERT_LT(mesh.owner[k], mesh.neighbour[k]);
        if (f > 0) {
            ASSERT_LE(mesh.owner[k - 1], mesh.owner[k]);
        }
    }
}

TEST(StenosisRecipe, HasTheCountsAndTheVolumeOfItsFamily) {
    const FlowMesh mesh = stenosis_mesh(1);
    expect_valid(mesh);
    EXPECT_EQ(mesh.cells, 63360);
    EXPECT_EQ(mesh.points.size(), 66913u);
    EXPECT_EQ(mesh.internal_faces(), 186672);
    ASSERT_EQ(mesh.patches.size(), 3u);
    EXPECT_EQ(mesh.patches[0].faces, 528);
    EXPECT_EQ(mesh.patches[2].faces, 5760);
    // Volume of the tube with round sections 449.290 mm3.
    EXPECT_NEAR(quality_of(mesh).volume / (449.290e-9 * polygon_ratio(48)), 1, 1e-4);
    // The same recipe meshed by OpenFOAM v1912's blockMesh, points written with 10 digits.
    EXPECT_NEAR(quality_of(mesh).volume, 4.48008146424e-07, 1e-15);
    EXPECT_NEAR(quality_of(mesh).max_non_orthogonality_deg, 35.9169, 1e-3);
    EXPECT_EQ(stenosis_mesh(0.5).cells, 132 * 60);
}

TEST(StenosisRecipe, WallPointsLieOnTheRadius) {
    for (double eccentricity : {0.0, 1.0}) {
        StenosisTube shape;
        shape.eccentricity = eccentricity;
        const FlowMesh mesh = stenosis_mesh(0.5, shape);
        expect_valid(mesh);
        const FlowPatch& wall = mesh.patches[2];
        for (Index f = wall.first_face; f < wall.first_face + wall.faces; ++f)
            for (std::int32_t k = mesh.face_start[static_cast<std::size_t>(f)];
                 k < mesh.face_start[static_cast<std::size_t>(f) + 1]; ++k) {
                const Vec3 p =
                    mesh.points[static_cast<std::size_t>(mesh.face_point[static_cast<std::size_t>(k)])];
                const double radius = cosine_stenosis_radius_m(p.z, 1.5e-3, 6e-3, 0.5);
                ASSERT_NEAR(std::hypot(p.x - eccentricity * (1.5e-3 - radius), p.y), radius, 1e-15);
            }
    }
}

TEST(EllipseRecipe, HasTheAreaOfItsPolygon) {
    const FlowMesh mesh = ellipse_mesh(1);
    expect_valid(mesh);
    EXPECT_NEAR(patch_area(mesh, "inlet"), pi * 2e-3 * 1e-3 * polygon_ratio(48), 1e-17);
    EXPECT_NEAR(quality_of(mesh).volume, pi * 2e-6 * polygon_ratio(48) * 10e-3, 1e-19);
}

// Pappus: the volume of a bend is section times the path of its centroid. Chords of the path in 94 steps.
TEST(DeanRecipe, HasTheVolumeOfPappus) {
    const FlowMesh mesh = dean_bend_mesh(1);
    expect_valid(mesh);
    const double section = pi * 1.5e-3 * 1.5e-3 * polygon_ratio(48), bend = pi * 15e-3;
    const int steps = 94;
    const double step = pi / steps;
    EXPECT_NEAR(quality_of(mesh).volume / (section * (30e-3 + bend * std::sin(step) / step)), 1, 2e-4);
    // Half a turn in the plane x-z: the outlet looks along -z, at x = twice the bend radius.
    const FlowPatch& outlet = mesh.patches[1];
    Vec3 area;
    double x = 0;
    for (Index f = outlet.first_face; f < outlet.first_face + outlet.faces; ++f) {
        area += mesh.face_area[static_cast<std::size_t>(f)];
        x += mesh.face_centre[static_cast<std::size_t>(f)].x / static_cast<double>(outlet.faces);
    }
    EXPECT_NEAR(area.z, -section, 1e-15);
    EXPECT_NEAR(std::hypot(area.x, area.y), 0, 1e-15);
    EXPECT_NEAR(x, 30e-3, 1e-9);
}

TEST(NozzleRecipe, HasTheVolumesOfItsPartsAndAStep) {
    const FlowMesh mesh = fda_nozzle_mesh(0.5);
    expect_valid(mesh);
    const double pipe = 36e-6, throat = 4e-6, ratio = pi;  // the polygons have the area of the circle
    const double cone = 22.685e-3 / 3 * (pipe + throat + std::sqrt(pipe * throat));
    EXPECT_NEAR(quality_of(mesh).volume / (ratio * (pipe * 270e-3 + cone + throat * 40e-3)), 1, 1e-9);
    EXPECT_NEAR(patch_area(mesh, "outlet"), ratio * pipe, 1e-15);
    double step = 0;
    for (Index f = mesh.patches[2].first_face; f < mesh.faces(); ++f)
        if (std::abs(mesh.face_centre[static_cast<std::size_t>(f)].z) < 1e-9)
            step += norm(mesh.face_area[static_cast<std::size_t>(f)]);
    EXPECT_NEAR(step, ratio * (pipe - throat), 1e-15);
}

TEST(SweptTube, FollowsACurveInSpace) {
    using namespace meshing;
    SweptTube tube;
    std::vector<Vec3> helix;
    for (int i = 0; i <= 40; ++i)
        helix.push_back({10e-3 * std::cos(0.1 * i), 10e-3 * std::sin(0.1 * i), 0.5e-3 * i});
    tube.curve = polyline_curve(helix);
    for (int i = 0; i <= 80; ++i) tube.stations_m.push_back(0.5e-3 * i);
    tube.radius_m = [](double s, double theta) { return 1.5e-3 + 0.2e-3 * std::cos(2 * theta + 100 * s); };
    tube.core = 6, tube.ring = 4;
    expect_valid(swept_mesh(tube));
    const std::vector<Frame> frames = frames_along(tube.curve, tube.stations_m);
    // Rotation-minimising: the change of the normal has no part along the binormal (third order in the step).
    for (std::size_t i = 1; i < frames.size(); ++i)
        EXPECT_NEAR(dot(frames[i].normal - frames[i - 1].normal, frames[i].binormal), 0, 2e-3);
}

}  // namespace
}  // namespace ctffr
