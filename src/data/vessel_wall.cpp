// SPDX-License-Identifier: Apache-2.0
#include "ctffr/data/vessel_wall.hpp"

#include <algorithm>

namespace ctffr {

double healthy_wall_mm(double lumen_radius_mm) { return std::clamp(0.3 + 0.27 * lumen_radius_mm, 0.4, 1.0); }

}  // namespace ctffr
