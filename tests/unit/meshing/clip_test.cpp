// SPDX-License-Identifier: Apache-2.0
#include "meshing/clip.hpp"

#include <array>
#include <cmath>

#include <gtest/gtest.h>

#include "meshing/merge_faces.hpp"
#include "meshing/poly_geometry.hpp"

namespace ctffr::test {
namespace {

using namespace ctffr::meshing;

// n unit cubes in a row along x, point i + (n + 1) (j + 2 k), boundary code -9.
PolyMesh cubes(int n) {
    PolyMesh mesh;
    mesh.cells = n;
    for (int k = 0; k < 2; ++k)
        for (int j = 0; j < 2; ++j)
            for (int i = 0; i <= n; ++i)
                mesh.points.push_back({double(i), double(j), double(k)}), mesh.size_mm.push_back(1);
    const auto p = [&](int i, int j, int k) { return i + (n + 1) * (j + 2 * k); };
    for (int i = 0; i < n; ++i) {
        if (i == 0) mesh.add_face({p(0, 0, 0), p(0, 0, 1), p(0, 1, 1), p(0, 1, 0)}, 0, -9);
        mesh.add_face({p(i + 1, 0, 0), p(i + 1, 1, 0), p(i + 1, 1, 1), p(i + 1, 0, 1)}, i,
                      i + 1 < n ? i + 1 : -9);
        mesh.add_face({p(i, 0, 0), p(i + 1, 0, 0), p(i + 1, 0, 1), p(i, 0, 1)}, i, -9);
        mesh.add_face({p(i, 1, 0), p(i, 1, 1), p(i + 1, 1, 1), p(i + 1, 1, 0)}, i, -9);
        mesh.add_face({p(i, 0, 0), p(i, 1, 0), p(i + 1, 1, 0), p(i + 1, 0, 0)}, i, -9);
        mesh.add_face({p(i, 0, 1), p(i + 1, 0, 1), p(i + 1, 1, 1), p(i, 1, 1)}, i, -9);
    }
    return mesh;
}

// Cuts by the given function; new faces get code -1.
void cut(PolyMesh& mesh, const std::vector<double>& value_at_points) {
    std::vector<double> value = value_at_points;
    std::vector<std::int32_t> code(mesh.points.size(), -1);
    clip(mesh, value, code, ctffr::Run{});
    EXPECT_EQ(value.size(), mesh.points.size());
    EXPECT_EQ(code.size(), mesh.points.size());
}

struct Figures {
    double volume = 0, cut_area = 0, openness = 0;
    Vec3 cut_vector;
};
Figures figures(const PolyMesh& mesh) {
    Figures out;
    const CellFaces cell_faces(mesh);
    std::vector<Vec3> sum(static_cast<std::size_t>(mesh.cells));
    for (std::int32_t c = 0; c < mesh.cells; ++c) out.volume += cell_volume(mesh, cell_faces, c);
    for (std::int32_t f = 0; f < mesh.faces(); ++f) {
        const auto i = static_cast<std::size_t>(f);
        const Vec3 area = area_vector(mesh, f);
        sum[static_cast<std::size_t>(mesh.owner[i])] += area;
        if (mesh.neighbour[i] >= 0) sum[static_cast<std::size_t>(mesh.neighbour[i])] -= area;
        if (mesh.neighbour[i] == -1) out.cut_area += norm(area), out.cut_vector += area;
    }
    for (const Vec3& s : sum) out.openness = std::max(out.openness, norm(s));
    return out;
}

std::vector<double> plane(const PolyMesh& mesh, Vec3 normal, double offset) {
    std::vector<double> value;
    for (const Vec3& p : mesh.points) value.push_back(dot(p, normal) - offset);
    return value;
}

TEST(Clip, ObliquePlaneLeavesTheExactVolumeAndArea) {
    PolyMesh mesh = cubes(3);
    // Through the middle of the row: half the volume; x + y/2 + z/4 cuts the row in a parallelogram.
    cut(mesh, plane(mesh, {1, 0.5, 0.25}, 1.5 + 0.375));
    const Figures f = figures(mesh);
    EXPECT_NEAR(f.volume, 1.5, 1e-12);
    EXPECT_NEAR(f.cut_area, std::sqrt(1 + 0.25 + 0.0625), 1e-12);
    EXPECT_LT(f.openness, 1e-12);
    EXPECT_NEAR(f.cut_vector.x, 1.0, 1e-12);
    EXPECT_EQ(mesh.cells, 2);
}

TEST(Clip, PlaneAlongFacesDropsWholeCells) {
    PolyMesh mesh = cubes(3);
    cut(mesh, plane(mesh, {1, 0, 0}, 2));
    EXPECT_EQ(mesh.cells, 2);
    const Figures f = figures(mesh);
    EXPECT_NEAR(f.volume, 2, 1e-12);
    EXPECT_NEAR(f.cut_area, 1, 1e-12);
    EXPECT_LT(f.openness, 1e-12);
}

TEST(Clip, OppositeCornersBecomeTwoCells) {
    PolyMesh mesh = cubes(1);
    std::vector<double> value(8, 1.0);
    value[0] = value[7] = -1;
    cut(mesh, value);
    EXPECT_EQ(mesh.cells, 2);
    const Figures f = figures(mesh);
    EXPECT_NEAR(f.volume, 2.0 / 48, 1e-12);  // two corners cut off at half the edge
    EXPECT_LT(f.openness, 1e-12);
}

// All 3^8 patterns of inside, on and outside at the corners of a cube beside a cube that is inside: whatever
// the pattern, cells are closed, and volumes are those of the polyhedra.
TEST(Clip, EveryPatternOfCornersGivesClosedCells) {
    for (int pattern = 0; pattern < 6561; ++pattern) {
        PolyMesh mesh = cubes(2);
        std::vector<double> value(mesh.points.size(), -1);
        int digits = pattern;
        for (int c = 0; c < 8; ++c, digits /= 3)
            value[static_cast<std::size_t>((c & 1) + 3 * (c >> 1))] = digits % 3 - 1;
        cut(mesh, value);
        const Figures f = figures(mesh);
        ASSERT_LT(f.openness, 1e-12) << pattern;
        ASSERT_GE(f.volume, 0) << pattern;
        ASSERT_LE(f.volume, 2 + 1e-12) << pattern;
        const CellFaces cell_faces(mesh);
        for (std::int32_t c = 0; c < mesh.cells; ++c)
            ASSERT_GT(cell_volume(mesh, cell_faces, c), -1e-12) << pattern;
    }
}

TEST(MergeFaces, FacesBetweenTwoGroupsBecomeOnePolygon) {
    // Two rows of two cubes would need a second row; here two cubes of a row join, so their four side faces
    // become rectangles.
    const PolyMesh merged = merge_faces(cubes(3), {0, 0, 2}, ctffr::Run{});
    std::array<int, 2> faces{0, 0};
    for (std::int32_t f = 0; f < merged.faces(); ++f) {
        const auto i = static_cast<std::size_t>(f);
        const int corners = merged.start[i + 1] - merged.start[i];
        if (merged.owner[i] == 0) ++faces[0];
        if (merged.owner[i] == 2) ++faces[1];
        EXPECT_GE(corners, 4);
    }
    // One boundary code on all sides: the five outer faces of a block are not one flat polygon, so each
    // stays.
    EXPECT_EQ(merged.neighbour[0], 2);
    const Figures f = figures(merged);
    EXPECT_NEAR(f.volume, 3, 1e-12);
    EXPECT_LT(f.openness, 1e-12);
    EXPECT_EQ(faces[0], 10);
    EXPECT_EQ(faces[1], 5);
}

}  // namespace
}  // namespace ctffr::test
