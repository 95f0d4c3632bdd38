// SPDX-License-Identifier: Apache-2.0
// Polyhedral finite-volume mesh. Lengths in metres. Any mesh of closed polyhedra can be held.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ctffr/core/index.hpp"
#include "ctffr/core/vec3.hpp"

namespace ctffr {

// A named set of boundary faces, contiguous in face order.
struct FlowPatch {
    enum class Kind { wall, inlet, outlet, symmetry };
    std::string name;
    Kind kind = Kind::wall;
    Index first_face = 0, faces = 0;
};

// Faces [0, internal_faces()) have two cells, the rest one; the area vector points from owner to neighbour,
// or outward.
struct FlowMesh {
    std::vector<Vec3> points;
    std::vector<std::int32_t> face_start{0},
        face_point;  // polygon of face f: face_point[face_start[f] .. face_start[f+1])
    std::vector<std::int32_t> owner, neighbour;  // neighbour: one per internal face
    std::vector<FlowPatch> patches;              // cover the boundary faces in order
    Index cells = 0;

    // Geometry, filled by compute_geometry().
    std::vector<Vec3> face_area, face_centre, cell_centre;
    std::vector<double> cell_volume;

    Index faces() const { return static_cast<Index>(owner.size()); }
    Index internal_faces() const { return static_cast<Index>(neighbour.size()); }
};

// Areas, centroids and volumes of polygons and polyhedra by fans of triangles and pyramids about the mean
// point (exact for flat faces).
void compute_geometry(FlowMesh& mesh);

// Broken invariants in words, with the cell or face named: open cells, volumes that are not positive, areas
// that do not add up, patches that do not cover the boundary, unconnected regions (each may have its own
// inlet: left and right coronaries). Needs the geometry.
std::vector<std::string> check(const FlowMesh& mesh);

struct FlowMeshQuality {
    double volume = 0;                     // m3
    double max_non_orthogonality_deg = 0;  // between the face normal and the line of the two cell centres
    double mean_non_orthogonality_deg = 0;
    double max_skewness = 0;  // distance of the face centre from that line, over the length of the line
    double max_openness = 0;  // |sum of area vectors| over the sum of their lengths
};
FlowMeshQuality quality_of(const FlowMesh& mesh);

}  // namespace ctffr
