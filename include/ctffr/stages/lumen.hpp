// SPDX-License-Identifier: Apache-2.0
// Stage: tree + image (or mask, or surface) -> lumen sections r(theta, s) and the closed surface.
#pragma once

#include "ctffr/core/run.hpp"
#include "ctffr/data/heart.hpp"
#include "ctffr/data/image.hpp"
#include "ctffr/data/lumen.hpp"
#include "ctffr/data/quality.hpp"
#include "ctffr/data/tree.hpp"

namespace ctffr {

struct LumenOptions {
    int angles = 32;
    double surface_spacing_mm = 0.2;  // grid of the implicit union
    double blend_fraction = 0.3;      // smooth-union radius at bifurcations, times the local radius
    int recentre_iterations = 1;
};

struct LumenResult {
    LumenSurface lumen;
    CoronaryTree tree;  // re-centred on the sections, radius_mm = area-equivalent
    std::vector<std::string> remarks;
};

// PSF-aware fit to the image. Paths that the fit shows to be no artery are cut, and segments are named anew
// (`heart` as for label_segments).
LumenResult run_lumen(const Volume& volume, const ScanModel& scan, const HeartFrame& heart,
                      const CoronaryTree& tree, const LumenOptions& options, const Run& run);
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
