// SPDX-License-Identifier: Apache-2.0
// Lesions as the result lists them, plaque, CAD-RADS and calcium score against the truth.
#include <algorithm>
#include <cmath>

#include "anatomy/cad_rads.hpp"
#include "stages/evaluate_parts.hpp"

namespace ctffr::evaluation {

namespace {

constexpr double beside_mm = 2;        // beyond half the length of a true lesion its throat may be found
constexpr double deposit_near_mm = 3;  // from a true plaque, for found plaque to be part of it
constexpr double least_diameter_mm = 1.5;
constexpr double near_miss_points = 5;

Vec3 position_at(const CoronaryTree& tree, int branch, double arc_mm) {
    const auto& points = tree.branches[static_cast<std::size_t>(branch)].points;
    for (std::size_t i = 1; i < points.size(); ++i)
        if (points[i].arc_mm >= arc_mm) {
            const double t = std::clamp(
                (arc_mm - points[i - 1].arc_mm) / (points[i].arc_mm - points[i - 1].arc_mm), 0.0, 1.0);
            return lerp(points[i - 1].position_lps_mm, points[i].position_lps_mm, t);
        }
    return points.back().position_lps_mm;
}

Vec3 throat_of(const CoronaryTree& tree, const Lesion& lesion) {
    return position_at(tree, lesion.branch, lesion.throat_mm);
}

bool known(const Lesion& lesion, const CoronaryTree& tree) {
    return lesion.branch >= 0 && static_cast<std::size_t>(lesion.branch) < tree.branches.size() &&
           std::isfinite(lesion.throat_mm);
}

// The true lesion at a found one: whose throat is nearest, within its extent and a little more.
std::optional<std::size_t> true_lesion_at(const EvaluationSide& truth, Vec3 throat_lps_mm) {
    std::optional<std::size_t> best;
    double nearest_mm = 1e300;
    for (std::size_t i = 0; i < truth.lesions.size(); ++i) {
        const Lesion& lesion = truth.lesions[i];
        if (!known(lesion, truth.tree)) continue;
        const double away = distance(throat_of(truth.tree, lesion), throat_lps_mm);
        if (away <= 0.5 * lesion.length_mm + beside_mm && away < nearest_mm) nearest_mm = away, best = i;
    }
    return best;
}

void compare_detection(const EvaluationSide& found, const EvaluationSide& truth, double significant_pct,
                       Evaluation& out) {
    DetectionFigures& d = out.detection;
    d.measured = true;
    // Of several found lesions at a true one the tightest is its measurement.
    std::vector<const Lesion*> partner(truth.lesions.size(), nullptr);
    for (std::size_t f = 0; f < found.lesions.size(); ++f) {
        const Lesion& lesion = found.lesions[f];
        if (!known(lesion, found.tree) || !counts_as_stenosis(found.lesions, found.plaque_report, f))
            continue;
        const auto at = true_lesion_at(truth, throat_of(found.tree, lesion));
        if (at && (!partner[*at] || lesion.diameter_stenosis_pct > partner[*at]->diameter_stenosis_pct))
            partner[*at] = &lesion;
        if (lesion.diameter_stenosis_pct < significant_pct ||
            lesion.reference_diameter_mm < least_diameter_mm)
            continue;
        ++d.found;
        if (!at) {
            ++d.found_nowhere;
            continue;
        }
        const double true_pct = truth.lesions[*at].diameter_stenosis_pct;
        d.right += true_pct >= significant_pct ? 1 : 0;
        d.nearly_right += true_pct >= significant_pct - near_miss_points ? 1 : 0;
    }
    for (std::size_t i = 0; i < truth.lesions.size(); ++i) {
        const Lesion& lesion = truth.lesions[i];
        LesionFigures& figures = out.lesions[i];
        figures.true_stenosis_pct = lesion.diameter_stenosis_pct;
        figures.true_remodelling = lesion.remodelling_index;
        if (partner[i]) {
            figures.listed = true;
            figures.found_stenosis_pct = partner[i]->diameter_stenosis_pct;
            figures.listed_mld_mm = partner[i]->mld_mm;
            figures.reference_error_mm = partner[i]->reference_diameter_mm - lesion.reference_diameter_mm;
            figures.found_remodelling = partner[i]->remodelling_index;
        }
        if (lesion.diameter_stenosis_pct < significant_pct ||
            lesion.reference_diameter_mm < least_diameter_mm)
            continue;
        ++d.significant;
        const double found_pct = partner[i] ? partner[i]->diameter_stenosis_pct : 0;
        d.detected += found_pct >= significant_pct ? 1 : 0;
        d.nearly_detected += found_pct >= significant_pct - near_miss_points ? 1 : 0;
    }
}

// Distance of a found deposit's middle from a true plaque's extent.
double distance_mm(const EvaluationSide& found, const PlaqueDeposit& deposit, const EvaluationSide& truth,
                   const PlaqueTruth& plaque) {
    const Vec3 middle = position_at(found.tree, deposit.branch, 0.5 * (deposit.start_mm + deposit.end_mm));
    double nearest_mm = 1e300;
    const Branch& branch = truth.tree.branches[static_cast<std::size_t>(plaque.branch)];
    for (const CenterlinePoint& p : branch.points)
        if (p.arc_mm >= plaque.start_mm - 0.5 && p.arc_mm <= plaque.end_mm + 0.5)
            nearest_mm = std::min(nearest_mm, distance(p.position_lps_mm, middle));
    return nearest_mm;
}

void compare_plaque(const EvaluationSide& found, const EvaluationSide& truth, Evaluation& out) {
    // A truth without plaque counts too: all that is found there is false. Older truths list plaque and no
    // report.
    if (!found.plaque_report.measured() || (truth.plaque.empty() && !truth.plaque_report.measured())) return;
    out.plaque_compared = true;
    for (const PlaqueTruth& plaque : truth.plaque) {
        PlaqueFigures figures;
        figures.kind = plaque.kind, figures.true_mm3 = plaque.volume_mm3;
        figures.true_calcified_mm3 = plaque.calcified_mm3;
        out.plaque.push_back(figures);
    }
    for (const PlaqueDeposit& deposit : found.plaque_report.deposits) {
        std::size_t best = 0;
        double nearest_mm = 1e300;
        for (std::size_t i = 0; i < truth.plaque.size(); ++i)
            if (const double away = distance_mm(found, deposit, truth, truth.plaque[i]); away < nearest_mm)
                nearest_mm = away, best = i;
        const PlaqueVolumes& v = deposit.measure.plaque;
        // A plaque across a fork is listed with one branch in truth: what lies within half its length beside
        // that is still its own.
        const double reach = deposit_near_mm + 0.5 * (deposit.end_mm - deposit.start_mm);
        if (nearest_mm > reach) {
            out.false_plaque_mm3 += v.total_mm3();
            continue;
        }
        out.plaque[best].found_mm3 += v.total_mm3();
        out.plaque[best].found_calcified_mm3 += v.calcified_mm3;
        out.plaque[best].found_low_mm3 += v.low_attenuation_mm3;
    }
    out.found_plaque = found.plaque_report.total.plaque, out.true_plaque = truth.plaque_report.total.plaque;
    // The truth of older virtual patients has volumes alone.
    if (!truth.plaque_report.measured())
        for (const PlaqueTruth& plaque : truth.plaque) out.true_plaque.fibrous_mm3 += plaque.volume_mm3;
}

}  // namespace

int cad_rads_rank(const std::string& category) {
    const char* order[] = {"0", "1", "2", "3", "4A", "4B", "5"};
    for (int k = 0; k < 7; ++k)
        if (category == order[k]) return k;
    return -1;
}

void compare_findings(const EvaluationSide& found, const EvaluationSide& truth,
                      const EvaluateOptions& options, Evaluation& out) {
    compare_detection(found, truth, options.significant_stenosis_pct, out);
    compare_plaque(found, truth, out);
    out.found_cad_rads = found.cad_rads.category, out.true_cad_rads = truth.cad_rads.category;
    if (found.calcium.measured && truth.calcium.measured)
        out.found_agatston = found.calcium.agatston, out.true_agatston = truth.calcium.agatston;
}

}  // namespace ctffr::evaluation
