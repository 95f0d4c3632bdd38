// SPDX-License-Identifier: Apache-2.0
#include "lumen/psf_fit.hpp"

#include <algorithm>
#include <cmath>

#include "ctffr/core/error.hpp"
#include "ctffr/core/units.hpp"
#include "ctffr/data/vessel_wall.hpp"
#include "ctffr/parallel/parallel.hpp"
#include "lumen/blood_model.hpp"
#include "lumen/fit_output.hpp"
#include "lumen/fit_start.hpp"
#include "lumen/image_window.hpp"
#include "lumen/ray_data.hpp"

namespace ctffr::lumen {

namespace {

using P = SectionParameters;

void start_surroundings(FitChain& chain, const std::vector<SectionRays>& rays,
                        const std::vector<double>& reference, const std::vector<double>& blood,
                        const FitPriors& priors) {
    for (std::size_t i = 0; i < chain.sections.size(); ++i) {
        auto& v = chain.sections[i].fit.value;
        const double healthy = std::max(reference[i], v[P::contour]);
        std::fill(v.begin() + P::contour + 1, v.end(), 0.0);
        v[P::outer] = healthy + healthy_wall_mm(healthy);
        v[P::wall] = priors.wall_hu, v[P::blood] = blood[i];
        std::vector<double> beyond;
        const int j = std::min(RayGrid::steps - 1, static_cast<int>((v[P::outer] + 0.2) / RayGrid::step_mm));
        for (int a = 0; a < RayGrid::angles; ++a)
            beyond.push_back(
                std::clamp<double>(rays[i].hu[static_cast<std::size_t>(a * RayGrid::steps + j)], -120, 200));
        v[P::outside] = quantile(beyond, 0.5);
    }
}

struct Expectation {
    std::vector<double> blood_hu, reference_mm;
};
Expectation expect(const FitChain& chain, const std::vector<BloodLine>& lines) {
    Expectation e;
    e.reference_mm = running_quantile(chain, 10, 0.7);
    for (const FitSection& s : chain.sections)
        e.blood_hu.push_back(lines[static_cast<std::size_t>(chain.root)].at(s.path_mm));
    return e;
}

void find_calcium(FitChain& chain, const std::vector<SectionRays>& rays) {
    for (std::size_t i = 0; i < rays.size(); ++i) {
        int hit = 0;
        for (float edge : rays[i].calcium_mm) hit += edge >= 0 ? 1 : 0;
        chain.sections[i].calcified = hit >= 3;
    }
}

}  // namespace

PsfFit fit_lumen(const Volume& volume, const ScanModel& scan_model, const CoronaryTree& tree,
                 const PsfFitOptions& options, const Run& run) {
    PsfFit result;
    const ScanFacts scan = facts_of(scan_model, result.remarks);
    run.progress("lumen fit", 0.0);
    const ImageWindow window = window_around(volume, tree, 8.0, run);
    std::vector<FitChain> chains = make_fit_chains(tree);
    SolverOptions solver;
    const int passes = 1 + std::max(0, options.recentre_iterations);
    AllRays rays;
    for (int pass = 0; pass < passes; ++pass) {
        const double from = static_cast<double>(pass) / passes;
        run.progress("lumen fit", 0.05 + 0.9 * from);
        rays = sample_all(window, chains, run);
        if (pass == 0) {
            pull_into_vessel(chains, rays, scan);
            rays = sample_all(window, chains, run);
        }
        if (pass == 0) start_radii(chains, rays, scan);
        for (int round = 0; round < 2; ++round) {
            const bool last = pass + 1 == passes && round == 1;
            mark_open_rays(chains, rays);
            const std::vector<BloodLine> lines = fit_blood_lines(chains, rays, scan, scan.blood_hu);
            ResidualCorrelation correlation;
            for (std::size_t c = 0; c < chains.size(); ++c) {
                run.progress("lumen fit",
                             0.05 + 0.9 * (from + (0.5 * round + 0.5 * static_cast<double>(c) /
                                                                     static_cast<double>(chains.size())) /
                                                      passes));
                const Expectation e = expect(chains[c], lines);
                if (round == 0)
                    start_surroundings(chains[c], rays[c], e.reference_mm, e.blood_hu, options.priors);
                parallel_for(Cpu{run.profiler}, "lumen ray masks", static_cast<Index>(rays[c].size()),
                             [&](Index i) {
                                 const auto at = static_cast<std::size_t>(i);
                                 choose_samples(chains[c].sections[at], scan, rays[c][at]);
                             });
                find_calcium(chains[c], rays[c]);
                solver.iterations = round == 0 ? 6 : 5;
                solve_chain(chains[c], rays[c], e.blood_hu, e.reference_mm, window.geometry, scan,
                            options.priors, solver, last, run);
                add_residual_correlation(chains[c], rays[c], window.geometry, scan, correlation, run);
            }
            solver.correlation_mm2 = std::clamp(correlation.area_mm2(0.5), 0.1, 3.0);
        }
        if (pass + 1 < passes) move_to_centroids(chains);
    }
    run.debug("Lumen fit: noise correlation area {:.2f} mm2 per section.", solver.correlation_mm2);
    undo_axial_blur(chains, scan, window.geometry);
    write_fit(chains, rays, scan, tree, options.angles, result.branches, result.tree);
    run.progress("lumen fit", 1.0);
    return result;
}

}  // namespace ctffr::lumen
