// SPDX-License-Identifier: Apache-2.0
// Contours about a point that lies almost on them.
#pragma once

#include "ctffr/data/lumen.hpp"

namespace ctffr::lumen {

// A contour whose smallest radius is under 0.4 of the mean is given about the centroid of its polygon
// instead: seen from a centre near the wall the radius changes from ray to ray by a multiple of itself, and
// what is interpolated between two such sections has cusps. Radii are those of the polygon along the new rays
// (the outermost where a ray meets it more than once); their standard deviations and flags stay as they are.
// Other sections come back unchanged.
LumenSection recentred(const LumenSection& section);

}  // namespace ctffr::lumen
