// SPDX-License-Identifier: Apache-2.0
// Stages: plaque of the measured wall, calcium score of a scan without contrast, CAD-RADS.
#pragma once

#include <vector>

#include "ctffr/core/run.hpp"
#include "ctffr/data/flow.hpp"
#include "ctffr/data/image.hpp"
#include "ctffr/data/lumen.hpp"
#include "ctffr/data/plaque.hpp"
#include "ctffr/data/quality.hpp"
#include "ctffr/data/tree.hpp"

namespace ctffr {

// What only the reader of a scan knows, and where calcium is looked for.
struct FindingOptions {
    bool graft = false, exception = false;  // modifiers G and E of CAD-RADS
    double calcium_reach_mm = 3;            // calcium farther from the outer wall is not coronary
    bool calcium_frame_agrees = false;  // the calcium series lies in the frame of the CTA, whatever it says
};

// Plaque between lumen and outer wall (docs/theory/plaque.md); `why_not` says why there is none.
PlaqueReport run_plaque(const Volume& volume, const ScanModel& scan, const CoronaryTree& tree,
                        const LumenSurface& lumen, const FfrMap& map, const std::vector<Lesion>& lesions,
                        const Run& run);

// Agatston and volume score of a scan without contrast, of the arteries of a tree found in `cta`
// (docs/theory/calcium-score.md). Throws Error(input_unsupported) for a tube voltage without a threshold,
// Error(input_ambiguous) for another patient, Error(input_geometry) when the two scans do not share a frame
// of reference or do not cover the tree, Error(input_not_ct) for a scan with contrast.
CalciumScore run_calcium_score(const Volume& calcium, const Acquisition& cta, const Segmentation& heart,
                               const CoronaryTree& tree, const FindingOptions& options, const Run& run);

// CAD-RADS 2.0 of finished findings; a calcium score that was not measured does not count. `lost`: main
// arteries that were not found (lost_main_arteries), empty where the tree is the user's own.
CadRads run_cad_rads(const CoronaryTree& tree, const std::vector<std::string>& lost, const FfrMap& map,
                     const std::vector<Lesion>& lesions, const PlaqueReport& plaque,
                     const CalciumScore& calcium, const FindingOptions& options);

}  // namespace ctffr
