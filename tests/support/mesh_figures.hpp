// SPDX-License-Identifier: Apache-2.0
// Figures of a finished flow mesh that tests compare with formulas.
#pragma once

#include <cmath>
#include <string>

#include "ctffr/core/units.hpp"
#include "ctffr/data/flow_mesh.hpp"

namespace ctffr::test {

inline double volume_mm3(const FlowMesh& mesh) { return 1e9 * quality_of(mesh).volume; }

// Sum of the areas of the faces of all patches with this name; 0: no such patch.
inline double patch_area_mm2(const FlowMesh& mesh, const std::string& name) {
    double area = 0;
    for (const FlowPatch& patch : mesh.patches)
        if (patch.name == name)
            for (Index f = patch.first_face; f < patch.first_face + patch.faces; ++f)
                area += 1e6 * norm(mesh.face_area[static_cast<std::size_t>(f)]);
    return area;
}

// Faces that do not lie between the centres of their cells.
inline Index misplaced_faces(const FlowMesh& mesh) {
    Index count = 0;
    for (std::size_t f = 0; f < mesh.owner.size(); ++f) {
        const Vec3 from = mesh.face_centre[f] - mesh.cell_centre[static_cast<std::size_t>(mesh.owner[f])];
        bool bad = dot(mesh.face_area[f], from) <= 0;
        if (f < mesh.neighbour.size())
            bad =
                bad || dot(mesh.face_area[f], mesh.cell_centre[static_cast<std::size_t>(mesh.neighbour[f])] -
                                                  mesh.face_centre[f]) <= 0;
        count += bad ? 1 : 0;
    }
    return count;
}

// Faces more than `limit_deg` off the line of centres.
inline Index oblique_faces(const FlowMesh& mesh, double limit_deg) {
    Index count = 0;
    for (std::size_t f = 0; f < mesh.neighbour.size(); ++f) {
        const Vec3 d = mesh.cell_centre[static_cast<std::size_t>(mesh.neighbour[f])] -
                       mesh.cell_centre[static_cast<std::size_t>(mesh.owner[f])];
        count +=
            dot(mesh.face_area[f], d) < std::cos(limit_deg * pi / 180) * norm(mesh.face_area[f]) * norm(d);
    }
    return count;
}

}  // namespace ctffr::test
