// SPDX-License-Identifier: Apache-2.0
#include "lumen/learned_fit.hpp"

#include "lumen/blood_model.hpp"
#include "lumen/fit_output.hpp"
#include "lumen/fit_start.hpp"

namespace ctffr::lumen {

PsfFit fit_lumen_learned(const Volume& volume, const ScanModel& scan_model, const CoronaryTree& tree,
                         const PolarNetwork& network, const RayCorrelation& correlation,
                         const PsfFitOptions& options, const Run& run) {
    PsfFit result;
    // The network has smoothed along the vessel already: half as stiff as the classical fit is closest to the
    // truth, at throats and elsewhere.
    FitPriors priors = options.priors;
    for (double* prior : {&priors.radius_bend_mm, &priors.radius_slope_mm, &priors.shape_bend_mm})
        *prior *= 2;
    const ScanFacts scan = facts_of(scan_model, result.remarks);
    run.progress("lumen network", 0.0);
    const ImageWindow window = window_around(volume, tree, 8.0, run);
    std::vector<FitChain> chains = make_fit_chains(tree);
    AllRays rays = sample_all(window, chains, run);
    pull_into_vessel(chains, rays, scan);
    std::vector<std::vector<double>> share;
    const int passes = 1 + std::max(0, options.recentre_iterations);
    for (int pass = 0; pass < passes; ++pass) {
        rays = sample_all(window, chains, run);
        if (pass == 0) start_radii(chains, rays, scan);
        const std::vector<BloodLine> lines = fit_blood_lines(chains, rays, scan, scan.blood_hu);
        // By the radii at half level: a network that was told too bright blood sees a narrow lumen.
        if (pass == 0) share = dim_blood(chains, rays, scan, lines);
        for (std::size_t c = 0; c < chains.size(); ++c) {
            run.progress("lumen network",
                         (pass + static_cast<double>(c) / static_cast<double>(chains.size())) / passes);
            FitChain& chain = chains[c];
            std::vector<double> blood;
            for (std::size_t i = 0; i < chain.sections.size(); ++i)
                blood.push_back(share[c][i] *
                                lines[static_cast<std::size_t>(chain.root)].at(chain.sections[i].path_mm));
            fit_rays(chain, estimate_rays(window, chain.sections, blood, scan, network, run), correlation,
                     priors, pass + 1 == passes, run);
        }
        if (pass + 1 < passes) move_to_centroids(chains);
    }
    for (std::size_t c = 0; c < chains.size(); ++c)
        for (std::size_t i = 0; i < chains[c].sections.size(); ++i)
            rays[c][i].open = chains[c].sections[i].open;
    write_fit(chains, rays, scan, tree, options.angles, result.branches, result.tree);
    run.progress("lumen network", 1.0);
    return result;
}

}  // namespace ctffr::lumen
