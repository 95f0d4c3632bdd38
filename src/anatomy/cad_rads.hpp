// SPDX-License-Identifier: Apache-2.0
// CAD-RADS 2.0 from stenoses, plaque and FFR (Cury et al., JCCT 16:536, 2022).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ctffr/data/flow.hpp"
#include "ctffr/data/plaque.hpp"
#include "ctffr/data/tree.hpp"

namespace ctffr {

// What a grade rests on.
struct CadRadsInput {
    const CoronaryTree& tree;
    const std::vector<std::vector<double>>& reference_radius_mm;  // [branch][point]; empty: all count
    const std::vector<Lesion>& lesions;                           // with FFR where it was read
    const PlaqueReport& plaque;
    std::optional<double> agatston;
    bool graft = false, exception = false;  // known to the reader of the scan; not seen in the image
    std::vector<std::string> lost = {};     // main arteries that were not found, "left circumflex"
};

// False for a narrowing below 50 % in whose wall plaque was looked for and none was found: a muscle bridge, a
// spasm, or an error of the lumen; it is listed, but no stenosis. From 50 % on it counts all the same: beside
// forks plaque is often not found, and what is left out could be the worst. An occlusion is plaque all
// through.
bool counts_as_stenosis(const std::vector<Lesion>& lesions, const PlaqueReport& plaque, std::size_t lesion);

// Category by the worst stenosis in segments of at least 1.5 mm, modifiers, plaque burden by the calcium
// score where there is one, else by the segment involvement score, and both segment scores
// (docs/theory/cad-rads.md). Lesions outside named segments count by their vessel's name.
CadRads grade_cad_rads(const CadRadsInput& input);

}  // namespace ctffr
