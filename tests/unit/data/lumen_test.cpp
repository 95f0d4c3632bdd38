// SPDX-License-Identifier: Apache-2.0
#include "ctffr/data/lumen.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "ctffr/core/units.hpp"

namespace ctffr {
namespace {

LumenSection ellipse(double a, double b, int angles) {
    LumenSection section;
    for (int i = 0; i < angles; ++i) {
        const double t = 2 * pi * i / angles;
        section.radius_mm.push_back(static_cast<float>(a * b / std::hypot(b * std::cos(t), a * std::sin(t))));
    }
    return section;
}

TEST(LumenSection, AreaAndDiametersOfAnEllipse) {
    const LumenSection section = ellipse(2.0, 1.0, 128);
    EXPECT_NEAR(polygon_area_mm2(section), 2 * pi, 2 * pi * 2e-3);
    EXPECT_NEAR(equivalent_radius_mm(section), std::sqrt(2.0), 2e-3);
    EXPECT_NEAR(min_diameter_mm(section), 2, 5e-3);
    EXPECT_NEAR(max_diameter_mm(section), 4, 5e-3);
}

TEST(LumenSection, AreaConvergesWithSecondOrder) {
    const double coarse = std::abs(polygon_area_mm2(ellipse(1.5, 1.5, 32)) - pi * 2.25);
    const double fine = std::abs(polygon_area_mm2(ellipse(1.5, 1.5, 64)) - pi * 2.25);
    EXPECT_GT(std::log2(coarse / fine), 1.95);
}

// Normal at the end of a helix, sampled with so many points.
Vec3 transported_normal(int points) {
    Branch branch;
    const double radius = 20, pitch = 5;
    for (int i = 0; i < points; ++i) {
        const double t = 4.0 * i / (points - 1);
        CenterlinePoint point;
        point.position_lps_mm = {radius * std::cos(t), radius * std::sin(t), pitch * t};
        point.tangent = normalized({-radius * std::sin(t), radius * std::cos(t), pitch});
        branch.points.push_back(point);
    }
    return frames_along(branch).back().normal;
}

TEST(FramesAlong, ConvergesWithFourthOrderOnAHelix) {
    // The error of the double reflection is of fourth order in the step (Wang 2008, section 4.3).
    const Vec3 exact = transported_normal(2561);
    const double coarse = distance(transported_normal(21), exact),
                 fine = distance(transported_normal(41), exact);
    EXPECT_LT(fine, 1e-5);
    EXPECT_NEAR(std::log2(coarse / fine), 4, 0.3);
}

TEST(FramesAlong, TurnsAgainstTheTorsion) {
    // A rotation-minimising frame turns by minus the integrated torsion against the Frenet frame:
    // torsion of a helix = pitch / (radius^2 + pitch^2), arc length = 4 sqrt(radius^2 + pitch^2).
    const double radius = 20, pitch = 5, speed = std::hypot(radius, pitch);
    const auto frenet_angle = [&](double t, Vec3 normal) {
        const Vec3 inward{-std::cos(t), -std::sin(t), 0};
        const Vec3 tangent = normalized({-radius * std::sin(t), radius * std::cos(t), pitch});
        return std::atan2(dot(normal, cross(tangent, inward)), dot(normal, inward));
    };
    Branch branch;
    branch.points.resize(2);
    branch.points[0].tangent = normalized({0, radius, pitch});
    branch.points[0].position_lps_mm = {radius, 0, 0};
    branch.points[1] = branch.points[0];
    branch.points[1].position_lps_mm.y = 1e-9;
    const Vec3 first = frames_along(branch)[0].normal;
    const double turned = frenet_angle(4, transported_normal(2561)) - frenet_angle(0, first);
    EXPECT_NEAR(std::remainder(turned + pitch / (speed * speed) * 4 * speed, 2 * pi), 0, 1e-6);
}

TriangleMesh tetrahedron() {
    TriangleMesh mesh;
    mesh.points_lps_mm = {{0, 0, 0}, {1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
    mesh.triangles = {{0, 2, 1}, {0, 1, 3}, {0, 3, 2}, {1, 2, 3}};
    mesh.patch = {0, 0, 0, 0};
    return mesh;
}

TEST(TriangleMesh, VolumeAndClosure) {
    TriangleMesh mesh = tetrahedron();
    EXPECT_NEAR(enclosed_volume_mm3(mesh), 1.0 / 6, 1e-15);
    EXPECT_EQ(open_edges(mesh), 0);
    mesh.triangles.pop_back();
    EXPECT_EQ(open_edges(mesh), 3);
}

TEST(LumenSurface, CheckNamesWhatIsBroken) {
    LumenSurface lumen;
    lumen.mesh = tetrahedron();
    EXPECT_TRUE(check(lumen).empty());
    std::swap(lumen.mesh.triangles[0][0], lumen.mesh.triangles[0][1]);
    lumen.mesh.patch.pop_back();
    const auto broken = check(lumen);
    ASSERT_EQ(broken.size(), 2u);
    EXPECT_NE(broken[1].find("not closed: 3 edges"), std::string::npos) << broken[1];
}

}  // namespace
}  // namespace ctffr
