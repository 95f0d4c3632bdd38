// SPDX-License-Identifier: Apache-2.0
// What the viewer gets: the lumen surface with FFR per vertex, packed, and the tree as JSON.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ctffr/data/result.hpp"
#include "ctffr/parallel/exec.hpp"

namespace ctffr::report {

// A surface that the viewer can draw: triangles, and per vertex the FFR and the nearest centerline point.
struct ColouredSurface {
    std::vector<Vec3> points_lps_mm;
    std::vector<std::array<std::int32_t, 3>> triangles;
    std::vector<double> ffr;            // NaN where not known
    std::vector<std::int32_t> nearest;  // centerline point, counted over all branches in order
};

// Merges the vertices of each cell of a grid into their mean and drops triangles that collapse (Rossignac and
// Borrel 1993), with a cell grown in steps of 15 % until it leaves at most `max_triangles`; the mesh
// itself when it is small.
TriangleMesh thinned(const TriangleMesh& mesh, std::size_t max_triangles);

// The lumen surface, or round tubes along the centerlines when the result has no surface. Each vertex belongs
// to the centerline point for which (distance to the point - lumen radius there) is smallest; its FFR is
// interpolated along that branch.
ColouredSurface coloured_surface(const CaseResult& result, std::size_t max_triangles, const Cpu& exec);

// zlib over byte planes of differences: x, y, z, FFR, nearest (16 bit each), then triangle corners (32 bit).
// Positions are in steps of 1/65535 of the bounding box (about 2 um). tools/viewer/src/surface.js undoes it.
struct PackedSurface {
    Vec3 origin_lps_mm, step_mm;
    std::size_t vertices = 0, triangles = 0;
    std::vector<std::uint8_t> data;
};
PackedSurface pack(const ColouredSurface& surface);

// The whole data block of the page, as JSON.
std::string viewer_json(const CaseResult& result, const Cpu& exec);

}  // namespace ctffr::report
