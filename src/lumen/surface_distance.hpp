// SPDX-License-Identifier: Apache-2.0
// How far two lumen surfaces are apart, wall to wall.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "ctffr/core/run.hpp"
#include "ctffr/data/lumen.hpp"

namespace ctffr::lumen {

// Distances are taken at the middles of the wall triangles (patch 0) to the nearest point of the other wall,
// each weighted with the triangle's area, so that the density of a mesh plays no part.
struct SurfaceAgreement {
    double found_area_mm2 = 0, true_area_mm2 = 0;               // walls that took part
    double mean_mm = std::numeric_limits<double>::quiet_NaN();  // NaN here and below: no wall took part
    double p95_mm = mean_mm, max_mm = mean_mm;                  // symmetric: over both walls together
    // Mean of the found wall's signed distance to the true wall, positive outside.
    double signed_mean_mm = mean_mm;
};

// Which triangles count: one value per triangle, 0 or 1; empty: all.
struct SurfaceExtent {
    std::vector<std::uint8_t> found, truth;
};

// What `surfaces_apart` measures once, for `agreement` over any number of extents.
struct SurfaceDistances {
    std::vector<float> found_signed_mm, true_mm;  // per triangle; NaN for caps
    std::vector<std::int32_t> nearest_true;       // per found triangle: the true triangle nearest to it
    std::vector<double> found_area_mm2, true_area_mm2;
};
// Meshes in LPS mm with outward normals.
SurfaceDistances surfaces_apart(const TriangleMesh& found, const TriangleMesh& truth, const Run& run);
// A found triangle counts when it is in the extent and the true triangle nearest to it is as well; a true one
// when it is in the extent.
SurfaceAgreement agreement(const SurfaceDistances& distances, const SurfaceExtent& extent);

// Middle of each triangle, caps included.
std::vector<Vec3> triangle_middles(const TriangleMesh& mesh);

}  // namespace ctffr::lumen
