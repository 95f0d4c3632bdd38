// SPDX-License-Identifier: Apache-2.0
// Error of the lumen radius, in total and by class of the true point.
#include <algorithm>
#include <cmath>
#include <limits>

#include "stages/evaluate_parts.hpp"

namespace ctffr::evaluation {

namespace {

class RadiusErrors {
   public:
    explicit RadiusErrors(std::string name) { figures_.name = std::move(name); }

    void add(const CenterlinePoint& truth, const CenterlinePoint* found) {
        if (!found) {
            ++figures_.not_found;
            return;
        }
        const double error = found->radius_mm - truth.radius_mm;
        absolute_.push_back(std::abs(error));
        relative_ += error / truth.radius_mm;
    }
    RadiusFigures figures() {
        figures_.points = static_cast<long>(absolute_.size());
        if (absolute_.empty()) return figures_;
        const double count = static_cast<double>(absolute_.size());
        double sum = 0;
        for (double e : absolute_) sum += e;
        std::sort(absolute_.begin(), absolute_.end());
        figures_.mean_abs_mm = sum / count, figures_.bias_pct = 100 * relative_ / count;
        figures_.p95_abs_mm = absolute_[absolute_.size() * 95 / 100];
        return figures_;
    }

   private:
    RadiusFigures figures_;
    std::vector<double> absolute_;
    double relative_ = 0;
};

// Classes by a number: point belongs to the first whose upper bound is above it.
struct Bounded {
    double below;
    RadiusErrors errors;
};

void add_to(std::vector<Bounded>& classes, double value, const CenterlinePoint& truth,
            const CenterlinePoint* found) {
    for (Bounded& one : classes)
        if (value < one.below) return one.errors.add(truth, found);
}

constexpr double no_bound = std::numeric_limits<double>::infinity();

}  // namespace

void compare_radii(const EvaluationSide& found, const EvaluationSide& truth, const EvaluateOptions& options,
                   const Run& run, Evaluation& out) {
    const auto calcium = calcium_arc_deg(truth, run);
    RadiusErrors all(""), stent("stent"), junction("junction"), flagged("not-analysable"),
        analysable("analysable");
    std::vector<Bounded> by_radius{{0.5, RadiusErrors("r-below-0.50")},
                                   {0.75, RadiusErrors("r-0.50-0.75")},
                                   {1.0, RadiusErrors("r-0.75-1.00")},
                                   {1.5, RadiusErrors("r-1.00-1.50")},
                                   {no_bound, RadiusErrors("r-above-1.50")}};
    // Arcs are whole multiples of a bin: any below the first is none.
    std::vector<Bounded> by_calcium{{1, RadiusErrors("calcium-0")},
                                    {90, RadiusErrors("calcium-below-90")},
                                    {180 + 1e-9, RadiusErrors("calcium-90-180")},
                                    {no_bound, RadiusErrors("calcium-above-180")}};
    for (const Branch& branch : truth.tree.branches) {
        run.check_cancel();
        for (std::size_t i = 0; i < branch.points.size(); ++i) {
            const CenterlinePoint& point = branch.points[i];
            const PointRef self{branch.id, static_cast<int>(i)};
            // What is occluded has no radius to find.
            if (is_flagged(truth.tree, self, BranchFlag::Kind::occluded)) continue;
            const auto matched = match(found.tree, point);
            const CenterlinePoint* other = matched ? &at(found.tree, *matched) : nullptr;
            const bool wide = point.radius_mm >= options.min_class_radius_mm;
            if (near_junction(truth.tree, branch, point, options.junction_margin)) {
                if (wide) junction.add(point, other);
                continue;
            }
            if (point.radius_mm >= options.min_true_radius_mm) all.add(point, other);
            add_to(by_radius, point.radius_mm, point, other);
            if (!wide) continue;
            if (!calcium.empty()) add_to(by_calcium, value_at(calcium, self), point, other);
            if (is_flagged(truth.tree, self, BranchFlag::Kind::stent)) stent.add(point, other);
            if (matched) (is_without_radius(found.tree, *matched) ? flagged : analysable).add(point, other);
        }
    }
    out.radius = all.figures();
    for (Bounded& one : by_radius) out.radius_classes.push_back(one.errors.figures());
    if (!calcium.empty())
        for (Bounded& one : by_calcium) out.radius_classes.push_back(one.errors.figures());
    for (RadiusErrors* one : {&stent, &junction, &flagged, &analysable})
        out.radius_classes.push_back(one->figures());
}

}  // namespace ctffr::evaluation
