// SPDX-License-Identifier: Apache-2.0
// Geometry of a mesh under construction, by the formulas of compute_geometry(FlowMesh&).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ctffr/core/run.hpp"
#include "meshing/poly_mesh.hpp"

namespace ctffr::meshing {

// The faces of each cell, ascending.
struct CellFaces {
    std::vector<std::int32_t> start, face;

    explicit CellFaces(const PolyMesh& mesh);
    std::span<const std::int32_t> of(std::int32_t cell) const {
        const auto c = static_cast<std::size_t>(cell);
        return {face.data() + start[c], static_cast<std::size_t>(start[c + 1] - start[c])};
    }
};

struct PolyGeometry {
    std::vector<Vec3> face_area, face_centre, cell_centre;
    std::vector<double> cell_volume;
};

PolyGeometry geometry_of(const PolyMesh& mesh, const CellFaces& cell_faces, const Run& run);

// Volume of one cell whose faces are nearly flat.
double cell_volume(const PolyMesh& mesh, const CellFaces& cell_faces, std::int32_t cell);

// Area vector of a polygon: that of its rim, whatever surface spans it.
Vec3 area_vector(const PolyMesh& mesh, std::int32_t face);

}  // namespace ctffr::meshing
