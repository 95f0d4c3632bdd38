// SPDX-License-Identifier: Apache-2.0
// The wall of a healthy coronary artery.
#pragma once

namespace ctffr {

// Thickness as CT shows it, by the radius of the lumen (docs/theory/lumen.md).
double healthy_wall_mm(double lumen_radius_mm);

}  // namespace ctffr
