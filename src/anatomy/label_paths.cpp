// SPDX-License-Identifier: Apache-2.0
#include "anatomy/label_paths.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace ctffr::anatomy {

std::size_t Way::index_at(double arc) const {
    const auto at = std::lower_bound(arc_mm.begin(), arc_mm.end(), arc);
    return std::min(static_cast<std::size_t>(at - arc_mm.begin()), points.size() - 1);
}

Vec3 Way::heading(std::size_t i) const {
    const std::size_t a = index_at(arc_mm[i] - 5), b = index_at(arc_mm[i] + 5);
    return normalized(points[b] - points[a]);
}

Way way_to(const CoronaryTree& tree, int leaf) {
    Way way;
    way.branches = tree.path_to(leaf);
    double start = 0;
    for (int id : way.branches) {
        const Branch& branch = tree.branches[static_cast<std::size_t>(id)];
        way.branch_start_mm.push_back(start);
        for (std::size_t i = way.points.empty() ? 0 : 1; i < branch.points.size(); ++i) {
            way.points.push_back(branch.points[i].position_lps_mm);
            way.arc_mm.push_back(start + branch.points[i].arc_mm);
            way.radius_mm.push_back(branch.points[i].radius_mm);
        }
        start += branch.length_mm();
    }
    return way;
}

namespace {

// The longest chain of branches below (and with) `id`.
std::vector<int> longest_below(const CoronaryTree& tree, int id) {
    std::vector<int> best;
    double best_length = -1;
    for (int child : tree.children_of(id)) {
        const auto below = longest_below(tree, child);
        double length = 0;
        for (int b : below) length += tree.branches[static_cast<std::size_t>(b)].length_mm();
        if (length > best_length) best = below, best_length = length;
    }
    best.insert(best.begin(), id);
    return best;
}

}  // namespace

std::vector<Offshoot> offshoots_of(const CoronaryTree& tree, const Way& way) {
    std::vector<Offshoot> result;
    for (std::size_t b = 0; b < way.branches.size(); ++b)
        for (int child : tree.children_of(way.branches[b])) {
            if (b + 1 < way.branches.size() && child == way.branches[b + 1]) continue;
            Offshoot shoot;
            shoot.branch = child;
            shoot.arc_mm =
                way.branch_start_mm[b] + tree.branches[static_cast<std::size_t>(way.branches[b])].length_mm();
            std::vector<double> radii;
            for (int id : longest_below(tree, child)) {
                const Branch& branch = tree.branches[static_cast<std::size_t>(id)];
                for (const CenterlinePoint& p : branch.points) {
                    const double arc = shoot.length_mm + p.arc_mm;
                    if (arc >= 3 && arc <= 10) radii.push_back(p.radius_mm);
                    shoot.points.push_back(p.position_lps_mm);
                }
                shoot.length_mm += branch.length_mm();
            }
            if (!radii.empty()) {
                std::sort(radii.begin(), radii.end());
                shoot.radius_mm = radii[radii.size() * 3 / 4];
            }
            result.push_back(std::move(shoot));
        }
    std::stable_sort(result.begin(), result.end(),
                     [](const Offshoot& a, const Offshoot& b) { return a.arc_mm < b.arc_mm; });
    return result;
}

