// SPDX-License-Identifier: Apache-2.0
// Polyhedral mesh under construction (mm).
#pragma once

#include <cstdint>
#include <vector>

#include "ctffr/core/vec3.hpp"

namespace ctffr::meshing {

// What a boundary face belongs to, in place of a neighbour cell.
constexpr std::int32_t wall_code = -1;
constexpr std::int32_t opening_code(std::int32_t opening) { return -2 - opening; }
constexpr std::int32_t opening_of(std::int32_t code) { return -2 - code; }

struct PolyMesh {
    std::vector<Vec3> points;
    std::vector<float> size_mm;  // per point: side of the smallest octree cell that meets there
    // Polygon of face f: corner[start[f] .. start[f + 1]), normal from owner to neighbour or outward.
    std::vector<std::int32_t> start{0}, corner;
    std::vector<std::int32_t> owner, neighbour;  // neighbour: a cell, or a boundary code
    std::int32_t cells = 0;

    std::int32_t faces() const { return static_cast<std::int32_t>(owner.size()); }
    void add_face(const std::vector<std::int32_t>& polygon, std::int32_t own, std::int32_t other) {
        corner.insert(corner.end(), polygon.begin(), polygon.end());
        start.push_back(static_cast<std::int32_t>(corner.size()));
        owner.push_back(own), neighbour.push_back(other);
    }
    // Appends the faces of `part` (points and cells are common to both).
    void append_faces(const PolyMesh& part) {
        const auto shift = static_cast<std::int32_t>(corner.size());
        corner.insert(corner.end(), part.corner.begin(), part.corner.end());
        for (std::size_t f = 1; f < part.start.size(); ++f) start.push_back(part.start[f] + shift);
        owner.insert(owner.end(), part.owner.begin(), part.owner.end());
        neighbour.insert(neighbour.end(), part.neighbour.begin(), part.neighbour.end());
    }
};

}  // namespace ctffr::meshing
