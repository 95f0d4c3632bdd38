// SPDX-License-Identifier: Apache-2.0
// What the flow and lesion code needs of every section: area-equivalent radius, shape, and whether it can be
// trusted.
#pragma once

#include <cstdint>
#include <vector>

#include "ctffr/data/lumen.hpp"
#include "ctffr/data/tree.hpp"

namespace ctffr {

// All [branch][point].
struct SectionMeasures {
    std::vector<std::vector<double>> radius_mm;  // area-equivalent, at least 0.05
    std::vector<std::vector<double>> shape;  // viscous resistance over that of the circle of equal area, 1..3
    std::vector<std::vector<std::uint8_t>>
        usable;  // 0: mouth of a junction, radius taken from the next good section
    std::vector<std::vector<double>> sd_mm;  // standard deviation of the radius; < 0: not known
};

// Exact polygon areas where the lumen has sections, the tree's radii elsewhere. Sections whose contour is
// open into another branch by more than a quarter are replaced from their neighbours in the same branch.
SectionMeasures measure_sections(const CoronaryTree& tree, const LumenSurface& lumen);

// Resistance of developed flow in a section over that of the circle of equal area: 2 pi J / A^2 with the
// polar moment J about the centroid. Exact for ellipses.
double shape_factor(const LumenSection& section);

}  // namespace ctffr
