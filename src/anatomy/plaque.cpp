// SPDX-License-Identifier: Apache-2.0
#include "anatomy/plaque.hpp"

#include <algorithm>
#include <cmath>

#include "anatomy/plaque_samples.hpp"
#include "ctffr/core/units.hpp"

namespace ctffr {

namespace {

using Table = std::vector<std::vector<double>>;

// A section holds plaque where it covers this much of the circumference; a deposit is a run of such sections.
constexpr double least_arc_deg = 45, least_deposit_mm = 3, bridged_mm = 1, least_deposit_mm3 = 5;
constexpr double least_reference_mm = 0.75;
constexpr double least_narrowing = 0.25;  // of the radius, to speak for plaque beside a fork
// High-risk features (docs/theory/plaque.md).
constexpr double least_low_mm3 = 1, least_low_share = 0.04, positive_remodelling = 1.1;
constexpr double spotty_mm = 3, spotty_arc_deg = 90;

double arc_deg(const std::vector<float>& depth_mm) {
    const auto with = std::count_if(depth_mm.begin(), depth_mm.end(), [](float d) { return d > 0; });
    return depth_mm.empty() ? 0 : 360.0 * static_cast<double>(with) / static_cast<double>(depth_mm.size());
}

// First and last section of a run.
struct SectionRange {
    std::size_t first, last;
};

// Within the parent and a diameter behind it, a diameter behind an ostium, and a radius before a fork, walls
// of several vessels meet.
bool near_fork(const CoronaryTree& tree, const Branch& branch, std::size_t i) {
    const double arc = branch.points[i].arc_mm, to_end = branch.length_mm() - arc;
    const bool forked_start = branch.parent < 0 || tree.children_of(branch.parent).size() > 1;
    const bool forked_end = tree.children_of(branch.id).size() > 1;
    const double inside =
        branch.parent < 0 ? 0
                          : tree.branches[static_cast<std::size_t>(branch.parent)].points.back().radius_mm;
    return (forked_start && arc < inside + 2 * branch.points.front().radius_mm) ||
           (forked_end && to_end < branch.points.back().radius_mm);
}

// Runs of sections with plaque for sure, and what goes on with thinner plaque at their ends. Beside forks a
// wall alone is no evidence, as walls of several vessels meet there: a run needs its length elsewhere, or
// where the lumen is narrowed as well.
std::vector<SectionRange> runs_of(const CoronaryTree& tree, const Branch& branch, const VesselWall& wall,
                                  const SectionMeasures& sections, const Table& reference_mm) {
    const auto b = static_cast<std::size_t>(branch.id);
    const auto narrowed = [&](std::size_t i) {
        return sections.radius_mm[b][i] < (1 - least_narrowing) * reference_mm[b][i];
    };
    const auto& points = branch.points;
    std::vector<SectionRange> runs;
    for (std::size_t i = 0; i < points.size(); ++i) {
        if (wall.sure_arc_deg[b][i] < least_arc_deg) continue;
        if (!runs.empty() && points[i].arc_mm - points[runs.back().last].arc_mm <= bridged_mm + 1e-9)
            runs.back().last = i;
        else
            runs.push_back({i, i});
    }
    std::erase_if(runs, [&](const SectionRange& r) {
        double length = 0;
        for (std::size_t i = r.first; i < r.last; ++i)
            if (!near_fork(tree, branch, i) || narrowed(i)) length += points[i + 1].arc_mm - points[i].arc_mm;
        return length < least_deposit_mm;
    });
    const auto& depth = wall.plaque_depth_mm[b];
    for (std::size_t k = 0; k < runs.size(); ++k) {
        const std::size_t low = k > 0 ? runs[k - 1].last + 1 : 0;
        const std::size_t high = k + 1 < runs.size() ? runs[k + 1].first - 1 : points.size() - 1;
        while (runs[k].first > low && arc_deg(depth[runs[k].first - 1]) >= least_arc_deg) --runs[k].first;
        while (runs[k].last < high && arc_deg(depth[runs[k].last + 1]) >= least_arc_deg) ++runs[k].last;
    }
    return runs;
}

// Length of vessel that a section stands for.
double step_mm(const Branch& branch, std::size_t i) {
    const auto& p = branch.points;
    const double before = i > 0 ? p[i].arc_mm - p[i - 1].arc_mm : 0;
    const double after = i + 1 < p.size() ? p[i + 1].arc_mm - p[i].arc_mm : 0;
    return (before + after) / 2;
}

double sum_over(const Branch& branch, std::size_t first, std::size_t last,
                const std::function<double(std::size_t)>& value) {
    double sum = 0;
    for (std::size_t i = first; i <= last; ++i)
        if (const double v = value(i); std::isfinite(v)) sum += v * step_mm(branch, i);
    return sum;
}

PlaqueRisk risk_of(const PlaqueVolumes& plaque, double remodelling_index, bool spotty) {
    PlaqueRisk risk;
    risk.low_attenuation = plaque.low_attenuation_mm3 >= least_low_mm3 &&
                           plaque.low_attenuation_mm3 >= least_low_share * plaque.total_mm3();
    risk.positive_remodelling = remodelling_index >= positive_remodelling;
    risk.spotty_calcium = spotty;
    return risk;
}

// A run of sections with calcium that is short and does not go far around.
bool spotty_in(const Branch& branch, const std::vector<SectionPlaque>& sections, std::size_t first,
               std::size_t last) {
    for (std::size_t i = first; i <= last; ++i) {
        if (sections[i].calcium_arc_deg <= 0) continue;
        std::size_t end = i;
        double widest = 0;
        while (end <= last && sections[end].calcium_arc_deg > 0)
            widest = std::max(widest, sections[end].calcium_arc_deg), ++end;
        const double length = branch.points[end - 1].arc_mm - branch.points[i].arc_mm;
        if (length < spotty_mm && widest < spotty_arc_deg) return true;
        i = end;
    }
    return false;
}

}  // namespace

PlaqueThresholds plaque_thresholds(double kvp) {
    PlaqueThresholds thresholds;
    constexpr double reference_kvp = 120, calcium_exponent = 0.7;
    if (kvp > 0) thresholds.calcified_hu *= std::pow(reference_kvp / kvp, calcium_exponent);
    return thresholds;
}

PlaqueReport measure_plaque(const CoronaryTree& tree, const LumenSurface& lumen,
                            const SectionMeasures& sections, const Table& reference_mm,
                            const VesselWall& wall, const std::vector<Lesion>& lesions,
                            const PlaqueImage& image) {
    PlaqueReport report;
    report.thresholds = plaque_thresholds(image.kvp);
    if (!wall.known()) {
        report.why_not = "This lumen has no outer wall: plaque needs the lumen measured in the image.";
        return report;
    }
    const Table blood = blood_along(tree, lumen, image);
    report.lesions.resize(lesions.size());
    for (const Branch& branch : tree.branches) {
        const auto b = static_cast<std::size_t>(branch.id);
        const auto& here = lumen.branches[b].sections;
        const auto counts = [&](std::size_t i) {
            return sections.usable[b][i] && reference_mm[b][i] >= least_reference_mm;
        };
        const auto measure = [&](std::size_t first, std::size_t last) {
            PlaqueMeasure m;
            m.vessel_mm3 = sum_over(branch, first, last, [&](std::size_t i) {
                return counts(i) ? wall.outer_area_mm2[b][i] : 0.0;
            });
            m.lumen_mm3 = sum_over(branch, first, last, [&](std::size_t i) {
                return counts(i) && std::isfinite(wall.outer_area_mm2[b][i]) ? here[i].area_mm2 : 0.0;
            });
            return m;
        };
        PlaqueMeasure whole = measure(0, here.size() - 1);
        std::vector<SectionPlaque> found(here.size());
        for (const SectionRange& run : runs_of(tree, branch, wall, sections, reference_mm)) {
            std::vector<SectionPlaque> part =
                plaque_of_sections(branch, here, wall.plaque_depth_mm[b], blood[b], report.thresholds, image,
                                   run.first, run.last);
            PlaqueDeposit deposit;
            deposit.branch = branch.id, deposit.segment = branch.segment;
            deposit.start_mm = branch.points[run.first].arc_mm;
            deposit.end_mm = branch.points[run.last].arc_mm;
            deposit.measure = measure(run.first, run.last);
            std::size_t thickest = run.first;
            for (std::size_t i = run.first; i <= run.last; ++i) {
                deposit.measure.plaque.add(part[i - run.first].volumes);
                if (part[i - run.first].volumes.total_mm3() > part[thickest - run.first].volumes.total_mm3())
                    thickest = i;
                deposit.largest_arc_deg =
                    std::max(deposit.largest_arc_deg, arc_deg(wall.plaque_depth_mm[b][i]));
            }
            if (deposit.measure.plaque.total_mm3() < least_deposit_mm3) continue;
            std::move(part.begin(), part.end(), found.begin() + static_cast<std::ptrdiff_t>(run.first));
            deposit.remodelling_index = wall.remodelling[b][thickest];
            deposit.risk = risk_of(deposit.measure.plaque, deposit.remodelling_index,
                                   spotty_in(branch, found, run.first, run.last));
            whole.plaque.add(deposit.measure.plaque);
            report.deposits.push_back(deposit);
        }
        for (std::size_t l = 0; l < lesions.size(); ++l)
            for (const LesionStretch& stretch : lesions[l].stretches) {
                if (stretch.branch != branch.id) continue;
                std::size_t first = 0, last = here.size() - 1;
                while (first < last && branch.points[first].arc_mm < stretch.start_mm) ++first;
                while (last > first && branch.points[last].arc_mm > stretch.end_mm) --last;
                LesionPlaque& own = report.lesions[l];
                own.measure.add(measure(first, last));
                for (std::size_t i = first; i <= last; ++i) own.measure.plaque.add(found[i].volumes);
                own.risk.spotty_calcium |= spotty_in(branch, found, first, last);
            }
        report.total.add(whole);
        if (branch.segment == Segment::unknown) continue;
        auto segment = std::find_if(report.segments.begin(), report.segments.end(),
                                    [&](const SegmentPlaque& s) { return s.segment == branch.segment; });
        if (segment == report.segments.end())
            segment = report.segments.insert(report.segments.end(), {branch.segment, 0, {}});
        segment->length_mm += branch.length_mm();
        segment->measure.add(whole);
    }
    for (std::size_t l = 0; l < lesions.size(); ++l) {
        LesionPlaque& own = report.lesions[l];
        own.risk = risk_of(own.measure.plaque, lesions[l].remodelling_index, own.risk.spotty_calcium);
    }
    return report;
}

}  // namespace ctffr
