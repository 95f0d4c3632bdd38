// SPDX-License-Identifier: Apache-2.0
#include "io/cell_shape.hpp"

#include <algorithm>

namespace ctffr {

namespace {

using Polygon = std::vector<std::int32_t>;

bool holds(const Polygon& polygon, std::int32_t point) {
    return std::find(polygon.begin(), polygon.end(), point) != polygon.end();
}

// The point that an edge joins to `point` and that is not in the base; -1 when there is none or several.
std::int32_t above(const std::vector<Polygon>& faces, const Polygon& base, std::int32_t point) {
    std::int32_t found = -1;
    for (const Polygon& face : faces)
        for (std::size_t k = 0; k < face.size(); ++k) {
            if (face[k] != point) continue;
            for (std::int32_t other :
                 {face[(k + 1) % face.size()], face[(k + face.size() - 1) % face.size()]}) {
                if (holds(base, other) || other == found) continue;
                if (found >= 0) return -1;
                found = other;
            }
        }
    return found;
}

}  // namespace

std::optional<ShapedCell> shape_of_cell(const std::vector<Polygon>& faces) {
    const auto triangles =
        std::count_if(faces.begin(), faces.end(), [](const Polygon& f) { return f.size() == 3; });
    const auto quads =
        std::count_if(faces.begin(), faces.end(), [](const Polygon& f) { return f.size() == 4; });
    if (triangles + quads != std::ssize(faces)) return std::nullopt;
    ShapedCell cell{};
    std::size_t base_corners = 3;
    if (triangles == 4 && quads == 0)
        cell.shape = MeshBuilder::Shape::tetra;
    else if (triangles == 4 && quads == 1)
        cell.shape = MeshBuilder::Shape::pyramid, base_corners = 4;
    else if (triangles == 2 && quads == 3)
        cell.shape = MeshBuilder::Shape::prism;
    else if (triangles == 0 && quads == 6)
        cell.shape = MeshBuilder::Shape::hexahedron, base_corners = 4;
    else
        return std::nullopt;
    const auto base =
        std::find_if(faces.begin(), faces.end(), [&](const Polygon& f) { return f.size() == base_corners; });
    // Seen from inside the base runs counter-clockwise: it is an outward face, reversed.
    cell.corners.assign(base->rbegin(), base->rend());
    Polygon top;
    for (std::size_t k = 0; k < base_corners; ++k) {
        const std::int32_t up = above(faces, *base, cell.corners[k]);
        if (up < 0) return std::nullopt;
        if (!holds(top, up)) top.push_back(up);
    }
    const bool pointed = cell.shape == MeshBuilder::Shape::tetra || cell.shape == MeshBuilder::Shape::pyramid;
    if (top.size() != (pointed ? 1u : base_corners)) return std::nullopt;
    cell.corners.insert(cell.corners.end(), top.begin(), top.end());
    return cell;
}

}  // namespace ctffr
