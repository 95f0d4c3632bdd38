// SPDX-License-Identifier: Apache-2.0
// How the heart network's maps guide the classical search for arteries. The search stays in charge: it finds
// axes, radii and gaps in the image itself; the network says which bright tubes are arteries.
#pragma once

#include <vector>

#include "imaging/heart_maps.hpp"
#include "imaging/vesselness.hpp"

namespace ctffr::imaging {

// Opens what the network sees as artery (a wide one, or one beside a chamber, is taken for a pool of blood),
// and blocks look-alikes. `geometry`: of the mask.
void guide_pools(const HeartMaps& maps, const ImageGeometry& geometry, Mask& blocked, const Run& run);

// Evidence of image and network together: that of tubes which the network sees, too, rises, of others it
// falls, and the speed with it; what the network alone is sure of, on its axis, is evidence too, and has the
// radius that the network gives it, up to that of a thin vessel. `vessels.evidence` is raised where the
// network sees more, and never lowered: it stays what can be seen by either.
std::vector<float> guide_vessels(const HeartMaps& maps, const Mask& blocked, Vesselness& vessels,
                                 const Run& run);

// How much of a tree the network gives to each side.
struct SideSupport {
    double left = 0, right = 0, length_mm = 0;  // lengths weighted by probability, and the whole
    SideSupport& operator+=(const SideSupport& other);
    // 0..1; 0.5 without any length.
    double share(Side side) const;
};
SideSupport side_support(const HeartMaps& maps, const std::vector<Vec3>& line);

// The prior of a sinus together with what the network gives of a tree to that side.
double guided_prior(double prior, double share);

}  // namespace ctffr::imaging
