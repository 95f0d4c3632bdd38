// SPDX-License-Identifier: Apache-2.0
#include "ctffr/stages/evaluate.hpp"

#include <algorithm>
#include <cmath>

#include "anatomy/overlap.hpp"
#include "anatomy/segment_detection.hpp"
#include "anatomy/segment_match.hpp"
#include "stages/evaluate_parts.hpp"

namespace ctffr {

namespace evaluation {

const CenterlinePoint& at(const CoronaryTree& tree, PointRef ref) {
    return tree.branches[static_cast<std::size_t>(ref.branch)].points[static_cast<std::size_t>(ref.point)];
}

double value_at(const std::vector<std::vector<double>>& values, PointRef ref) {
    return values.empty() ? no_figure
                          : values[static_cast<std::size_t>(ref.branch)][static_cast<std::size_t>(ref.point)];
}

bool is_flagged(const CoronaryTree& tree, PointRef ref, BranchFlag::Kind kind) {
    const double arc_mm = at(tree, ref).arc_mm;
    const auto& flags = tree.branches[static_cast<std::size_t>(ref.branch)].flags;
    return std::any_of(flags.begin(), flags.end(), [&](const BranchFlag& flag) {
        return flag.kind == kind && arc_mm >= flag.start_mm && arc_mm <= flag.end_mm;
    });
}

bool is_without_radius(const CoronaryTree& tree, PointRef ref) {
    return is_flagged(tree, ref, BranchFlag::Kind::not_analysable) ||
           is_flagged(tree, ref, BranchFlag::Kind::occluded);
}

std::optional<PointRef> nearest(const CoronaryTree& tree, Vec3 lps_mm, double tolerance_mm) {
    std::optional<PointRef> best;
    double best_square = tolerance_mm * tolerance_mm;
    for (const Branch& branch : tree.branches)
        for (std::size_t i = 0; i < branch.points.size(); ++i) {
            const Vec3 way = branch.points[i].position_lps_mm - lps_mm;
            // Where a child starts on its parent's last point, the parent's stands first and is taken.
            if (const double square = dot(way, way);
                square < best_square || (!best && square == best_square)) {
                best_square = square;
                best = PointRef{branch.id, static_cast<int>(i)};
            }
        }
    return best;
}

std::optional<PointRef> match(const CoronaryTree& found, const CenterlinePoint& true_point) {
    constexpr double resolution_mm = 0.75;
    return nearest(found, true_point.position_lps_mm, std::max(true_point.radius_mm, resolution_mm));
}

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

namespace {

VesselFigures compare_vessel(const EvaluationSide& found, const EvaluationSide& truth, const Vessel& vessel,
                             const anatomy::TreeOverlap& overlap, const EvaluateOptions& options) {
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
    return figures;
}

void compare_names(const CoronaryTree& found, const CoronaryTree& truth, Evaluation& out) {
    anatomy::SegmentScore score;
    for (const anatomy::SegmentMatch& m : anatomy::match_segments(found, truth)) {
        score.add(m);
        const std::string name(segment_name(m.segment));
        auto at = std::find_if(out.segments.begin(), out.segments.end(),
                               [&](const SegmentFigures& s) { return s.segment == name; });
        if (at == out.segments.end()) at = out.segments.insert(at, SegmentFigures{name});
        at->label_true = m.in_truth, at->label_recalled = m.recalled();
        at->label_reached = m.reached(), at->label_named = m.named();
        at->label_found = m.in_found, at->label_right = m.precise();
    }
    out.label_recall = score.recall(), out.label_precision = score.precision(), out.label_f1 = score.f1();
    out.label_named_f1 = score.named_f1();
    out.dominance_confidence = found.dominance_confidence;
}

void compare_tree(const EvaluationSide& found, const EvaluationSide& truth, const EvaluateOptions& options,
                  Evaluation& out) {
    const anatomy::TreeOverlap overlap = anatomy::compare_trees(found.tree, truth.tree);
    // With separate ostia on one side the worst counts.
    for (const anatomy::OstiumError& ostium : overlap.ostia) {
        double& error = ostium.side == Side::left ? out.left_ostium_mm : out.right_ostium_mm;
        error = std::max(error, ostium.error_mm);
    }
    out.tree_overlap = overlap.overlap, out.tree_relevant_overlap = overlap.relevant_overlap;
    out.tree_until_first_error = overlap.until_first_error, out.tree_inside_mm = overlap.inside_mm;
    out.false_positive_fraction = overlap.false_positive_fraction();
    out.false_positive_mm = overlap.false_positive_mm;
    out.found_length_mm = overlap.found_length_mm;
    for (const Vessel& vessel : vessels_of(truth.tree))
        out.vessels.push_back(compare_vessel(found, truth, vessel, overlap, options));
    for (const anatomy::SegmentDetection& s : anatomy::detect_segments(found.tree, truth.tree))
        out.segments.push_back({std::string(segment_name(s.segment)), s.counts, s.found(), s.named(),
                                s.true_mm, s.covered_mm, s.false_branches});
    compare_names(found.tree, truth.tree, out);
    const anatomy::LabelAgreement labels = anatomy::compare_labels(found.tree, truth.tree);
    out.label_agreement = labels.fraction();
    out.dominance_right = labels.dominance_right;
}

}  // namespace

}  // namespace evaluation

Evaluation run_evaluate(const EvaluationSide& found, const EvaluationSide& truth,
                        const EvaluateOptions& options, const Run& run) {
    Evaluation out;
    out.found_scan = found.scan, out.true_scan = truth.scan;
    run.progress("tree", 0);
    evaluation::compare_tree(found, truth, options, out);
    evaluation::count_decisions(options, out);
    run.progress("radius", 0.1);
    evaluation::compare_radii(found, truth, options, run, out);
    evaluation::compare_lesions(found, truth, out);
    evaluation::compare_findings(found, truth, options, out);
    run.progress("voxels and surfaces", 0.2);
    evaluation::compare_labels_and_surfaces(found, truth, options, run, out);
    run.progress("done", 1);
    return out;
}

}  // namespace ctffr