namespace {

// The anterior interventricular groove leaves the base beside the pulmonary trunk and turns towards the
// septum.
double anterior_groove_deg(double share_of_length) {
    return 115 - 60 * std::clamp(share_of_length, 0.0, 1.0);
}

// Millimetres of way in the anterior groove, less those away from it, and how far towards the apex it leads.
double lad_score(const Way& way, const HeartAxes& axes) {
    double score = 0, deepest = 0;
    for (std::size_t i = 1; i < way.points.size(); ++i) {
        const Vec3 p = way.points[i];
        const double height = axes.height(p), step = way.arc_mm[i] - way.arc_mm[i - 1];
        deepest = std::max(deepest, height);
        if (height < 8) continue;
        const double wanted = anterior_groove_deg(height / axes.length_mm);
        const double off_mm =
            std::abs(angle_difference_deg(axes.angle_deg(p), wanted)) * 0.01745 * axes.off_axis_mm(p);
        // Near and beyond the apex angles mean little.
        if (height < 0.85 * axes.length_mm) score += step * std::max(-1.0, 1 - off_mm / 15);
    }
    return score + 0.6 * deepest;
}

// Millimetres of way around the long axis, less those along it: the atrioventricular groove. `sense` +1:
// towards the lateral wall (LCX), -1: towards the right ventricle and on to the inferior wall (RCA).
double groove_score(const Way& way, const HeartAxes& axes, double sense) {
    double score = 0;
    for (std::size_t i = 1; i < way.points.size(); ++i) {
        const Vec3 heading = way.heading(i);
        const Vec3 d = way.points[i] - axes.base_lps_mm;
        const Vec3 around =
            normalized(sense * cross(normalized(d - dot(d, axes.apical) * axes.apical), axes.apical));
        // cross(radial, apical) turns septal into anterior: rising angle.
        const double step = way.arc_mm[i] - way.arc_mm[i - 1];
        score += step * (dot(heading, around) - std::max(0.0, dot(heading, axes.apical)));
    }
    return score;
}

std::vector<Way> ways_of(const CoronaryTree& tree, Side side) {
    std::vector<Way> ways;
    for (const Branch& branch : tree.branches)
        if (branch.side == side && tree.children_of(branch.id).empty())
            ways.push_back(way_to(tree, branch.id));
    return ways;
}

// Arc at which two ways part; 0 when they start at different ostia.
double parting_mm(const CoronaryTree& tree, const Way& a, const Way& b) {
    double arc = 0;
    for (std::size_t i = 0;
         i < std::min(a.branches.size(), b.branches.size()) && a.branches[i] == b.branches[i]; ++i)
        arc += tree.branches[static_cast<std::size_t>(a.branches[i])].length_mm();
    return arc;
}

// 0.5 when the runner-up is as good, 1 when it is 40 mm worse.
double confidence_of(double best, double second) { return std::clamp(0.5 + (best - second) / 80, 0.5, 1.0); }

void choose_left(const CoronaryTree& tree, const HeartAxes& axes, MainWays& result) {
    constexpr double longest_lm_mm = 32, no_lcx = 0;
    const auto ways = ways_of(tree, Side::left);
    std::vector<double> as_lad, as_lcx;
    for (const Way& way : ways)
        as_lad.push_back(lad_score(way, axes)), as_lcx.push_back(groove_score(way, axes, 1));
    double best = -std::numeric_limits<double>::max(), second = best;
    int lad = -1, lcx = -1;
    for (std::size_t a = 0; a < ways.size(); ++a)
        for (std::size_t c = 0; c <= ways.size(); ++c) {
            if (a == c) continue;
            const bool none = c == ways.size();
            if (!none && parting_mm(tree, ways[a], ways[c]) > longest_lm_mm) continue;
            const double score = as_lad[a] + (none ? no_lcx : as_lcx[c]);
            if (score > best) {
                if (lad != static_cast<int>(a)) second = best;
                best = score, lad = static_cast<int>(a), lcx = none ? -1 : static_cast<int>(c);
            } else if (static_cast<int>(a) != lad) {
                second = std::max(second, score);
            }
        }
    if (lad < 0) return;
    result.lad = ways[static_cast<std::size_t>(lad)];
    if (lcx >= 0) {
        result.lcx = ways[static_cast<std::size_t>(lcx)];
        result.lm_end_mm = parting_mm(tree, result.lad, result.lcx);
    }
    result.left_confidence = confidence_of(best, second);
}

void choose_right(const CoronaryTree& tree, const HeartAxes& axes, MainWays& result) {
    double best = -std::numeric_limits<double>::max(), second = best;
    for (Way& way : ways_of(tree, Side::right)) {
        const double score = groove_score(way, axes, -1);
        if (score > best) {
            second = best, best = score;
            result.rca = std::move(way);
        } else {
            second = std::max(second, score);
        }
    }
    result.right_confidence = result.rca.empty() ? 0 : confidence_of(best, second);
}

}  // namespace

MainWays main_ways(const CoronaryTree& tree, const HeartAxes& axes) {
    MainWays result;
    choose_left(tree, axes, result);
    choose_right(tree, axes, result);
    return result;
}

}  // namespace ctffr::anatomy
