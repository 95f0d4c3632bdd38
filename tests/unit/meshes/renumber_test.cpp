// SPDX-License-Identifier: Apache-2.0
#include "ctffr/data/renumber.hpp"

#include <algorithm>
#include <numeric>

#include <gtest/gtest.h>

#include "ctffr/core/random.hpp"
#include "meshes/analytic/box.hpp"
#include "meshes/analytic/recipes.hpp"

namespace ctffr {
namespace {

// A fixed shuffle of the cells.
std::vector<std::int32_t> shuffled(Index n) {
    std::vector<std::int32_t> order(static_cast<std::size_t>(n));
    std::iota(order.begin(), order.end(), 0);
    Random random(5);
    for (std::size_t i = order.size() - 1; i > 0; --i)
        std::swap(order[i], order[static_cast<std::size_t>(random.integer(0, static_cast<int>(i)))]);
    return order;
}

TEST(Renumber, BringsNeighboursOfAShuffledMeshTogether) {
    FlowMesh mesh = pipe_mesh(0.5);
    const FlowMesh before = mesh;
    apply_cell_order(mesh, shuffled(mesh.cells));
    EXPECT_TRUE(check(mesh).empty());
    EXPECT_GT(bandwidth(mesh), mesh.cells * 9 / 10);
    renumber_cells(mesh);
    EXPECT_TRUE(check(mesh).empty());
    // A layer has 132 cells; breadth-first fronts are somewhat tilted against the layers.
    EXPECT_LT(bandwidth(mesh), 2 * 132);
    EXPECT_NEAR(quality_of(mesh).volume / quality_of(before).volume, 1, 1e-13);
}

TEST(Renumber, SortsFacesAndKeepsTheGeometry) {
    FlowMesh mesh = polyhedral_box_mesh(5, 4, 6, {{0, 0, 0}, {1, 1, 1}, 0.2, 2});
    const FlowMesh before = mesh;
    const MeshOrder order = apply_cell_order(mesh, shuffled(mesh.cells));
    for (Index f = 0; f < mesh.faces(); ++f) {
        const auto k = static_cast<std::size_t>(f);
        const auto old = static_cast<std::size_t>(order.old_face[k]);
        if (f < mesh.internal_faces()) {
            ASSERT_LT(mesh.owner[k], mesh.neighbour[k]);
            if (f > 0) {
                ASSERT_LT(std::pair(mesh.owner[k - 1], mesh.neighbour[k - 1]),
                          std::pair(mesh.owner[k], mesh.neighbour[k]));
            }
        }
        ASSERT_EQ(mesh.face_area[k], order.face_turned[k] ? -before.face_area[old] : before.face_area[old]);
        ASSERT_EQ(order.old_cell[static_cast<std::size_t>(mesh.owner[k])],
                  order.face_turned[k] ? before.neighbour[old] : before.owner[old]);
    }
    // The carried geometry is that of the turned polygons.
    FlowMesh again = mesh;
    compute_geometry(again);
    for (std::size_t c = 0; c < again.cell_volume.size(); ++c) {
        ASSERT_NEAR(again.cell_volume[c], mesh.cell_volume[c], 1e-15);
        ASSERT_LT(distance(again.cell_centre[c], mesh.cell_centre[c]), 1e-14);
    }
    EXPECT_EQ(order.restored(mesh.cell_volume), before.cell_volume);
    EXPECT_EQ(order.renumbered(before.cell_volume), mesh.cell_volume);
}

}  // namespace
}  // namespace ctffr
