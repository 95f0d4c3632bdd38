// SPDX-License-Identifier: Apache-2.0
// True lesions: minimal lumen, area stenosis, FFR below, and what the result says about the place.
#include <algorithm>
#include <cmath>
#include <limits>

#include "stages/evaluate_parts.hpp"

namespace ctffr::evaluation {

namespace {

constexpr double read_below_mm = 20;               // of a lesion's end (docs/theory/lesions.md)
constexpr double least_reference_radius_mm = 0.9;  // FFR is not read in thinner vessels

// The kind of the plaque that shares most length with the lesion.
std::string kind_of(const Lesion& lesion, const EvaluationSide& truth) {
    std::string kind = "unknown";
    double most = 0;
    for (const PlaqueTruth& plaque : truth.plaque) {
        if (plaque.branch != lesion.branch) continue;
        const double shared =
            std::min(plaque.end_mm, lesion.end_mm) - std::max(plaque.start_mm, lesion.start_mm);
        if (shared > most) most = shared, kind = plaque.kind == "fibrous" ? "soft" : plaque.kind;
    }
    return kind;
}

double area_stenosis_pct(double mld_mm, double reference_mm) {
    return mld_mm >= 0 && reference_mm > 0 ? 100 * (1 - mld_mm * mld_mm / (reference_mm * reference_mm))
                                           : no_figure;
}

// The branches of the vessel that holds the lesion, from the ostium; of an unnamed branch the way to it.
std::vector<int> vessel_of(const Lesion& lesion, const CoronaryTree& tree) {
    const std::vector<Vessel> vessels = vessels_of(tree);
    const auto holds = [&](const Vessel& v) {
        return std::find(v.branches.begin(), v.branches.end(), lesion.branch) != v.branches.end();
    };
    auto vessel = std::find_if(vessels.begin(), vessels.end(),
                               [&](const Vessel& v) { return v.name == lesion.vessel && holds(v); });
    if (vessel == vessels.end()) vessel = std::find_if(vessels.begin(), vessels.end(), holds);
    return vessel == vessels.end() ? tree.path_to(lesion.branch) : vessel->branches;
}

// The way through the found tree that stays nearest to the vessel around the lesion, so that the mouth of a
// side branch, which has another calibre, is not taken for the vessel. Its branches keep the ids of the found
// tree.
CoronaryTree found_way(const Lesion& lesion, const EvaluationSide& found, const CoronaryTree& truth) {
    constexpr double around_mm = 20, farthest_mm = 3;
    std::vector<Vec3> stretch;
    double start = 0, lesion_start = 0;
    const std::vector<int> vessel = vessel_of(lesion, truth);
    for (int id : vessel) {
        if (id == lesion.branch) lesion_start = start;
        start += truth.branches[static_cast<std::size_t>(id)].length_mm();
    }
    start = 0;
    for (int id : vessel) {
        const Branch& branch = truth.branches[static_cast<std::size_t>(id)];
        for (const CenterlinePoint& point : branch.points) {
            const double arc = start + point.arc_mm - lesion_start;
            if (arc >= lesion.start_mm - around_mm && arc <= lesion.end_mm + around_mm)
                stretch.push_back(point.position_lps_mm);
        }
        start += branch.length_mm();
    }
    CoronaryTree best;
    double best_sum = std::numeric_limits<double>::infinity();
    for (const Branch& leaf : found.tree.branches) {
        if (!found.tree.children_of(leaf.id).empty()) continue;
        CoronaryTree way;
        for (int id : found.tree.path_to(leaf.id))
            way.branches.push_back(found.tree.branches[static_cast<std::size_t>(id)]);
        double sum = 0;
        for (Vec3 p : stretch) {
            const auto near = nearest(way, p, farthest_mm);
            sum += near ? distance(at(found.tree, *near).position_lps_mm, p) : farthest_mm;
        }
        if (sum < best_sum) best_sum = sum, best = std::move(way);
    }
    return best;
}

// Where below the lesion FFR is read: 20 mm down its vessel, but not past the next true lesion, the end of
// the vessel, or where it becomes too thin.
struct ReadPlace {
    PointRef point;
    double below_mm = -1;  // -1: nowhere
};

ReadPlace read_place(const Lesion& lesion, const EvaluationSide& truth) {
    ReadPlace place;
    double from_lesion = 0;  // from the start of the lesion's branch to that of the present one
    bool below = false;
    for (int id : vessel_of(lesion, truth.tree)) {
        const Branch& branch = truth.tree.branches[static_cast<std::size_t>(id)];
        below = below || id == lesion.branch;
        if (!below) continue;
        for (std::size_t i = 0; i < branch.points.size(); ++i) {
            const double arc = branch.points[i].arc_mm, distance = from_lesion + arc - lesion.end_mm;
            if (distance < 0) continue;
            const bool other = std::any_of(truth.lesions.begin(), truth.lesions.end(), [&](const Lesion& l) {
                return &l != &lesion && l.branch == id && arc >= l.start_mm && arc <= l.end_mm;
            });
            if (distance > read_below_mm || other || branch.points[i].radius_mm < least_reference_radius_mm)
                return place;
            place = {{id, static_cast<int>(i)}, distance};
        }
        from_lesion += branch.length_mm();
    }
    return place;
}

LesionFigures compare_lesion(const EvaluationSide& found, const EvaluationSide& truth, const Lesion& lesion) {
    LesionFigures figures;
    figures.segment = lesion.segment;
    figures.kind = kind_of(lesion, truth);
    double true_mld = std::numeric_limits<double>::infinity(), found_mld = true_mld;
    const Branch& branch = truth.tree.branches[static_cast<std::size_t>(lesion.branch)];
    const CoronaryTree way = found_way(lesion, found, truth.tree);
    // The first point of a branch is its parent's last, whose section is the parent's.
    for (std::size_t i = branch.parent < 0 ? 0 : 1; i < branch.points.size(); ++i) {
        const CenterlinePoint& point = branch.points[i];
        if (point.arc_mm < lesion.start_mm || point.arc_mm > lesion.end_mm) continue;
        true_mld = std::min(true_mld, 2 * point.radius_mm);
        if (is_flagged(truth.tree, {branch.id, static_cast<int>(i)}, BranchFlag::Kind::stent))
            figures.kind = "stent";
        // In a tight throat the tolerance "one radius" would be below the resolution of the scan.
        const auto matched = nearest(way, point.position_lps_mm, std::max(point.radius_mm, 1.0));
        if (!matched) continue;
        found_mld = std::min(found_mld, 2 * at(found.tree, *matched).radius_mm);
        figures.found_calcified |= is_flagged(found.tree, *matched, BranchFlag::Kind::calcified);
        figures.found_not_analysable |= is_without_radius(found.tree, *matched);
    }
    figures.true_mld_mm = std::isfinite(true_mld) ? true_mld : 0;
    figures.found_mld_mm = std::isfinite(found_mld) ? found_mld : -1;
    figures.true_area_stenosis_pct = area_stenosis_pct(figures.true_mld_mm, lesion.reference_diameter_mm);
    figures.found_area_stenosis_pct = area_stenosis_pct(figures.found_mld_mm, lesion.reference_diameter_mm);
    const ReadPlace place = read_place(lesion, truth);
    if (place.below_mm < 0 || truth.ffr.empty()) return figures;
    figures.true_distal_ffr = value_at(truth.ffr, place.point), figures.distal_read_mm = place.below_mm;
    if (const auto matched = match(found.tree, at(truth.tree, place.point)))
        figures.found_distal_ffr = value_at(found.ffr, *matched);
    return figures;
}

}  // namespace

void compare_lesions(const EvaluationSide& found, const EvaluationSide& truth, Evaluation& out) {
    for (const Lesion& lesion : truth.lesions) out.lesions.push_back(compare_lesion(found, truth, lesion));
}

}  // namespace ctffr::evaluation
