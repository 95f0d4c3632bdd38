// SPDX-License-Identifier: Apache-2.0
// How a face sees its two cells: shared by the flow kernels.
#pragma once

#include "ctffr/kernels/flow.hpp"

namespace ctffr::kernels {

CTFFR_HD inline float dot3(const float* a, const float* b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

// d: owner centre to neighbour centre; skew: from the point of linear interpolation to the face centre;
// geo = |S|^2 / (S . d), the length of the over-relaxed normal part of S over the distance.
struct FaceMetrics {
    float d[3], skew[3];
    float owner_weight, neighbour_weight, geo;
};

CTFFR_HD inline FaceMetrics face_metrics(const FvFace& f) {
    FaceMetrics m;
    const float a = dot3(f.area, f.from_owner), b = -dot3(f.area, f.from_neighbour);
    // Beyond the cell centres the interpolation would extrapolate: bad faces are taken nearer to the middle.
    float w = a + b > 0 ? b / (a + b) : 0.5f;
    w = w < 0.05f ? 0.05f : (w > 0.95f ? 0.95f : w);
    m.owner_weight = w, m.neighbour_weight = 1.0f - w;
    for (int c = 0; c < 3; ++c) {
        m.d[c] = f.from_owner[c] - f.from_neighbour[c];
        m.skew[c] = f.from_owner[c] - m.neighbour_weight * m.d[c];
    }
    // Faces that d hardly crosses, or crosses the wrong way, count as if at 78 degrees to it.
    const float area2 = dot3(f.area, f.area), least = 0.2f * sqrtf(area2 * dot3(m.d, m.d));
    m.geo = area2 / (a + b > least ? a + b : least);
    return m;
}

CTFFR_HD inline float boundary_geo(const FvBoundaryFace& f) {
    const float area2 = dot3(f.area, f.area), across = dot3(f.area, f.from_owner);
    const float least = 0.2f * sqrtf(area2 * dot3(f.from_owner, f.from_owner));
    return area2 / (across > least ? across : least);
}

// Bytes of one pass over the connectivity with the face geometry, `per_cell` more for each cell.
inline double fv_bytes(const FvMeshView& m, double per_entry, double per_cell) {
    return static_cast<double>(m.column.size) * (8 + per_entry) +
           static_cast<double>(m.face.size) * sizeof(FvFace) + static_cast<double>(m.cells) * (8 + per_cell);
}

}  // namespace ctffr::kernels
