// SPDX-License-Identifier: Apache-2.0
#include "anatomy/label_paths.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace ctffr::anatomy {

bool Way::holds(int branch) const {
    return std::find(branches.begin(), branches.end(), branch) != branches.end();
}

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
                    if (arc >= 3 && arc <= 20) radii.push_back(p.radius_mm);
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

// Millimetres of way in the anterior groove, less those away from it, how far towards the apex it leads, and
// how much vessel it is: where two ways are as good, the LAD is the longer and wider one.
double lad_score(const Way& way, const HeartAxes& axes) {
    constexpr double thin_mm = 0.4, wide_mm = 1.6, worth = 0.6;
    double score = 0, deepest = 0;
    for (std::size_t i = 1; i < way.points.size(); ++i)
        score += worth * (std::clamp(way.radius_mm[i], thin_mm, wide_mm) - thin_mm) *
                 (way.arc_mm[i] - way.arc_mm[i - 1]);
    for (std::size_t i = 1; i < way.points.size(); ++i) {
        const Vec3 p = way.points[i];
        const double height = axes.height(p), step = way.arc_mm[i] - way.arc_mm[i - 1];
        deepest = std::max(deepest, height);
        // Near the apex angles mean little, and beyond it the LAD may turn into the posterior groove.
        if (height > 0.85 * axes.length_mm) break;
        if (height < 8) continue;
        score += step * std::max(-1.0, 1 - std::abs(beside_anterior_groove_mm(axes, p)) / 15);
    }
    return score + 0.6 * deepest;
}

}  // namespace

GrooveCourse groove_course(const Way& way, const HeartAxes& axes, double sense) {
    GrooveCourse best;
    double score = 0;
    for (std::size_t i = 1; i < way.points.size(); ++i) {
        const Vec3 heading = way.heading(i);
        const Vec3 around = sense * axes.around(way.points[i]);
        const double step = way.arc_mm[i] - way.arc_mm[i - 1];
        score += step * (dot(heading, around) - std::max(0.0, dot(heading, axes.apical)));
        if (score > best.score_mm) best = {score, way.arc_mm[i]};
    }
    return best;
}

namespace {

// Scores are in millimetres of course; so many millimetres are worth one unit of log likelihood.
constexpr double mm_per_unit = 12;
// What an artery costs that starts on the other side than usual (its sinus, or the side it was found on).
constexpr double other_side_mm = 60;
constexpr double longest_lm_mm = 32;
// An artery for which no way scores more than this is rather missing.
constexpr double least_mm = 0;
constexpr std::size_t candidates = 10;  // ways of one artery that are tried
constexpr std::size_t most_readings = 16;
constexpr double worth_trying_mm = 80;  // readings this much behind the best weigh nothing

struct Candidate {
    int way = -1;  // -1: the artery is not there
    double score_mm = least_mm;
};

std::vector<Candidate> best_candidates(std::vector<Candidate> all) {
    std::stable_sort(all.begin(), all.end(),
                     [](const Candidate& a, const Candidate& b) { return a.score_mm > b.score_mm; });
    if (all.size() > candidates) all.resize(candidates);
    all.push_back({});
    return all;
}

}  // namespace

double parting_mm(const CoronaryTree& tree, const Way& a, const Way& b) {
    double arc = 0;
    for (std::size_t i = 0;
         i < std::min(a.branches.size(), b.branches.size()) && a.branches[i] == b.branches[i]; ++i)
        arc += tree.branches[static_cast<std::size_t>(a.branches[i])].length_mm();
    return arc;
}

namespace {

void set_starts(const CoronaryTree& tree, MainWays& mains) {
    const auto from_right = [&](const Way& way) {
        return !way.empty() &&
               tree.branches[static_cast<std::size_t>(way.branches.front())].side == Side::right;
    };
    const double lad_lcx = parting_mm(tree, mains.lad, mains.lcx),
                 lad_rca = parting_mm(tree, mains.lad, mains.rca),
                 lcx_rca = parting_mm(tree, mains.lcx, mains.rca);
    mains.lad_start_mm = std::max(lad_lcx, from_right(mains.lad) ? lad_rca : 0);
    mains.lcx_start_mm = std::max(lad_lcx, from_right(mains.lcx) ? lcx_rca : 0);
    mains.rca_start_mm = from_right(mains.rca) ? 0 : std::max(lad_rca, lcx_rca);
    mains.lm_end_mm = from_right(mains.lad) ? 0 : lad_lcx;
}

}  // namespace

std::vector<MainWays> main_readings(const CoronaryTree& tree, const HeartAxes& axes) {
    std::vector<Way> ways;
    std::vector<Candidate> lad, lcx, rca;
    for (const Branch& branch : tree.branches) {
        if (!tree.children_of(branch.id).empty()) continue;
        const int way = static_cast<int>(ways.size());
        ways.push_back(way_to(tree, branch.id));
        const double from_right = branch.side == Side::right ? other_side_mm : 0;
        lad.push_back({way, lad_score(ways.back(), axes) - from_right});
        lcx.push_back({way, groove_course(ways.back(), axes, 1).score_mm - from_right});
        rca.push_back({way, groove_course(ways.back(), axes, -1).score_mm - (other_side_mm - from_right)});
    }
    lad = best_candidates(std::move(lad)), lcx = best_candidates(std::move(lcx)),
    rca = best_candidates(std::move(rca));
    // Two arteries are different ways that part early.
    const auto apart = [&](const Candidate& a, const Candidate& b) {
        return a.way < 0 || b.way < 0 ||
               (a.way != b.way && parting_mm(tree, ways[static_cast<std::size_t>(a.way)],
                                             ways[static_cast<std::size_t>(b.way)]) <= longest_lm_mm);
    };
    struct Choice {
        Candidate lad, lcx, rca;
        double score_mm;
    };
    std::vector<Choice> choices;
    for (const Candidate& a : lad)
        for (const Candidate& c : lcx)
            for (const Candidate& r : rca)
                if (apart(a, c) && apart(a, r) && apart(c, r))
                    choices.push_back({a, c, r, a.score_mm + c.score_mm + r.score_mm});
    std::stable_sort(choices.begin(), choices.end(),
                     [](const Choice& a, const Choice& b) { return a.score_mm > b.score_mm; });
    std::vector<MainWays> readings;
    for (const Choice& choice : choices) {
        if (choice.score_mm < choices.front().score_mm - worth_trying_mm) break;
        MainWays reading;
        const auto way_of = [&](const Candidate& c) {
            return c.way < 0 ? Way{} : ways[static_cast<std::size_t>(c.way)];
        };
        reading.lad = way_of(choice.lad), reading.lcx = way_of(choice.lcx), reading.rca = way_of(choice.rca);
        set_starts(tree, reading);
        reading.score = choice.score_mm / mm_per_unit;
        readings.push_back(std::move(reading));
        if (readings.size() == most_readings) break;
    }
    return readings;
}

}  // namespace ctffr::anatomy
