// SPDX-License-Identifier: Apache-2.0
#include "meshing/wall_layers.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "meshing/analytic_lumen.hpp"
#include "meshing/poly_geometry.hpp"

namespace ctffr::test {
namespace {

using namespace ctffr::meshing;

// Adds a cell over a polygon in (x, y), counterclockwise, from z = 0 to z = 1, all of it wall. Each side runs
// from the corner where the last one ended to the next of `side_ends`: over several corners it is one bent
// face.
void add_prism(PolyMesh& mesh, const std::vector<std::array<double, 2>>& corners,
               const std::vector<std::size_t>& side_ends) {
    const std::int32_t cell = mesh.cells++;
    std::vector<std::int32_t> low, high;
    const auto point = [&](double x, double y, double z) {
        for (std::size_t p = 0; p < mesh.points.size(); ++p)
            if (mesh.points[p] == Vec3{x, y, z}) return static_cast<std::int32_t>(p);
        mesh.points.push_back({x, y, z}), mesh.size_mm.push_back(1);
        return static_cast<std::int32_t>(mesh.points.size()) - 1;
    };
    for (const auto& [x, y] : corners) low.push_back(point(x, y, 0)), high.push_back(point(x, y, 1));
    std::size_t from = 0;
    for (const std::size_t to : side_ends) {
        std::vector<std::int32_t> face;
        for (std::size_t k = from; k <= to; ++k) face.push_back(low[k % low.size()]);
        for (std::size_t k = to + 1; k-- > from;) face.push_back(high[k % high.size()]);
        mesh.add_face(face, cell, wall_code);
        from = to;
    }
    mesh.add_face({low.rbegin(), low.rend()}, cell, wall_code);
    mesh.add_face(high, cell, wall_code);
}

// Two cells touch along the z axis. The lower side of the first leaves the edge above the upper side of the
// second, but bends down around it: seen from the edge, the middles of the two lie the other way around.
TEST(WallLayers, SheetsThatTouchArePairedByTheirCellsWhereAnglesMislead) {
    PolyMesh mesh;
    add_prism(mesh, {{0, 0}, {1, 0.1}, {2, -1.5}, {2.5, 1}, {-1, 1}}, {2, 3, 4, 5});
    add_prism(mesh, {{0, 0}, {-1, -1}, {0.5, -1}, {0.5, -0.1}}, {1, 2, 3, 4});
    const std::int32_t bent = 0, short_side = 9;  // faces: 4 sides and 2 ends of the first, then 4 sides
    ASSERT_EQ(mesh.faces(), 12);
    std::vector<std::int32_t> opening(mesh.points.size(), -1);
    const TubeLumen around = pipe_lumen({0, 0, -10}, {0, 0, 1}, 20, 4);
    const WallLayers walls = add_wall_layers(mesh, around, opening, 1, ctffr::Run{});
    ASSERT_EQ(walls.core_cells, 2);
    ASSERT_EQ(mesh.cells, 14);
    const auto joined = [&](std::int32_t a, std::int32_t b) {
        int count = 0;
        for (std::size_t f = 0; f < mesh.owner.size(); ++f)
            count += std::minmax(mesh.owner[f], mesh.neighbour[f]) == std::minmax(a, b) ? 1 : 0;
        return count;
    };
    const auto prism_of = [&](std::int32_t face) { return mesh.neighbour[static_cast<std::size_t>(face)]; };
    EXPECT_EQ(joined(prism_of(bent), prism_of(short_side)), 1);  // across the gap, at the edge
    EXPECT_EQ(joined(prism_of(3), prism_of(6)), 1);              // the other side of the edge
    std::vector<Vec3> sum(static_cast<std::size_t>(mesh.cells));
    for (std::int32_t f = 0; f < mesh.faces(); ++f) {
        const auto i = static_cast<std::size_t>(f);
        sum[static_cast<std::size_t>(mesh.owner[i])] += area_vector(mesh, f);
        if (mesh.neighbour[i] >= 0) sum[static_cast<std::size_t>(mesh.neighbour[i])] -= area_vector(mesh, f);
    }
    for (const Vec3& s : sum) EXPECT_LT(norm(s), 1e-9);
}

}  // namespace
}  // namespace ctffr::test
