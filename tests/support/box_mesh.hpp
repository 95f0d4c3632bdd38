// SPDX-License-Identifier: Apache-2.0
// Hexahedral meshes of a mapped box, for tests of meshes and flow solvers.
#pragma once

#include <algorithm>
#include <array>
#include <functional>
#include <string>
#include <vector>

#include "ctffr/data/flow_mesh.hpp"

namespace ctffr::test {

// n.x x n.y x n.z hexahedra on the image of [0,1]^3 under `map`. Patches in the order x0 x1 y0 y1 z0 z1, all
// walls; tests set the kinds they need.
inline FlowMesh box_mesh(Int3 n, const std::function<Vec3(Vec3)>& map) {
    FlowMesh mesh;
    mesh.cells = n.count();
    const auto point = [&](int i, int j, int k) {
        return static_cast<std::int32_t>(i + (n.x + 1) * (j + (n.y + 1) * k));
    };
    const auto cell = [&](int i, int j, int k) { return static_cast<std::int32_t>(i + n.x * (j + n.y * k)); };
    for (int k = 0; k <= n.z; ++k)
        for (int j = 0; j <= n.y; ++j)
            for (int i = 0; i <= n.x; ++i)
                mesh.points.push_back(map({double(i) / n.x, double(j) / n.y, double(k) / n.z}));
    // The four corners of the face of cell (i, j, k) on its high side along axis a, normal along +a.
    const auto corners = [&](int i, int j, int k, int a) -> std::array<std::int32_t, 4> {
        if (a == 0)
            return {point(i + 1, j, k), point(i + 1, j + 1, k), point(i + 1, j + 1, k + 1),
                    point(i + 1, j, k + 1)};
        if (a == 1)
            return {point(i, j + 1, k), point(i, j + 1, k + 1), point(i + 1, j + 1, k + 1),
                    point(i + 1, j + 1, k)};
        return {point(i, j, k + 1), point(i + 1, j, k + 1), point(i + 1, j + 1, k + 1),
                point(i, j + 1, k + 1)};
    };
    const auto add = [&](std::array<std::int32_t, 4> face, bool flipped) {
        if (flipped) std::reverse(face.begin(), face.end());
        mesh.face_point.insert(mesh.face_point.end(), face.begin(), face.end());
        mesh.face_start.push_back(static_cast<std::int32_t>(mesh.face_point.size()));
    };
    for (int k = 0; k < n.z; ++k)
        for (int j = 0; j < n.y; ++j)
            for (int i = 0; i < n.x; ++i)
                for (int a = 0; a < 3; ++a) {
                    const std::array<int, 3> next{i + (a == 0), j + (a == 1), k + (a == 2)};
                    if (next[0] == n.x || next[1] == n.y || next[2] == n.z) continue;
                    add(corners(i, j, k, a), false);
                    mesh.owner.push_back(cell(i, j, k));
                    mesh.neighbour.push_back(cell(next[0], next[1], next[2]));
                }
    const char* names[6] = {"x0", "x1", "y0", "y1", "z0", "z1"};
    for (int side = 0; side < 6; ++side) {
        const int a = side / 2;
        const bool high = side % 2 == 1;
        FlowPatch patch;
        patch.name = names[side];
        patch.first_face = mesh.faces();
        const int u = (a + 1) % 3, v = (a + 2) % 3;
        for (int q = 0; q < n[v]; ++q)
            for (int p = 0; p < n[u]; ++p) {
                std::array<int, 3> c{};
                c[static_cast<std::size_t>(a)] = high ? n[a] - 1 : -1;
                c[static_cast<std::size_t>(u)] = p, c[static_cast<std::size_t>(v)] = q;
                add(corners(c[0], c[1], c[2], a), !high);
                if (!high) c[static_cast<std::size_t>(a)] = 0;
                mesh.owner.push_back(cell(c[0], c[1], c[2]));
                ++patch.faces;
            }
        mesh.patches.push_back(patch);
    }
    compute_geometry(mesh);
    return mesh;
}

}  // namespace ctffr::test
