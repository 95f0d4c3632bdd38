// SPDX-License-Identifier: Apache-2.0
// The exact place where a coronary artery leaves the aorta.
#pragma once

#include <vector>

#include "ctffr/data/heart.hpp"
#include "ctffr/data/quality.hpp"
#include "imaging/grid.hpp"
#include "imaging/tree_build.hpp"

namespace ctffr::imaging {

// A way that starts near the aortic wall and leads away from it, with its first millimetres set right:
// sections of the vessel between 1.2 and 5 mm from the wall are centred, and from the innermost of them the
// way goes straight to the aortic wall as it would be without the vessel (arteries leave a sinus about at
// right angles to its wall). The wall is read from rays on both sides of the vessel and bridged by a parabola
// over the angle. The way is returned unchanged where this cannot be done.
std::vector<Vec3> started_at_wall(const std::vector<Vec3>& way, const ScalarGrid& image,
                                  const ScanModel& scan, const HeartFrame& heart, const SectionProbe& probe);

}  // namespace ctffr::imaging
