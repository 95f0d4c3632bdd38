// SPDX-License-Identifier: Apache-2.0
// Focal or diffuse: the pull-back pressure gradient index.
#pragma once

#include <vector>

namespace ctffr {

// Index of a pull-back, 0 (diffuse) to 1 (focal): half of
//   (largest fall of FFR over 20 mm) / (fall over the vessel) + (1 - length with disease / length),
// disease where FFR falls by at least 0.0015 per mm (Collet et al., JACC 74:1772, 2019; of a computed curve
// without drift or noise the slope is read over 1 mm). `arc_mm` grows from the ostium, `ffr` at those places.
// NaN where there is no fall, or less than two points.
double pullback_index(const std::vector<double>& arc_mm, const std::vector<double>& ffr);

// Vessels at or above it count as focal (PPG Global registry: Collet et al., Circulation 150:586, 2024).
inline constexpr double focal_index = 0.62;

}  // namespace ctffr
