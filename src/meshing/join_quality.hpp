// SPDX-License-Identifier: Apache-2.0
// How well the faces of a cell lie between its neighbours, as it is or joined with a neighbour.
#pragma once

#include "meshing/poly_geometry.hpp"
#include "meshing/poly_mesh.hpp"

namespace ctffr::meshing {

struct JoinQuality {
    const PolyMesh& mesh;
    const CellFaces& cell_faces;
    const PolyGeometry& geometry;

    // 1 - cos of the angle between face and line of centres; 2 and more when a centre is on the wrong side.
    double badness(std::int32_t face, Vec3 owner, Vec3 neighbour) const;
    // Sum of what the faces of cell a, or of the cells a and b taken as one (b >= 0), are worse than `limit`;
    // 9 more without volume.
    double excess(std::int32_t a, std::int32_t b, double limit) const;
};

}  // namespace ctffr::meshing
