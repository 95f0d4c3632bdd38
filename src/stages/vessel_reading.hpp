// SPDX-License-Identifier: Apache-2.0
// How far down a vessel values are read.
#pragma once

#include <vector>

#include "anatomy/lesion_detect.hpp"

namespace ctffr {

inline constexpr double smallest_read_diameter_mm = 1.8;

// The last point of the line whose healthy vessel is at least `diameter_mm` wide; the first one where none
// is.
inline const VesselPoint& last_wide_point(const VesselLine& line,
                                          const std::vector<std::vector<double>>& reference_radius_mm,
                                          double diameter_mm) {
    const VesselPoint* last = &line.points.front();
    for (const VesselPoint& p : line.points)
        if (2 * reference_radius_mm[static_cast<std::size_t>(p.branch)][static_cast<std::size_t>(p.point)] >=
            diameter_mm)
            last = &p;
    return *last;
}

}  // namespace ctffr
