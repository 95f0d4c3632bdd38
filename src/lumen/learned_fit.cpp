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
    const ScanFacts scan = facts_of(scan_model, result.remarks);
    run.progress("lumen network", 0.0);
    const ImageWindow window = window_around(volume, tree, 8.0, run);
    std::vector<FitChain> chains = make_fit_chains(tree);
    AllRays rays = sample_all(window, chains, run);
    pull_into_vessel(chains, rays, scan);
    const int passes = 1 + std::max(0, options.recentre_iterations);
    for (int pass = 0; pass < passes; ++pass) {
        rays = sample_all(window, chains, run);
        if (pass == 0) start_radii(chains, rays, scan);
        const std::vector<BloodLine> lines = fit_blood_lines(chains, rays, scan, scan.blood_hu);
        for (std::size_t c = 0; c < chains.size(); ++c) {
            run.progress("lumen network",
                         (pass + static_cast<double>(c) / static_cast<double>(chains.size())) / passes);
            FitChain& chain = chains[c];
            std::vector<double> blood;
            for (const FitSection& s : chain.sections)
                blood.push_back(lines[static_cast<std::size_t>(chain.root)].at(s.path_mm));
            fit_rays(chain, estimate_rays(window, chain.sections, blood, scan, network, run), correlation,
                     options.priors, pass + 1 == passes, run);
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
