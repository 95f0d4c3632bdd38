// SPDX-License-Identifier: Apache-2.0
#include "ctffr/data/flow_mesh.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "support/box_mesh.hpp"

namespace ctffr {
namespace {

using test::box_mesh;

TEST(FlowMesh, ABoxHasItsVolumeAreasAndCentroids) {
    const FlowMesh mesh = box_mesh({4, 3, 2}, [](Vec3 u) { return Vec3{2 * u.x, 3 * u.y, 4 * u.z}; });
    EXPECT_TRUE(check(mesh).empty()) << check(mesh).front();
    const FlowMeshQuality quality = quality_of(mesh);
    EXPECT_NEAR(quality.volume, 24, 1e-12);
    EXPECT_NEAR(quality.max_non_orthogonality_deg, 0, 1e-5);
    EXPECT_NEAR(distance(mesh.cell_centre[0], {0.25, 0.5, 1.0}), 0, 1e-12);
    double outward = 0;
    for (Index f = mesh.internal_faces(); f < mesh.faces(); ++f)
        outward +=
            dot(mesh.face_area[static_cast<std::size_t>(f)], mesh.face_centre[static_cast<std::size_t>(f)]);
    EXPECT_NEAR(outward / 3, 24, 1e-12);  // divergence theorem for the position vector
}

TEST(FlowMesh, AShearedBoxKeepsVolumeAndShowsItsAngle) {
    const FlowMesh mesh = box_mesh({3, 3, 3}, [](Vec3 u) { return Vec3{u.x + u.y, u.y, u.z}; });
    EXPECT_TRUE(check(mesh).empty());
    EXPECT_NEAR(quality_of(mesh).volume, 1, 1e-12);
    EXPECT_NEAR(quality_of(mesh).max_non_orthogonality_deg, 45, 1e-9);
}

TEST(FlowMesh, CheckNamesInvertedCellsAndLooseRegions) {
    FlowMesh mesh = box_mesh({2, 1, 1}, [](Vec3 u) { return Vec3{u.x, u.y, u.z}; });
    for (Vec3& p : mesh.points)
        if (p.x == 1) p.x = 0.4;  // the second cell turns inside out
    compute_geometry(mesh);
    ASSERT_FALSE(check(mesh).empty());
    EXPECT_NE(check(mesh)[0].find("cell 1"), std::string::npos) << check(mesh)[0];

    FlowMesh loose = box_mesh({2, 1, 1}, [](Vec3 u) { return Vec3{u.x, u.y, u.z}; });
    // The inner face becomes two boundary faces.
    const std::vector<std::int32_t> inner(loose.face_point.begin(), loose.face_point.begin() + 4);
    loose.neighbour.clear();
    loose.face_point.insert(loose.face_point.end(), inner.rbegin(), inner.rend());
    loose.face_start.push_back(static_cast<std::int32_t>(loose.face_point.size()));
    loose.owner.push_back(1);
    loose.patches.insert(loose.patches.begin(), FlowPatch{"cut", FlowPatch::Kind::wall, 0, 1});
    loose.patches.push_back({"cut2", FlowPatch::Kind::wall, loose.faces() - 1, 1});
    compute_geometry(loose);
    ASSERT_EQ(check(loose).size(), 1u);
    EXPECT_NE(check(loose)[0].find("2 unconnected regions"), std::string::npos) << check(loose)[0];
}

}  // namespace
}  // namespace ctffr
