// SPDX-License-Identifier: Apache-2.0
#include "meshing/implicit_lumen.hpp"

namespace ctffr::meshing {

Vec3 ImplicitLumen::gradient(Vec3 p, double at_p) const {
    constexpr double step_mm = 0.004;
    Vec3 g;
    for (int k = 0; k < 3; ++k) {
        Vec3 q = p;
        q[k] += step_mm;
        g[k] = (value(q) - at_p) / step_mm;
    }
    return g;
}

}  // namespace ctffr::meshing
