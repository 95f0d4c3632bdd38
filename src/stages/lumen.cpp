// SPDX-License-Identifier: Apache-2.0
#include "ctffr/stages/lumen.hpp"

#include "anatomy/widening.hpp"
#include "lumen/build_surface.hpp"
#include "lumen/measured.hpp"
#include "lumen/paint.hpp"
#include "lumen/psf_fit.hpp"

namespace ctffr {

namespace {

// The fitted radius shows leaks into veins and chambers that the first estimate could not see.
void cut_leaks(LumenResult& result) {
    const anatomy::WideningCuts cuts = anatomy::cut_widening(result.tree);
    if (cuts.remarks.empty()) return;
    result.remarks.insert(result.remarks.end(), cuts.remarks.begin(), cuts.remarks.end());
    std::vector<LumenBranch> kept;
    for (std::size_t b = 0; b < cuts.source.size(); ++b) {
        LumenBranch branch = std::move(result.lumen.branches[static_cast<std::size_t>(cuts.source[b])]);
        branch.branch = static_cast<int>(b);
        branch.sections.resize(result.tree.branches[b].points.size());
        kept.push_back(std::move(branch));
    }
    result.lumen.branches = std::move(kept);
}

}  // namespace

LumenResult run_lumen(const Volume& volume, const ScanModel& scan, const CoronaryTree& tree,
                      const LumenOptions& options, const Run& run) {
    lumen::PsfFitOptions fit_options;
    fit_options.angles = options.angles, fit_options.recentre_iterations = options.recentre_iterations;
    lumen::PsfFit fit = lumen::fit_lumen(volume, scan, tree, fit_options, run);
    LumenResult result;
    result.tree = std::move(fit.tree), result.remarks = std::move(fit.remarks);
    result.lumen.branches = std::move(fit.branches), result.lumen.method = "psf-fit";
    cut_leaks(result);
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
