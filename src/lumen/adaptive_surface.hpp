// SPDX-License-Identifier: Apache-2.0
// Closed triangle surface of a LumenField by surface nets on an octree: small cells only where the lumen is
// narrow or two tubes pass close to each other.
#pragma once

#include "ctffr/core/run.hpp"
#include "ctffr/data/lumen.hpp"
#include "lumen/lumen_field.hpp"

namespace ctffr::lumen {

struct AdaptiveOptions {
    double spacing_mm = 0.2;  // cell side where the lumen is at least cells_across of them wide
    double cells_across = 6;
};

// The surface, closed and two-manifold, vertices on the zero level, patch all 0. The octree refines at most
// three times below spacing_mm (then a diameter of 0.75 x spacing_mm still has six cells). Throws
// Error(lumen_failed) when the surface cannot be made manifold.
TriangleMesh extract_surface(const LumenField& field, const AdaptiveOptions& options, const Run& run);

// Moves p along the gradient to where the field equals `level`; stays within `reach_mm`.
Vec3 project_to_level(const LumenField& field, Vec3 p, double level, double reach_mm);

}  // namespace ctffr::lumen
