// SPDX-License-Identifier: Apache-2.0
// How a face sees its two cells: shared by the flow kernels.
#pragma once

#include "ctffr/kernels/flow.hpp"

namespace ctffr::kernels {

CTFFR_HD inline float dot3(const float* a, const float* b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

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
