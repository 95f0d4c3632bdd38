// SPDX-License-Identifier: Apache-2.0
#include "ctffr/stages/evaluate.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include <fmt/format.h>

#include "anatomy/overlap.hpp"

namespace ctffr {

namespace {

// A point of a tree by branch and index.
struct PointRef {
    int branch = 0, point = 0;
};

const CenterlinePoint& at(const CoronaryTree& tree, PointRef ref) {
    return tree.branches[static_cast<std::size_t>(ref.branch)].points[static_cast<std::size_t>(ref.point)];
}

// The found point nearest to a true one, of the same side when sides are known; empty beyond `tolerance_mm`.
std::optional<PointRef> nearest(const CoronaryTree& found, Vec3 lps_mm, double tolerance_mm) {
    std::optional<PointRef> best;
    double best_distance = tolerance_mm;
    for (const Branch& branch : found.branches)
        for (std::size_t i = 0; i < branch.points.size(); ++i) {
            const double d = distance(branch.points[i].position_lps_mm, lps_mm);
            if (d <= best_distance) {
                best_distance = d;
                best = PointRef{branch.id, static_cast<int>(i)};
            }
        }
    return best;
}

// True where two branches' lumens overlap, so that "the" radius of a section is a matter of definition.
bool near_junction(const CoronaryTree& tree, const Branch& branch, const CenterlinePoint& point,
                   double margin) {
    const double from_start = point.arc_mm, to_end = branch.length_mm() - point.arc_mm;
    const std::vector<int> siblings = tree.children_of(branch.parent);
    const double start_radius = branch.points.front().radius_mm, end_radius = branch.points.back().radius_mm;
    const bool forked_start = branch.parent >= 0 && siblings.size() > 1;
    const bool forked_end = tree.children_of(branch.id).size() > 1;
    // A root begins inside the aorta's wall: its first radius is no vessel section either.
    return ((forked_start || branch.parent < 0) && from_start < margin * 2 * start_radius) ||
           (forked_end && to_end < margin * end_radius);
}

void compare_radii(const EvaluationSide& found, const EvaluationSide& truth, const EvaluateOptions& options,
                   const Run& run, Evaluation& out) {
    std::vector<double> absolute;
    double relative = 0;
    for (const Branch& branch : truth.tree.branches) {
        run.check_cancel();
        for (const CenterlinePoint& point : branch.points) {
            if (point.radius_mm < options.min_true_radius_mm) continue;
            if (near_junction(truth.tree, branch, point, options.junction_margin)) continue;
            const auto match = nearest(found.tree, point.position_lps_mm, point.radius_mm);
            if (!match) continue;
            const double error = at(found.tree, *match).radius_mm - point.radius_mm;
            absolute.push_back(std::abs(error));
            relative += error / point.radius_mm;
        }
    }
    out.radius_points = static_cast<long>(absolute.size());
    if (absolute.empty()) return;
    double sum = 0;
    for (double e : absolute) sum += e;
    std::sort(absolute.begin(), absolute.end());
    out.radius_mean_abs_mm = sum / static_cast<double>(absolute.size());
    out.radius_p95_abs_mm = absolute[absolute.size() * 95 / 100];
    out.radius_bias_pct = 100 * relative / static_cast<double>(absolute.size());
}

LesionFigures compare_lesion(const EvaluationSide& found, const CoronaryTree& truth, const Lesion& lesion) {
    LesionFigures figures;
    figures.segment = lesion.segment;
    double true_mld = std::numeric_limits<double>::infinity(), found_mld = true_mld;
    const Branch& branch = truth.branches[static_cast<std::size_t>(lesion.branch)];
    for (const CenterlinePoint& point : branch.points) {
        if (point.arc_mm < lesion.start_mm || point.arc_mm > lesion.end_mm) continue;
        true_mld = std::min(true_mld, 2 * point.radius_mm);
        // In a tight throat the tolerance "one radius" would be below the resolution of the scan.
        if (const auto match = nearest(found.tree, point.position_lps_mm, std::max(point.radius_mm, 1.0)))
            found_mld = std::min(found_mld, 2 * at(found.tree, *match).radius_mm);
    }
    figures.true_mld_mm = std::isfinite(true_mld) ? true_mld : 0;
    figures.found_mld_mm = std::isfinite(found_mld) ? found_mld : -1;
    return figures;
}

// FFR of both sides at the most distal true point of at least 1.5 mm diameter that the found tree covers.
void compare_vessel_ffr(const EvaluationSide& found, const EvaluationSide& truth, const Vessel& vessel,
                        const EvaluateOptions& options, VesselFigures& figures) {
    if (found.ffr.empty() || truth.ffr.empty()) return;
    for (auto id = vessel.branches.rbegin(); id != vessel.branches.rend(); ++id) {
        const Branch& branch = truth.tree.branches[static_cast<std::size_t>(*id)];
        for (std::size_t i = branch.points.size(); i-- > 0;) {
            const CenterlinePoint& point = branch.points[i];
            if (point.radius_mm < options.min_true_radius_mm) continue;
            const auto match = nearest(found.tree, point.position_lps_mm, point.radius_mm);
            if (!match) continue;
            figures.true_ffr = truth.ffr[static_cast<std::size_t>(*id)][i];
            figures.found_ffr =
                found.ffr[static_cast<std::size_t>(match->branch)][static_cast<std::size_t>(match->point)];
            return;
        }
    }
}

}  // namespace

Evaluation run_evaluate(const EvaluationSide& found, const EvaluationSide& truth,
                        const EvaluateOptions& options, const Run& run) {
    Evaluation out;
    const anatomy::TreeOverlap overlap = anatomy::compare_trees(found.tree, truth.tree);
    // With separate ostia on one side the worst counts.
    for (const anatomy::OstiumError& ostium : overlap.ostia) {
        double& error = ostium.side == Side::left ? out.left_ostium_mm : out.right_ostium_mm;
        error = std::max(error, ostium.error_mm);
    }
    out.false_positive_fraction = overlap.false_positive_fraction();
    out.false_positive_mm = overlap.false_positive_mm;
    out.found_length_mm = overlap.found_length_mm;
    for (const Vessel& vessel : vessels_of(truth.tree)) {
        VesselFigures figures;
        figures.name = vessel.name;
        if (const anatomy::VesselOverlap* v = overlap.vessel(vessel.name)) {
            figures.relevant_length_mm = v->relevant_length_mm;
            figures.overlap = v->overlap;
            figures.relevant_overlap = v->relevant_overlap;
            figures.until_first_error = v->until_first_error;
            figures.inside_mm = v->inside_mm;
        }
        compare_vessel_ffr(found, truth, vessel, options, figures);
        out.vessels.push_back(figures);
    }
    compare_radii(found, truth, options, run, out);
    for (const Lesion& lesion : truth.lesions)
        out.lesions.push_back(compare_lesion(found, truth.tree, lesion));
    const anatomy::LabelAgreement labels = anatomy::compare_labels(found.tree, truth.tree);
    out.label_agreement = labels.fraction();
    out.dominance_right = labels.dominance_right;
    return out;
}

std::string evaluation_lines(const Evaluation& evaluation, const std::string& case_name) {
    std::string text;
    const auto line = [&](const std::string& figure, double value, const char* unit) {
        text += fmt::format("{} {} {:.4f} {} - info\n", case_name, figure, value, unit);
    };
    line("left-ostium-error", evaluation.left_ostium_mm, "mm");
    line("right-ostium-error", evaluation.right_ostium_mm, "mm");
    for (const VesselFigures& vessel : evaluation.vessels) {
        line(vessel.name + "-relevant-length", vessel.relevant_length_mm, "mm");
        line(vessel.name + "-OV", vessel.overlap, "-");
        line(vessel.name + "-OT", vessel.relevant_overlap, "-");
        line(vessel.name + "-OF", vessel.until_first_error, "-");
        line(vessel.name + "-AI", vessel.inside_mm, "mm");
        if (vessel.true_ffr >= 0) {
            line(vessel.name + "-true-FFR", vessel.true_ffr, "-");
            line(vessel.name + "-found-FFR", vessel.found_ffr, "-");
        }
    }
    line("false-positive-length", evaluation.false_positive_mm, "mm");
    line("false-positive-fraction", evaluation.false_positive_fraction, "-");
    line("found-length", evaluation.found_length_mm, "mm");
    line("radius-points", static_cast<double>(evaluation.radius_points), "-");
    line("radius-mean-abs-error", evaluation.radius_mean_abs_mm, "mm");
    line("radius-p95-abs-error", evaluation.radius_p95_abs_mm, "mm");
    line("radius-bias", evaluation.radius_bias_pct, "%");
    for (std::size_t i = 0; i < evaluation.lesions.size(); ++i) {
        const LesionFigures& lesion = evaluation.lesions[i];
        line(fmt::format("lesion-{}-{}-true-MLD", i, lesion.segment), lesion.true_mld_mm, "mm");
        line(fmt::format("lesion-{}-{}-found-MLD", i, lesion.segment), lesion.found_mld_mm, "mm");
    }
    line("label-agreement", evaluation.label_agreement, "-");
    line("dominance-right", evaluation.dominance_right ? 1 : 0, "-");
    return text;
}

}  // namespace ctffr
