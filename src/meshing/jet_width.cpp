// SPDX-License-Identifier: Apache-2.0
#include "meshing/jet_width.hpp"

#include <algorithm>
#include <cstddef>

namespace ctffr::meshing {

void limit_by_throats(const std::vector<double>& arc_mm, std::vector<double>& width_mm, double incoming_mm) {
    const std::size_t n = width_mm.size();
    if (n > 0 && incoming_mm > 0) width_mm[0] = std::min(width_mm[0], incoming_mm);
    for (std::size_t i = 1; i < n; ++i)
        width_mm[i] = std::min(width_mm[i], width_mm[i - 1] + jet_growth * (arc_mm[i] - arc_mm[i - 1]));
    for (std::size_t i = n; i-- > 1;)
        width_mm[i - 1] =
            std::min(width_mm[i - 1], width_mm[i] + approach_growth * (arc_mm[i] - arc_mm[i - 1]));
}

double value_at(const std::vector<double>& arc_mm, const std::vector<double>& value, double arc) {
    const auto above = std::upper_bound(arc_mm.begin(), arc_mm.end(), arc);
    if (above == arc_mm.begin()) return value.front();
    if (above == arc_mm.end()) return value.back();
    const auto i = static_cast<std::size_t>(above - arc_mm.begin());
    const double t = (arc - arc_mm[i - 1]) / (arc_mm[i] - arc_mm[i - 1]);
    return value[i - 1] + t * (value[i] - value[i - 1]);
}

}  // namespace ctffr::meshing
