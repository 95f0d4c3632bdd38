// SPDX-License-Identifier: Apache-2.0
#include "ctffr/data/mesh_patches.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "ctffr/core/error.hpp"
#include "meshes/analytic/box.hpp"
#include "meshes/analytic/recipes.hpp"

namespace ctffr {
namespace {

// All boundary faces in one patch without a telling name.
FlowMesh nameless(FlowMesh mesh) {
    const auto outer = static_cast<std::size_t>(mesh.faces() - mesh.internal_faces());
    regroup_boundary(mesh, std::vector<std::int32_t>(outer, 0), {{"rest", FlowPatch::Kind::wall, 0, 0}});
    return mesh;
}

TEST(MeshPatches, FlatEndsOfTubesAreFound) {
    StenosisTube cone;
    cone.eccentricity = 1;
    for (const FlowMesh& mesh : {pipe_mesh(0.5), stenosis_mesh(0.5, cone), dean_bend_mesh(0.5)}) {
        FlowMesh bare = nameless(mesh);
        ASSERT_EQ(bare.patches.size(), 1u);
        EXPECT_TRUE(check(bare).empty());
        patches_from_shape(bare);
        settle_patch_kinds(bare, "");
        EXPECT_TRUE(check(bare).empty());
        ASSERT_EQ(bare.patches.size(), 3u);
        EXPECT_EQ(bare.patches[0].name, "wall");
        EXPECT_EQ(bare.patches[0].faces, mesh.patches[2].faces);
        EXPECT_EQ(bare.patches[1].faces, mesh.patches[0].faces);
        EXPECT_EQ(int(bare.patches[1].kind == FlowPatch::Kind::inlet) +
                      int(bare.patches[2].kind == FlowPatch::Kind::inlet),
                  1);
    }
}

TEST(MeshPatches, TheInletCanBeChosen) {
    FlowMesh mesh = nameless(pipe_mesh(0.5));
    patches_from_shape(mesh);
    settle_patch_kinds(mesh, "cap_2");
    EXPECT_EQ(mesh.patches[1].kind, FlowPatch::Kind::outlet);
    EXPECT_EQ(mesh.patches[2].kind, FlowPatch::Kind::inlet);
    EXPECT_THROW(settle_patch_kinds(mesh, "cap_7"), Error);
}

TEST(MeshPatches, ABoundaryWithoutFlatEndsIsRefused) {
    FlowMesh ball = box_mesh(6, 6, 6, {{-1, -1, -1}, {1, 1, 1}});
    for (Vec3& p : ball.points) {
        const double reach = std::max({std::abs(p.x), std::abs(p.y), std::abs(p.z)});
        if (reach > 0) p = reach * normalized(p);
    }
    compute_geometry(ball);
    ball = nameless(ball);
    EXPECT_THROW(patches_from_shape(ball), Error);
}

TEST(MeshPatches, NamesSayTheKind) {
    EXPECT_EQ(kind_from_name("Inlet_left"), FlowPatch::Kind::inlet);
    EXPECT_EQ(kind_from_name("outlet_LAD"), FlowPatch::Kind::outlet);
    EXPECT_EQ(kind_from_name("WALL"), FlowPatch::Kind::wall);
    EXPECT_EQ(kind_from_name("frontAndBack"), FlowPatch::Kind::symmetry);
    EXPECT_FALSE(kind_from_name("face_3"));
}

}  // namespace
}  // namespace ctffr
