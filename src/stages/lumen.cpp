// SPDX-License-Identifier: Apache-2.0
#include "ctffr/stages/lumen.hpp"

#include "lumen/build_surface.hpp"

namespace ctffr {

void build_lumen_surface(LumenSurface& lumen, const CoronaryTree& tree, const LumenOptions& options,
                         const Run& run) {
    lumen::build_surface(lumen, tree, {options.surface_spacing_mm, options.blend_fraction}, run);
}

}  // namespace ctffr
