// SPDX-License-Identifier: Apache-2.0
// Stage: tree + image (or mask, or surface) -> lumen sections r(theta, s) and the closed surface.
#pragma once

#include "ctffr/core/run.hpp"
#include "ctffr/data/heart.hpp"
#include "ctffr/data/image.hpp"
#include "ctffr/data/lumen.hpp"
#include "ctffr/data/quality.hpp"
#include "ctffr/data/tree.hpp"
#include "ctffr/stages/lumen_network.hpp"

namespace ctffr {

struct LumenOptions {
    int angles = 32;
    double surface_spacing_mm = 0.2;  // grid of the implicit union
    double blend_fraction = 0.3;      // smooth-union radius at bifurcations, times the local radius
    int recentre_iterations = 1;
    // Which measurement of an image's lumen counts: "classical" (PSF-aware fit), "learned" (lumen network),
    // or "auto": both are made, the network counts unless its score is well below the fit's, and their
    // disagreement widens the uncertainty.
    std::string segmentation = "auto";
};

struct LumenResult {
    LumenSurface lumen;
    CoronaryTree tree;  // re-centred on the sections, radius_mm = area-equivalent
    std::vector<std::string> remarks;
    double score = 0, other_score = 0;       // of the measurement that counts and of the other; 0: not made
    std::vector<BranchAgreement> agreement;  // empty when only one was made
};

// Throws Error(usage) when `segmentation` is none of LumenOptions::segmentation's words, or asks for a
// network where there is none (null).
void check_segmentation(const std::string& segmentation, const LumenNetwork* network);
// The lumen measured in the image. Paths that the measurement shows to be no artery are cut, and segments are
// named anew (`heart` as for label_segments). Without a `network` (null) the classical fit counts;
// Error(usage) when "learned" was asked for.
LumenResult run_lumen(const Volume& volume, const ScanModel& scan, const HeartFrame& heart,
                      const CoronaryTree& tree, const LumenNetwork* network, const LumenOptions& options,
                      const Run& run);
// Sections measured on a user's closed surface; the surface itself is kept, its openings become caps.
LumenResult run_lumen_from_surface(const TriangleMesh& surface, const CoronaryTree& tree,
                                   const LumenOptions& options, const Run& run);
// Sections measured on the half-level of a user's mask.
LumenResult run_lumen_from_mask(const Segmentation& mask, const CoronaryTree& tree,
                                const LumenOptions& options, const Run& run);
// The closed surface and caps of given sections (smooth union of the tubes); fills lumen.mesh, lumen.caps,
// areas.
void build_lumen_surface(LumenSurface& lumen, const CoronaryTree& tree, const LumenOptions& options,
                         const Run& run);
// Writes the labels coronary_left / coronary_right into every voxel whose centre lies in the lumen.
void paint_coronaries(Segmentation& segmentation, const LumenSurface& lumen, const CoronaryTree& tree);

}  // namespace ctffr
