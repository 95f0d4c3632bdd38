// SPDX-License-Identifier: Apache-2.0
#include "ctffr/data/mesh_regions.hpp"

#include <gtest/gtest.h>

#include "support/box_mesh.hpp"

namespace ctffr {
namespace {

// Two boxes side by side without a common face; boundary faces by patch, each first of one, then of the
// other.
FlowMesh two_boxes(const FlowMesh& a, const FlowMesh& b, Vec3 shift) {
    FlowMesh mesh;
    mesh.cells = a.cells + b.cells;
    mesh.points = a.points;
    for (Vec3 p : b.points) mesh.points.push_back(p + shift);
    const auto add = [&](const FlowMesh& from, Index first, Index last, bool second) {
        for (Index f = first; f < last; ++f) {
            for (std::int32_t k = from.face_start[f]; k < from.face_start[f + 1]; ++k)
                mesh.face_point.push_back(from.face_point[k] +
                                          (second ? static_cast<int>(a.points.size()) : 0));
            mesh.face_start.push_back(static_cast<std::int32_t>(mesh.face_point.size()));
            mesh.owner.push_back(from.owner[f] + (second ? static_cast<int>(a.cells) : 0));
            if (f < from.internal_faces())
                mesh.neighbour.push_back(from.neighbour[f] + (second ? static_cast<int>(a.cells) : 0));
        }
    };
    add(a, 0, a.internal_faces(), false);
    add(b, 0, b.internal_faces(), true);
    for (std::size_t q = 0; q < a.patches.size(); ++q) {
        FlowPatch patch = a.patches[q];
        patch.first_face = mesh.faces();
        add(a, a.patches[q].first_face, a.patches[q].first_face + a.patches[q].faces, false);
        if (q != 1) add(b, b.patches[q].first_face, b.patches[q].first_face + b.patches[q].faces, true);
        patch.faces = mesh.faces() - patch.first_face;
        mesh.patches.push_back(patch);
        if (q != 1) continue;
        patch.name = "only second";
        patch.first_face = mesh.faces();
        add(b, b.patches[q].first_face, b.patches[q].first_face + b.patches[q].faces, true);
        patch.faces = mesh.faces() - patch.first_face;
        mesh.patches.push_back(patch);
    }
    compute_geometry(mesh);
    return mesh;
}

TEST(MeshRegions, EachPartIsAMeshOfItsOwn) {
    const auto same = [](Vec3 x) { return x; };
    const FlowMesh a = test::box_mesh({3, 2, 2}, same), b = test::box_mesh({2, 4, 3}, same);
    const FlowMesh both = two_boxes(a, b, {10, 0, 0});
    EXPECT_EQ(check(both).size(), 1u);  // two unconnected regions
    const std::vector<std::int32_t> region = region_of_cells(both);
    EXPECT_EQ(region.front(), 0);
    EXPECT_EQ(region.back(), 1);
    for (int r = 0; r < 2; ++r) {
        const FlowMesh& want = r == 0 ? a : b;
        const MeshRegion part = extract_region(both, region, r);
        ASSERT_EQ(part.mesh.cells, want.cells);
        EXPECT_EQ(part.mesh.owner, want.owner);
        EXPECT_EQ(part.mesh.neighbour, want.neighbour);
        EXPECT_EQ(part.mesh.cell_volume.size(), want.cell_volume.size());
        ASSERT_EQ(part.mesh.patches.size(), 6u);
        EXPECT_EQ(part.mesh.patches[1].name, r == 0 ? want.patches[1].name : "only second");
        for (std::size_t q = 0; q < 6; ++q) {
            EXPECT_EQ(part.mesh.patches[q].first_face, want.patches[q].first_face);
            EXPECT_EQ(part.mesh.patches[q].faces, want.patches[q].faces);
        }
        for (std::size_t f = 0; f < part.face.size(); ++f)
            EXPECT_EQ(part.mesh.face_area[f], both.face_area[static_cast<std::size_t>(part.face[f])]);
    }
}

}  // namespace
}  // namespace ctffr
