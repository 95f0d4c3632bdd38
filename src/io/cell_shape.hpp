// SPDX-License-Identifier: Apache-2.0
// Recognises simple shapes among polyhedra that are given by their faces.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "ctffr/data/mesh_builder.hpp"

namespace ctffr {

struct ShapedCell {
    MeshBuilder::Shape shape;
    std::vector<std::int32_t> corners;  // in the order of MeshBuilder
};

// `faces`: outward polygons. Nothing for polyhedra that are no tetrahedron, pyramid, prism or hexahedron.
std::optional<ShapedCell> shape_of_cell(const std::vector<std::vector<std::int32_t>>& faces);

}  // namespace ctffr
