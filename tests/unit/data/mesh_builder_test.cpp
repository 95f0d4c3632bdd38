// SPDX-License-Identifier: Apache-2.0
#include "ctffr/data/mesh_builder.hpp"

#include <gtest/gtest.h>

#include "ctffr/core/error.hpp"
#include "support/mixed_mesh.hpp"

namespace ctffr {
namespace {

TEST(MeshBuilder, JoinsCellsOfAllShapes) {
    const test::MixedMesh mixed;
    const FlowMesh mesh = mixed.build();
    EXPECT_TRUE(check(mesh).empty()) << check(mesh).front();
    EXPECT_EQ(mesh.cells, 4);
    EXPECT_EQ(mesh.internal_faces(), 3);
    EXPECT_EQ(mesh.faces(), 6 + 5 + 5 + 4 - 3);
    ASSERT_EQ(mesh.patches.size(), 3u);
    EXPECT_EQ(mesh.patches[0].name, "inlet");
    EXPECT_EQ(mesh.patches[1].faces, 1);
    EXPECT_EQ(mesh.patches[2].name, "wall");
    EXPECT_NEAR(mesh.cell_volume[0], 1, 1e-15);
    EXPECT_NEAR(mesh.cell_volume[1], 0.5, 1e-15);
    EXPECT_NEAR(mesh.cell_volume[2], 1.0 / 3, 1e-15);
    EXPECT_NEAR(mesh.cell_volume[3], 1.0 / 6, 1e-15);
}

TEST(MeshBuilder, TurnsCellsThatAreInsideOut) {
    test::MixedMesh mixed;
    std::swap(mixed.cells[3].corners[0], mixed.cells[3].corners[1]);
    mixed.cells[1].corners = {2, 6, 9, 3, 7, 8};
    EXPECT_TRUE(check(mixed.build()).empty());
}

TEST(MeshBuilder, PolyhedraMayComeWithFacesInAnyOrientation) {
    MeshBuilder builder;
    builder.points = {{0, 0, 0}, {1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
    builder.add_polyhedron(std::vector<std::int32_t>{3, 0, 1, 2, 3, 0, 1, 3, 3, 1, 2, 3, 3, 0, 2, 3});
    const FlowMesh mesh = builder.build();
    EXPECT_TRUE(check(mesh).empty());
    EXPECT_NEAR(mesh.cell_volume[0], 1.0 / 6, 1e-15);
}

TEST(MeshBuilder, RefusesWhatIsNoMesh) {
    const auto message = [](auto&& body) -> std::string {
        try {
            body();
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ExitCode::mesh_failed);
            return error.what();
        }
        return "";
    };
    MeshBuilder open;
    open.points = {{0, 0, 0}, {1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
    // The last face is missing, and one stands there twice.
    EXPECT_NE(
        message([&] {
            open.add_polyhedron(std::vector<std::int32_t>{3, 0, 1, 2, 3, 0, 1, 3, 3, 1, 2, 3, 3, 1, 2, 3});
        }).find("do not close"),
        std::string::npos);
    EXPECT_NE(message([&] {
                  open.add_cell(MeshBuilder::Shape::tetra, std::vector<std::int32_t>{0, 1, 2, 9});
              }).find("point 9"),
              std::string::npos);
    EXPECT_NE(message([&] { open.build(); }).find("no volume cells"), std::string::npos);
    test::MixedMesh twice;
    twice.cells.push_back(twice.cells[3]);
    twice.cells.push_back(twice.cells[3]);
    EXPECT_NE(message([&] { twice.build(); }).find("more than two cells"), std::string::npos);
}

}  // namespace
}  // namespace ctffr
