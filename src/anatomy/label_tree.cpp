// SPDX-License-Identifier: Apache-2.0
#include "anatomy/label_tree.hpp"

#include <array>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "anatomy/label_frame.hpp"
#include "anatomy/label_names.hpp"
#include "anatomy/label_sides.hpp"

namespace ctffr::anatomy {

namespace {

struct DominancePrior {
    Dominance dominance;
    double share;
};
// Shares of hearts, docs/theory/labels.md.
constexpr std::array priors = {DominancePrior{Dominance::right, 0.82}, DominancePrior{Dominance::left, 0.10},
                               DominancePrior{Dominance::balanced, 0.08}};

// Below this a dominance is not stated.
constexpr double least_dominance = 0.4;

// One choice of the main arteries and the dominance, with what it leaves open.
struct Whole {
    Dominance dominance;
    std::vector<Reading> parts[3];  // LAD, LCX, RCA
    double best = 0, sum = 0;       // of the best reading of each part, of all readings
};

std::vector<Whole> wholes_of(const CoronaryTree& tree, const HeartAxes& axes,
                             const std::vector<MainWays>& mains, bool apex_known) {
    std::vector<Whole> all;
    for (const MainWays& main : mains) {
        const View view{tree, axes, main, apex_known};
        std::vector<Reading> lad = lad_readings(view);
        keep_likely(lad);
        for (const DominancePrior& prior : priors) {
            Whole whole{prior.dominance,
                        {lad, lcx_readings(view, prior.dominance), rca_readings(view, prior.dominance)}};
            for (auto& part : whole.parts) keep_likely(part);
            whole.best = whole.sum = main.score + std::log(prior.share);
            for (const auto& part : whole.parts)
                whole.best += part[best_of(part)].score, whole.sum += log_sum(part);
            all.push_back(std::move(whole));
        }
    }
    return all;
}

}  // namespace

void label_tree(CoronaryTree& tree, const HeartFrame& heart) {
    if (tree.branches.empty()) return;
    const CoronaryTree plain = merged_branches(tree);
    const HeartAxes axes = axes_of(plain, heart);
    const std::vector<Whole> wholes = wholes_of(plain, axes, main_readings(plain, axes), heart.lv_found);
    const Whole* best = &wholes.front();
    double top = -std::numeric_limits<double>::infinity();
    for (const Whole& whole : wholes) {
        if (whole.best > best->best) best = &whole;
        top = std::max(top, whole.sum);
    }
    double total = 0;
    for (const Whole& whole : wholes) total += std::exp(whole.sum - top);

    Votes votes(plain);
    double dominance_weight = 0;
    for (const Whole& whole : wholes) {
        const double weight = std::exp(whole.sum - top) / total;
        if (whole.dominance == best->dominance) dominance_weight += weight;
        for (const auto& part : whole.parts) {
            const double part_sum = log_sum(part);
            for (const Reading& reading : part)
                votes.add(reading.names, weight * std::exp(reading.score - part_sum));
        }
    }
    Names names(plain.branches.size());
    for (const auto& part : best->parts) names.add(part[best_of(part)].names);
    tree = named_branches(plain, names, votes);
    tree.dominance = dominance_weight < least_dominance ? Dominance::unknown : best->dominance;
    tree.dominance_confidence = dominance_weight;
}

}  // namespace ctffr::anatomy
