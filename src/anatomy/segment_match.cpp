// SPDX-License-Identifier: Apache-2.0
#include "anatomy/segment_match.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace ctffr::anatomy {

namespace {

constexpr std::size_t names = 19;

// A centerline point with the length that it stands for.
struct NamedPoint {
    Vec3 position;
    double length_mm = 0;
    bool relevant = false;
};
using NamedPoints = std::array<std::vector<NamedPoint>, names>;

NamedPoints points_by_name(const CoronaryTree& tree, double relevant_radius_mm) {
    NamedPoints all;
    for (const Branch& branch : tree.branches) {
        const auto& points = branch.points;
        auto& own = all[static_cast<std::size_t>(branch.segment)];
        double widest_beyond = 0;
        for (std::size_t i = points.size(); i-- > 0;) {
            const double before = points[i == 0 ? 0 : i - 1].arc_mm;
            const double after = points[std::min(i + 1, points.size() - 1)].arc_mm;
            widest_beyond = std::max(widest_beyond, points[i].radius_mm);
            own.push_back(
                {points[i].position_lps_mm, 0.5 * (after - before), widest_beyond >= relevant_radius_mm});
        }
    }
    return all;
}

double relevant_length(const std::vector<NamedPoint>& points) {
    double sum = 0;
    for (const NamedPoint& p : points) sum += p.relevant ? p.length_mm : 0;
    return sum;
}

// Relevant length of `points` that has any of `others` within the tolerance.
double near_length(const std::vector<NamedPoint>& points, const std::vector<NamedPoint>& others,
                   double tolerance_mm) {
    double sum = 0;
    for (const NamedPoint& p : points)
        if (p.relevant && std::any_of(others.begin(), others.end(), [&](const NamedPoint& o) {
                return distance(o.position, p.position) <= tolerance_mm;
            }))
            sum += p.length_mm;
    return sum;
}

double share(int part, int all) {
    return all > 0 ? static_cast<double>(part) / all : std::numeric_limits<double>::quiet_NaN();
}

double harmonic(double a, double b) { return a + b == 0 ? 0 : 2 * a * b / (a + b); }

}  // namespace

void SegmentScore::add(const SegmentMatch& match) {
    in_truth += match.in_truth, recalled += match.recalled();
    reached += match.reached(), named += match.named();
    in_found += match.in_found, precise += match.precise();
}
double SegmentScore::recall() const { return share(recalled, in_truth); }
double SegmentScore::precision() const { return share(precise, in_found); }
double SegmentScore::f1() const { return harmonic(recall(), precision()); }
double SegmentScore::named_f1() const { return harmonic(share(named, reached), precision()); }

std::vector<SegmentMatch> match_segments(const CoronaryTree& found, const CoronaryTree& truth,
                                         const SegmentMatchOptions& options) {
    const NamedPoints of_found = points_by_name(found, options.relevant_radius_mm),
                      of_truth = points_by_name(truth, options.relevant_radius_mm);
    std::vector<NamedPoint> any;
    for (const auto& points : of_found) any.insert(any.end(), points.begin(), points.end());
    std::vector<SegmentMatch> result;
    for (std::size_t s = 1; s < names; ++s) {
        SegmentMatch match;
        match.segment = static_cast<Segment>(s);
        match.true_mm = relevant_length(of_truth[s]), match.found_mm = relevant_length(of_found[s]);
        match.in_truth = match.true_mm >= options.min_length_mm;
        match.in_found = match.found_mm >= options.min_length_mm;
        if (!match.in_truth && !match.in_found) continue;
        match.min_length_mm = options.min_length_mm;
        match.true_covered_mm = near_length(of_truth[s], any, options.tolerance_mm);
        match.true_near_mm = near_length(of_truth[s], of_found[s], options.tolerance_mm);
        match.found_near_mm = near_length(of_found[s], of_truth[s], options.tolerance_mm);
        result.push_back(match);
    }
    return result;
}

}  // namespace ctffr::anatomy
