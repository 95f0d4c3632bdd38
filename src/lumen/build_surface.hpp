// SPDX-License-Identifier: Apache-2.0
// From sections to the closed surface with caps.
#pragma once

#include "ctffr/core/run.hpp"
#include "ctffr/data/lumen.hpp"
#include "ctffr/data/tree.hpp"

namespace ctffr::lumen {

struct SurfaceOptions {
    double spacing_mm = 0.2;
    double blend_fraction = 0.3;
};

// Fills lumen.mesh and lumen.caps from lumen.branches. Throws Error(lumen_failed).
void build_surface(LumenSurface& lumen, const CoronaryTree& tree, const SurfaceOptions& options,
                   const Run& run);

}  // namespace ctffr::lumen
