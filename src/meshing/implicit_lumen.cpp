// SPDX-License-Identifier: Apache-2.0
#include "meshing/implicit_lumen.hpp"

namespace ctffr::meshing {

Vec3 ImplicitLumen::gradient(Vec3 p, double step_mm) const {
    Vec3 g;
    for (int k = 0; k < 3; ++k) {
        Vec3 low = p, high = p;
        low[k] -= step_mm, high[k] += step_mm;
        g[k] = (value(high) - value(low)) / (2 * step_mm);
    }
    return g;
}

}  // namespace ctffr::meshing
