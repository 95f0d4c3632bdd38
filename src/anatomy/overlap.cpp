// SPDX-License-Identifier: Apache-2.0
#include "anatomy/overlap.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>

namespace ctffr::anatomy {

namespace {

constexpr double sample_mm = 0.25;
constexpr double infinity = std::numeric_limits<double>::infinity();

struct Sample {
    Vec3 position;
    double radius_mm = 0, arc_mm = 0;
};

// Points every `sample_mm` along a chain of branches.
std::vector<Sample> sample_path(const CoronaryTree& tree, const std::vector<int>& branches) {
    std::vector<Sample> samples;
    double start_mm = 0;
    for (int id : branches) {
        const auto& points = tree.branches[static_cast<std::size_t>(id)].points;
        for (std::size_t i = 1; i < points.size(); ++i) {
            const CenterlinePoint &a = points[i - 1], &b = points[i];
            const double length = distance(a.position_lps_mm, b.position_lps_mm);
            const int pieces = std::max(1, static_cast<int>(std::lround(length / sample_mm)));
            for (int s = 0; s < pieces; ++s) {
                const double t = (s + 0.5) / pieces;
                samples.push_back({lerp(a.position_lps_mm, b.position_lps_mm, t),
                                   a.radius_mm + t * (b.radius_mm - a.radius_mm), start_mm + t * length});
            }
            start_mm += length;
        }
    }
    return samples;
}

std::vector<Sample> sample_tree(const CoronaryTree& tree) {
    std::vector<Sample> all;
    for (const Branch& branch : tree.branches) {
        const auto part = sample_path(tree, {branch.id});
        all.insert(all.end(), part.begin(), part.end());
    }
    return all;
}

double nearest_distance(Vec3 p, const std::vector<Sample>& path) {
    double best = infinity;
    for (const Sample& s : path) best = std::min(best, dot(p - s.position, p - s.position));
    return std::sqrt(best);
}

// True when `p` lies within the radius (at least `floor_mm`) of some sample of the true path.
bool within_radius(Vec3 p, const std::vector<Sample>& truth, double floor_mm) {
    return std::any_of(truth.begin(), truth.end(), [&](const Sample& s) {
        const double tolerance = std::max(s.radius_mm, floor_mm);
        return dot(p - s.position, p - s.position) <= tolerance * tolerance;
    });
}

// The part of `path` up to the sample nearest to `end`: what a path does beyond the end of the true vessel is
// not an error of this vessel.
std::vector<Sample> cut_behind(const std::vector<Sample>& path, Vec3 end) {
    std::size_t last = 0;
    double best = infinity;
    for (std::size_t i = 0; i < path.size(); ++i)
        if (const double d = distance(path[i].position, end); d < best) best = d, last = i;
    return {path.begin(), path.begin() + static_cast<std::ptrdiff_t>(std::min(path.size(), last + 1))};
}

struct Counts {
    double true_found = 0, true_missed = 0, found_right = 0, found_wrong = 0;
    double overlap() const {
        const double all = true_found + true_missed + found_right + found_wrong;
        return all > 0 ? (true_found + found_right) / all : 0;
    }
};

Counts count(const std::vector<Sample>& found, const std::vector<Sample>& truth) {
    Counts counts;
    if (truth.empty()) return counts;
    const auto path = found.empty() ? found : cut_behind(found, truth.back().position);
    for (const Sample& s : truth)
        (nearest_distance(s.position, path) <= s.radius_mm ? counts.true_found : counts.true_missed) += 1;
    for (const Sample& s : path)
        (within_radius(s.position, truth, 0) ? counts.found_right : counts.found_wrong) += 1;
    return counts;
}

std::vector<Sample> relevant_part(const std::vector<Sample>& truth, double radius_mm) {
    std::size_t end = truth.size();
    while (end > 0 && truth[end - 1].radius_mm < radius_mm) --end;
    return {truth.begin(), truth.begin() + static_cast<std::ptrdiff_t>(end)};
}

VesselOverlap compare_vessel(const std::vector<std::vector<Sample>>& found_paths,
                             const std::vector<Sample>& truth, const OverlapOptions& options) {
    VesselOverlap result;
    if (truth.empty()) return result;
    const auto relevant = relevant_part(truth, options.relevant_radius_mm);
    result.true_length_mm = truth.back().arc_mm;
    result.relevant_length_mm = relevant.empty() ? 0 : relevant.back().arc_mm;
    const std::vector<Sample>* best = nullptr;
    double best_overlap = 0;
    for (const auto& path : found_paths)
        if (const double overlap = count(path, truth).overlap(); overlap > best_overlap)
            best = &path, best_overlap = overlap;
    if (!best) return result;
    result.overlap = best_overlap;
    result.relevant_overlap = count(*best, relevant).overlap();
    double sum = 0, found_count = 0, before_error = 0;
    bool error = false;
    for (const Sample& s : truth) {
        const double d = nearest_distance(s.position, *best);
        const bool found = d <= s.radius_mm;
        if (found) {
            sum += d, found_count += 1;
            result.max_inside_mm = std::max(result.max_inside_mm, d);
            result.last_found_mm = s.arc_mm;
        } else if (s.arc_mm > options.ignored_start_mm) {
            error = true;
        }
        if (!error) before_error += 1;
    }
    result.inside_mm = found_count > 0 ? sum / found_count : 0;
    result.until_first_error = before_error / static_cast<double>(truth.size());
    return result;
}

std::vector<std::vector<Sample>> leaf_paths(const CoronaryTree& tree) {
    std::vector<std::vector<Sample>> paths;
    for (const Branch& branch : tree.branches)
        if (tree.children_of(branch.id).empty()) paths.push_back(sample_path(tree, tree.path_to(branch.id)));
    return paths;
}

bool is_main_segment(Segment s) {
    constexpr std::array mains = {Segment::p_rca, Segment::m_rca, Segment::d_rca,
                                  Segment::lm,    Segment::p_lad, Segment::m_lad,
                                  Segment::d_lad, Segment::p_cx,  Segment::d_cx};
    return std::find(mains.begin(), mains.end(), s) != mains.end();
}

// Share of the true length that is found, and found all the way from the ostium (first millimetres ignored).
double reached_share(const std::vector<Sample>& found, const CoronaryTree& truth,
                     const OverlapOptions& options) {
    double all = 0, reached = 0;
    std::vector<double> start_mm;    // per branch: from the ostium
    std::vector<std::uint8_t> lost;  // per branch: an error before or in it
    for (const Branch& branch : truth.branches) {
        const auto parent = static_cast<std::size_t>(branch.parent);
        double from_ostium = branch.parent < 0 ? 0 : start_mm[parent];
        bool error = branch.parent >= 0 && lost[parent];
        const double begin = from_ostium;
        for (const Sample& s : sample_path(truth, {branch.id})) {
            from_ostium = begin + s.arc_mm;
            const bool right = nearest_distance(s.position, found) <= s.radius_mm;
            if (!right && from_ostium > options.ignored_start_mm) error = true;
            all += 1, reached += error ? 0 : 1;
        }
        start_mm.push_back(begin + branch.length_mm()), lost.push_back(error ? 1 : 0);
    }
    return all > 0 ? reached / all : 0;
}

// OV, OT and AI of two whole trees.
void compare_all(const std::vector<Sample>& found, const std::vector<Sample>& truth,
                 const OverlapOptions& options, TreeOverlap& result) {
    Counts all, relevant;
    double sum = 0;
    for (const Sample& s : truth) {
        const double d = nearest_distance(s.position, found);
        const bool right = d <= s.radius_mm;
        if (right) sum += d;
        (right ? all.true_found : all.true_missed) += 1;
        if (s.radius_mm >= options.relevant_radius_mm)
            (right ? relevant.true_found : relevant.true_missed) += 1;
    }
    for (const Sample& s : found) {
        const bool right = within_radius(s.position, truth, 0);
        (right ? all.found_right : all.found_wrong) += 1;
        double best = infinity, radius = 0;
        for (const Sample& t : truth)
            if (const double d = dot(s.position - t.position, s.position - t.position); d < best)
                best = d, radius = t.radius_mm;
        if (radius >= options.relevant_radius_mm) (right ? relevant.found_right : relevant.found_wrong) += 1;
    }
    result.overlap = all.overlap(), result.relevant_overlap = relevant.overlap();
    result.inside_mm = all.true_found > 0 ? sum / all.true_found : 0;
}

}  // namespace

const VesselOverlap* TreeOverlap::vessel(const std::string& name) const {
    for (const VesselOverlap& v : vessels)
        if (v.name == name) return &v;
    return nullptr;
}

TreeOverlap compare_trees(const CoronaryTree& found, const CoronaryTree& truth,
                          const OverlapOptions& options) {
    TreeOverlap result;
    const auto found_paths = leaf_paths(found);
    for (const Vessel& vessel : vessels_of(truth)) {
        result.vessels.push_back(compare_vessel(found_paths, sample_path(truth, vessel.branches), options));
        result.vessels.back().name = vessel.name;
    }
    for (int root : truth.roots()) {
        const Branch& branch = truth.branches[static_cast<std::size_t>(root)];
        OstiumError ostium{branch.side, infinity};
        for (int id : found.roots()) {
            const Branch& other = found.branches[static_cast<std::size_t>(id)];
            if (other.side == branch.side && !other.points.empty())
                ostium.error_mm = std::min(ostium.error_mm, distance(other.points.front().position_lps_mm,
                                                                     branch.points.front().position_lps_mm));
        }
        result.ostia.push_back(ostium);
    }
    const auto all_found = sample_tree(found), all_true = sample_tree(truth);
    for (const Branch& branch : found.branches) result.found_length_mm += branch.length_mm();
    for (const Branch& branch : truth.branches) result.true_length_mm += branch.length_mm();
    double wrong = 0, relevant = 0, missed = 0;
    for (const Sample& s : all_found)
        wrong += within_radius(s.position, all_true, options.min_tolerance_mm) ? 0 : 1;
    for (const Sample& s : all_true) {
        if (s.radius_mm < options.relevant_radius_mm) continue;
        relevant += 1;
        missed += nearest_distance(s.position, all_found) <= s.radius_mm ? 0 : 1;
    }
    const auto share = [](double part, std::size_t all) {
        return all > 0 ? part / static_cast<double>(all) : 0;
    };
    result.false_positive_mm = share(wrong, all_found.size()) * result.found_length_mm;
    result.relevant_true_length_mm = share(relevant, all_true.size()) * result.true_length_mm;
    result.missed_relevant_mm = share(missed, all_true.size()) * result.true_length_mm;
    compare_all(all_found, all_true, options, result);
    result.until_first_error = reached_share(all_found, truth, options);
    return result;
}

LabelAgreement compare_labels(const CoronaryTree& found, const CoronaryTree& truth) {
    LabelAgreement result;
    result.dominance_right = found.dominance == truth.dominance;
    struct Labelled {
        Vec3 position;
        Segment segment;
    };
    std::vector<Labelled> labelled;
    for (const Branch& branch : found.branches)
        for (const Sample& s : sample_path(found, {branch.id}))
            labelled.push_back({s.position, branch.segment});
    std::array<double, 19> right{}, compared{};
    for (const Branch& branch : truth.branches) {
        if (!is_main_segment(branch.segment)) continue;
        for (const Sample& s : sample_path(truth, {branch.id})) {
            double best = infinity;
            Segment label = Segment::unknown;
            for (const Labelled& l : labelled)
                if (const double d = distance(l.position, s.position); d < best) best = d, label = l.segment;
            if (best > std::max(s.radius_mm, 1.0)) continue;  // not found at all: not a question of labels
            compared[static_cast<std::size_t>(branch.segment)] += sample_mm;
            if (label == branch.segment) right[static_cast<std::size_t>(branch.segment)] += sample_mm;
        }
    }
    for (std::size_t s = 0; s < right.size(); ++s) {
        result.right_mm += right[s], result.compared_mm += compared[s];
        if (compared[s] < 2) continue;
        ++result.segments;
        if (right[s] > 0.5 * compared[s]) ++result.segments_right;
    }
    return result;
}

}  // namespace ctffr::anatomy
