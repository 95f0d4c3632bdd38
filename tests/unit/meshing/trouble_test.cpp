// SPDX-License-Identifier: Apache-2.0
#include "meshing/trouble.hpp"

#include <gtest/gtest.h>

#include "meshing/analytic_lumen.hpp"
#include "meshing/edge_wedges.hpp"

namespace ctffr::test {
namespace {

using namespace ctffr::meshing;

TEST(EasedLumen, LayersThenCellsGetSmallerAroundThePlaceAlone) {
    const TubeLumen pipe = pipe_lumen({0, 0, 0}, {1, 0, 0}, 10, 1);
    const Vec3 bad{5, 0.9, 0}, away{5, 0.9, 1.3};  // radius of effect: 8 x 2 mm / 16 = 1 mm
    std::vector<EasedPlace> places;
    const auto at = [&](Vec3 p) { return EasedLumen(pipe, places).sample(p); };
    add_troubles(places, {bad, {5.01, 0.9, 0}}, pipe, 1.0 / 16);
    ASSERT_EQ(places.size(), 1U);
    EXPECT_DOUBLE_EQ(at(bad).layer_part, 0.5);
    EXPECT_DOUBLE_EQ(at(bad).diameter_mm, 2);
    EXPECT_DOUBLE_EQ(at({5, 0.9, 0.75}).layer_part, 0.75);  // halfway down
    add_troubles(places, {{5.1, 0.9, 0}, bad}, pipe, 1.0 / 16);
    ASSERT_EQ(places.size(), 1U);
    EXPECT_DOUBLE_EQ(at(bad).diameter_mm, 1);
    EXPECT_DOUBLE_EQ(at(bad).layer_part, 1);  // of the finer cells' thickness
    add_troubles(places, {bad}, pipe, 1.0 / 16);
    EXPECT_DOUBLE_EQ(at(bad).layer_part, 0.5);
    EXPECT_DOUBLE_EQ(at(away).layer_part, 1);
    EXPECT_DOUBLE_EQ(at(away).diameter_mm, 2);
    EXPECT_DOUBLE_EQ(at(bad).value_mm, pipe.sample(bad).value_mm);
    add_troubles(places, {bad}, pipe, 1.0 / 16);
    EXPECT_EQ(places[0].step, most_eased);
}

// Four cubes around the edge (0, 1), numbered counterclockwise: 0 and 1 joined by a face, 2 alone, 3 alone.
TEST(EdgeWedges, CellsThatShareAFaceAtTheEdgeAreOneWedge) {
    PolyMesh mesh;
    mesh.points.resize(8), mesh.cells = 4;
    mesh.add_face({0, 1, 3, 2}, 0, 1);
    mesh.add_face({0, 4, 5, 6}, 1, 2);  // internal, but not at the edge
    mesh.add_face({0, 1, 5, 7}, 2, wall_code);
    EdgeWedges wedges;
    wedges.add(0, 1);
    wedges.find(mesh);
    EXPECT_EQ(wedges.wedge(0, 1, 1), 0);
    EXPECT_EQ(wedges.wedge(0, 1, 0), 0);
    EXPECT_EQ(wedges.wedge(0, 1, 2), 2);
    EXPECT_EQ(wedges.wedge(0, 1, 3), 3);
}

}  // namespace
}  // namespace ctffr::test
