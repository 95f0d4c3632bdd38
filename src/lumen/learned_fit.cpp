// SPDX-License-Identifier: Apache-2.0
#include "lumen/learned_fit.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "lumen/blood_model.hpp"
#include "lumen/fit_output.hpp"
#include "lumen/fit_start.hpp"
#include "lumen/mend_course.hpp"

namespace ctffr::lumen {

namespace {

// Centres of a mended stretch into the tree that the chain was made of, and a sentence.
void note_mended(const FitChain& chain, const MendedStretch& stretch, CoronaryTree& course,
                 std::vector<std::string>& remarks) {
    for (std::size_t j = 0; j < chain.branches.size(); ++j) {
        Branch& branch = course.branches[static_cast<std::size_t>(chain.branches[j])];
        const std::size_t first = chain.first_section[j], end = first + branch.points.size();
        if (stretch.first >= end || stretch.last < first) continue;
        const std::size_t from = std::max(first, stretch.first), to = std::min(end - 1, stretch.last);
        for (std::size_t i = from; i <= to; ++i)
            branch.points[i - first].position_lps_mm = chain.sections[i].center;
        remarks.push_back(
            fmt::format("{}: from {:.0f} to {:.0f} mm the centerline had left the lumen and was put back.",
                        segment_name(branch.segment), branch.points[from - first].arc_mm,
                        branch.points[to - first].arc_mm));
    }
}

// Children begin at the end of their parent again; arcs and tangents follow the points.
void join_branches(CoronaryTree& tree) {
    for (Branch& branch : tree.branches) {
        if (branch.parent >= 0)
            branch.points.front().position_lps_mm =
                tree.branches[static_cast<std::size_t>(branch.parent)].points.back().position_lps_mm;
        update_arc_and_tangents(branch);
    }
}

}  // namespace

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
    result.course = tree;
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
            std::vector<RayEstimate> seen = estimate_rays(window, chain.sections, blood, scan, network, run);
            if (pass == 0) {
                const auto mended = mend_course(chain, seen, window, blood, scan, network, {}, run);
                for (const MendedStretch& stretch : mended)
                    note_mended(chain, stretch, result.course, result.remarks);
                if (!mended.empty()) {
                    update_frames(chains);
                    seen = estimate_rays(window, chain.sections, blood, scan, network, run);
                }
            }
            fit_rays(chain, seen, correlation, priors, pass + 1 == passes, run);
        }
        if (pass == 0) join_branches(result.course);
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
