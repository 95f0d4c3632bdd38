// SPDX-License-Identifier: Apache-2.0
// Narrowings against the healthy reference, along each vessel.
#pragma once

#include <string>
#include <vector>

#include "anatomy/reference_sections.hpp"
#include "ctffr/data/flow.hpp"
#include "ctffr/data/tree.hpp"

namespace ctffr {

// A point of a vessel: where it is in the tree.
struct VesselPoint {
    int branch = 0, point = 0;
    double arc_mm = 0;  // from the ostium
};

// A vessel as one line; the shared point of two branches appears once (that of the parent).
struct VesselLine {
    std::string name;
    std::vector<VesselPoint> points;
};
// Lines of vessels_of(tree), then of every leaf that no vessel reaches ("branch N").
std::vector<VesselLine> vessel_lines(const CoronaryTree& tree);

// A lesion with its place on the vessel line it was found on.
struct PlacedLesion {
    Lesion lesion;                                               // FFR fields not filled
    int line = 0;                                                // index in the vessel lines
    double start_arc_mm = 0, throat_arc_mm = 0, end_arc_mm = 0;  // along the line, from the ostium
};

// Narrowings of at least `min_ds_pct` in diameter. Two narrowings are two lesions when their throats are at
// least 5 mm apart and the lumen between them recovers to half of the milder one.
std::vector<PlacedLesion> find_lesions(const CoronaryTree& tree, const std::vector<VesselLine>& lines,
                                       const SectionMeasures& sections,
                                       const std::vector<std::vector<double>>& reference_mm,
                                       double min_ds_pct);

}  // namespace ctffr
