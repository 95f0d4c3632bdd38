// SPDX-License-Identifier: Apache-2.0
// A small mesh with one cell of each simple shape, and its patches.
#pragma once

#include "ctffr/data/mesh_builder.hpp"

namespace ctffr::test {

struct MixedMesh {
    struct Cell {
        MeshBuilder::Shape shape;
        std::vector<std::int32_t> corners;
    };
    struct Face {
        int patch;
        std::vector<std::int32_t> corners;
    };
    // A cube with a prism on y = 1, a pyramid on z = 1 and a tetrahedron on the pyramid. Volumes 1, 1/2, 1/3,
    // 1/6.
    std::vector<Vec3> points{{0, 0, 0}, {1, 0, 0}, {1, 1, 0}, {0, 1, 0}, {0, 0, 1},     {1, 0, 1},
                             {1, 1, 1}, {0, 1, 1}, {0, 2, 0}, {1, 2, 0}, {0.5, 0.5, 2}, {0.5, -0.5, 2}};
    std::vector<Cell> cells{{MeshBuilder::Shape::hexahedron, {0, 1, 2, 3, 4, 5, 6, 7}},
                            {MeshBuilder::Shape::prism, {3, 7, 8, 2, 6, 9}},
                            {MeshBuilder::Shape::pyramid, {4, 5, 6, 7, 10}},
                            {MeshBuilder::Shape::tetra, {4, 5, 10, 11}}};
    std::vector<Face> faces{{0, {0, 1, 2, 3}}, {1, {3, 8, 9, 2}}};
    std::vector<FlowPatch> patches{{"inlet", FlowPatch::Kind::inlet, 0, 1},
                                   {"outlet_a", FlowPatch::Kind::outlet, 0, 1}};

    FlowMesh build() const {
        MeshBuilder builder;
        builder.points = points;
        for (const Cell& cell : cells) builder.add_cell(cell.shape, cell.corners);
        for (const FlowPatch& patch : patches) builder.add_patch(patch.name, patch.kind);
        for (const Face& face : faces) builder.name_boundary(face.patch, face.corners);
        return builder.build();
    }
};

}  // namespace ctffr::test
