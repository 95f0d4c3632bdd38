// SPDX-License-Identifier: Apache-2.0
// The radius that each branch would have without disease: a smooth taper per branch, coupled at junctions.
#pragma once

#include <vector>

#include "anatomy/reference_sections.hpp"
#include "ctffr/data/tree.hpp"

namespace ctffr {

// Healthy radius, mm, [branch][point]; positive and not growing along a branch. Narrow and dilated stretches
// do not pull it (docs/theory/lesions.md). Throws as check_healthy_radii does.
std::vector<std::vector<double>> reference_radius_mm(const CoronaryTree& tree,
                                                     const SectionMeasures& sections);

// Throws Error(physiology_out_of_range) naming the branch when a healthy radius is outside 0.02 to 15 mm: no
// coronary artery, so the tree has left the arteries there, and flows shared out by it would mean nothing.
void check_healthy_radii(const CoronaryTree& tree, const std::vector<std::vector<double>>& reference_mm);

}  // namespace ctffr
