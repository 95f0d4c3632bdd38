// SPDX-License-Identifier: Apache-2.0
// FFR of the vessels, and whether result and truth decide alike.
#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "stages/evaluate_parts.hpp"

namespace ctffr::evaluation {

// True FFR at the most distal point of at least 1.5 mm diameter; both sides at the most distal such point
// where the found tree covers it and has FFR. A vessel that is occluded on the way there, in truth or as
// found, has none to compare.
void compare_vessel_ffr(const EvaluationSide& found, const EvaluationSide& truth, const Vessel& vessel,
                        const EvaluateOptions& options, VesselFigures& figures) {
    if (truth.ffr.empty()) return;
    const OpenTree true_open = open_tree(truth.tree), found_open = open_tree(found.tree);
    bool last = true, last_found = true;
    for (auto id = vessel.branches.rbegin(); id != vessel.branches.rend(); ++id) {
        const Branch& branch = truth.tree.branches[static_cast<std::size_t>(*id)];
        for (std::size_t i = branch.points.size(); i-- > 0;) {
            const CenterlinePoint& point = branch.points[i];
            if (point.radius_mm < options.min_true_radius_mm) continue;
            if (std::exchange(last, false))
                figures.true_occluded = !true_open.reaches(static_cast<std::size_t>(*id), i);
            const double true_ffr = value_at(truth.ffr, {*id, static_cast<int>(i)});
            if (!std::isfinite(true_ffr) && !figures.true_occluded) continue;
            if (!figures.true_occluded && figures.true_distal_ffr < 0) figures.true_distal_ffr = true_ffr;
            const auto matched = match(found.tree, point);
            if (!matched) continue;
            if (std::exchange(last_found, false))
                figures.found_occluded = !found_open.reaches(static_cast<std::size_t>(matched->branch),
                                                             static_cast<std::size_t>(matched->point));
            const double found_ffr = value_at(found.ffr, *matched);
            if (figures.found_occluded) return;
            if (!std::isfinite(found_ffr)) continue;
            figures.found_ffr = found_ffr;
            if (!figures.true_occluded) figures.true_ffr = true_ffr;
            return;
        }
    }
}

void count_decisions(const EvaluateOptions& options, Evaluation& out) {
    constexpr std::array mains = {"LAD", "LCX", "RCA"};
    const auto count = [&](const VesselFigures& vessel, DecisionFigures& decisions) {
        ++decisions.vessels;
        const bool treat = vessel.true_occluded || vessel.true_distal_ffr <= options.treat_at_ffr;
        if (vessel.found_ffr < 0 && !vessel.found_occluded)
            ++decisions.undecided;
        else if ((vessel.found_occluded || vessel.found_ffr <= options.treat_at_ffr) == treat)
            ++decisions.agree;
        else
            ++(treat ? decisions.missed : decisions.excess);
    };
    for (const VesselFigures& vessel : out.vessels) {
        if (vessel.true_distal_ffr < 0 && !vessel.true_occluded) continue;
        count(vessel, out.decisions);
        if (std::any_of(mains.begin(), mains.end(), [&](const char* name) { return vessel.name == name; }))
            count(vessel, out.main_decisions);
        if (vessel.true_distal_ffr >= options.grey_zone_low &&
            vessel.true_distal_ffr <= options.grey_zone_high)
            count(vessel, out.grey_decisions);
    }
}

}  // namespace ctffr::evaluation
