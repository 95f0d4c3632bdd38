// SPDX-License-Identifier: Apache-2.0
#include "meshes/analytic/box.hpp"

#include <gtest/gtest.h>

namespace ctffr {
namespace {

void expect_valid(const FlowMesh& mesh) {
    const auto broken = check(mesh);
    EXPECT_TRUE(broken.empty()) << broken.front();
}

TEST(BoxMesh, HasItsCountsAndKeepsItsVolumeWhenDistorted) {
    const FlowMesh mesh = box_mesh(4, 5, 6, {{-1, 0, 2}, {1, 3, 6}, 0.3, 7});
    expect_valid(mesh);
    EXPECT_EQ(mesh.cells, 120);
    EXPECT_EQ(mesh.points.size(), 5u * 6 * 7);
    EXPECT_EQ(mesh.internal_faces(), 3 * 5 * 6 + 4 * 4 * 6 + 4 * 5 * 5);
    ASSERT_EQ(mesh.patches.size(), 6u);
    EXPECT_EQ(mesh.patches[0].name, "xmin");
    EXPECT_EQ(mesh.patches[0].faces, 30);
    EXPECT_NEAR(mesh.face_area[static_cast<std::size_t>(mesh.patches[5].first_face)].z, 2.0 / 4 * 3.0 / 5,
                0.2);
    EXPECT_NEAR(quality_of(mesh).volume, 24, 1e-12);
    EXPECT_GT(quality_of(mesh).max_non_orthogonality_deg, 10);
    const FlowMesh again = box_mesh(4, 5, 6, {{-1, 0, 2}, {1, 3, 6}, 0.3, 7});
    EXPECT_EQ(mesh.points, again.points);
    EXPECT_NE(mesh.points, box_mesh(4, 5, 6, {{-1, 0, 2}, {1, 3, 6}, 0.3, 8}).points);
}

TEST(BoxMesh, CellsRunWithXFastest) {
    const FlowMesh mesh = box_mesh(3, 2, 2);
    EXPECT_NEAR(distance(mesh.cell_centre[1], {0.5, 0.25, 0.25}), 0, 1e-14);
    EXPECT_NEAR(distance(mesh.cell_centre[3], {1.0 / 6, 0.75, 0.25}), 0, 1e-14);
}

TEST(PolyhedralBox, SplitCellsMakePolyhedraOfTheirNeighbours) {
    // One cell in the middle of 3 x 3 x 3 is split.
    const auto middle = [](Vec3 u) { return distance(u, {0.5, 0.5, 0.5}) < 0.1; };
    const FlowMesh mesh = polyhedral_box_mesh(3, 3, 3, middle);
    expect_valid(mesh);
    EXPECT_EQ(mesh.cells, 26 + 8);
    EXPECT_EQ(mesh.points.size(), 64u + 27 - 8);
    // 54 faces between the 27 cells, 6 of them in four, and 12 inside the split one.
    EXPECT_EQ(mesh.internal_faces(), 54 + 6 * 3 + 12);
    EXPECT_NEAR(quality_of(mesh).volume, 1, 1e-13);
    std::size_t most = 0;
    for (Index f = 0; f < mesh.faces(); ++f)
        most = std::max<std::size_t>(
            most, static_cast<std::size_t>(mesh.face_start[static_cast<std::size_t>(f) + 1] -
                                           mesh.face_start[static_cast<std::size_t>(f)]));
    EXPECT_EQ(most, 5u);  // one hanging point, in faces that touch an edge of the split cell
}

TEST(PolyhedralBox, StaysClosedWhenDistorted) {
    const auto checkerboard = [](Vec3 u) { return (int(u.x * 6) + int(u.y * 6) + int(u.z * 6)) % 2 == 0; };
    for (const FlowMesh& mesh : {polyhedral_box_mesh(6, 6, 6, checkerboard, {{0, 0, 0}, {1, 1, 1}, 0.25, 3}),
                                 polyhedral_box_mesh(10, 8, 9, {{0, 0, 0}, {1, 1, 1}, 0.25, 3})}) {
        expect_valid(mesh);
        EXPECT_NEAR(quality_of(mesh).volume, 1, 1e-12);
        EXPECT_LT(quality_of(mesh).max_openness, 1e-13);
    }
}

TEST(Cavity, IsOneCellThickWithAMovingLid) {
    const FlowMesh mesh = cavity_mesh(8, 0.1);
    expect_valid(mesh);
    ASSERT_EQ(mesh.patches.size(), 4u);
    EXPECT_EQ(mesh.patches[0].name, "wall");
    EXPECT_EQ(mesh.patches[0].faces, 24);
    EXPECT_EQ(mesh.patches[1].name, "lid");
    for (Index f = mesh.patches[1].first_face; f < mesh.patches[1].first_face + 8; ++f)
        EXPECT_NEAR(mesh.face_centre[static_cast<std::size_t>(f)].y, 0.1, 1e-15);
    EXPECT_EQ(mesh.patches[3].kind, FlowPatch::Kind::symmetry);
}

}  // namespace
}  // namespace ctffr
