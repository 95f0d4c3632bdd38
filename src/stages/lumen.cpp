// SPDX-License-Identifier: Apache-2.0
#include "ctffr/stages/lumen.hpp"

#include "lumen/build_surface.hpp"
#include "lumen/measured.hpp"
#include "lumen/paint.hpp"
#include "lumen/psf_fit.hpp"

namespace ctffr {

LumenResult run_lumen(const Volume& volume, const ScanModel& scan, const CoronaryTree& tree,
                      const LumenOptions& options, const Run& run) {
    lumen::PsfFitOptions fit_options;
    fit_options.angles = options.angles, fit_options.recentre_iterations = options.recentre_iterations;
    lumen::PsfFit fit = lumen::fit_lumen(volume, scan, tree, fit_options, run);
    LumenResult result;
    result.tree = std::move(fit.tree), result.remarks = std::move(fit.remarks);
    result.lumen.branches = std::move(fit.branches), result.lumen.method = "psf-fit";
    build_lumen_surface(result.lumen, result.tree, options, run);
    return result;
}

LumenResult run_lumen_from_surface(const TriangleMesh& surface, const CoronaryTree& tree,
                                   const LumenOptions& options, const Run& run) {
    lumen::Measured measured = lumen::measure_surface(surface, tree, options.angles, run);
    return {std::move(measured.lumen), std::move(measured.tree), std::move(measured.remarks)};
}

LumenResult run_lumen_from_mask(const Segmentation& mask, const CoronaryTree& tree,
                                const LumenOptions& options, const Run& run) {
    lumen::Measured measured = lumen::measure_mask(mask, tree, options.angles, run);
    LumenResult result{std::move(measured.lumen), std::move(measured.tree), std::move(measured.remarks)};
    build_lumen_surface(result.lumen, result.tree, options, run);
    return result;
}

void paint_coronaries(Segmentation& segmentation, const LumenSurface& lumen, const CoronaryTree& tree) {
    lumen::paint(segmentation, lumen, tree);
}

void build_lumen_surface(LumenSurface& lumen, const CoronaryTree& tree, const LumenOptions& options,
                         const Run& run) {
    lumen::build_surface(lumen, tree, {options.surface_spacing_mm, options.blend_fraction}, run);
}

}  // namespace ctffr
