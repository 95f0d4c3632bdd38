// SPDX-License-Identifier: Apache-2.0
// From fitted chains to sections, tree and flags.
#pragma once

#include <string>
#include <vector>

#include "ctffr/data/image.hpp"
#include "ctffr/data/lumen.hpp"
#include "ctffr/data/tree.hpp"
#include "lumen/fit_chain.hpp"
#include "lumen/ray_data.hpp"

namespace ctffr::lumen {

// A tube whose radius bends along its axis looks, blurred, like one of radius r + s^2 r'' / 2 (s: blur along
// the axis); takes that off again.
void undo_axial_blur(std::vector<FitChain>& chains, const ScanFacts& scan, const ImageGeometry& geometry);

// Sections of every branch (same order and point count as `tree`), the re-centred tree with area-equivalent
// radii, and flags for calcified and not analysable stretches.
void write_fit(const std::vector<FitChain>& chains, const std::vector<std::vector<SectionRays>>& rays,
               const ScanFacts& scan, const CoronaryTree& tree, int angles,
               std::vector<LumenBranch>& branches, CoronaryTree& out);

}  // namespace ctffr::lumen
