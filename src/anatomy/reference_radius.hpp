// SPDX-License-Identifier: Apache-2.0
// The radius that each branch would have without disease: a smooth taper per branch, coupled at junctions.
#pragma once

#include <vector>

#include "anatomy/reference_sections.hpp"
#include "ctffr/data/tree.hpp"

namespace ctffr {

// Healthy radius, mm, [branch][point]; positive and not growing along a branch. Narrow and dilated stretches
// do not pull it (docs/theory/lesions.md).
std::vector<std::vector<double>> reference_radius_mm(const CoronaryTree& tree,
                                                     const SectionMeasures& sections);

}  // namespace ctffr
