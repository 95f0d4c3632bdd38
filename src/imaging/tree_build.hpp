// SPDX-License-Identifier: Apache-2.0
// From harvested paths to a CoronaryTree: centred, smooth, with radii, split where branches leave.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "ctffr/core/run.hpp"
#include "ctffr/data/image.hpp"
#include "ctffr/data/quality.hpp"
#include "ctffr/data/tree.hpp"
#include "imaging/tree_growth.hpp"

namespace ctffr::imaging {

// What is seen in the plane at right angles to a vessel.
struct Section {
    double closed = 0;     // fraction of rays that met the wall
    double radius_mm = 0;  // area-equivalent
    Vec3 shift_mm;         // from the point to the centroid of the wall points
};
// Looks at the plane through `center` with unit normal `tangent`.
using SectionProbe = std::function<Section(Vec3 center_lps_mm, Vec3 tangent)>;

// Sections of the blood-filled lumen in the image: the wall is half way between the blood at the centre and
// the tissue around it, ray by ray.
SectionProbe image_probe(const Volume& volume, const ScanModel& scan);
SectionProbe image_probe(const ScalarGrid& image, const ScanModel& scan);
// Sections of a signed field that is positive inside the vessel (mask minus one half): the wall is its zero.
SectionProbe field_probe(const ScalarGrid& field);

struct BuildOptions {
    double point_spacing_mm = 0.5;
    int recentre_iterations = 2;
    double smoothing_length_mm = 3;  // waves of this length along the vessel lose half of their height
};

// `side_of[path]` for the paths; parents come before children in `paths` (as grow_paths returns them). Paths
// without a parent become roots. Radii are estimates; the lumen stage measures them.
CoronaryTree build_tree(const std::vector<GrownPath>& paths, const std::vector<Side>& side_of,
                        const SectionProbe& probe, const BuildOptions& options, const Run& run);

// Adds flags to every branch: weak stretches (`evidence` below `weak`) and calcified stretches (centre values
// above `calcium_hu` in the image).
void flag_branches(CoronaryTree& tree, const Volume& volume, const ScanModel& scan,
                   const ScalarGrid& evidence, double weak_evidence);

}  // namespace ctffr::imaging
