// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "anatomy/label_sides.hpp"
#include "ctffr/core/units.hpp"

namespace ctffr::anatomy {

namespace {

constexpr double typical_proximal_mm = 25;  // of LAD and LCX when no side branch ends it
constexpr double rad_per_deg = pi / 180;

struct Scored {
    const Offshoot* shoot = nullptr;
    double odds = 0;
};

// Where a way is as far down the heart as `p`; its last point when it does not get there.
std::size_t abreast(const View& view, const Way& way, double from_mm, Vec3 p) {
    std::size_t i = way.index_at(from_mm);
    while (i + 1 < way.points.size() && view.axes.height(way.points[i]) < view.axes.height(p)) ++i;
    return i;
}

// Lateral offset (mm) of a branch against the LAD at the same height; septal branches are negative.
double lateral_of_lad_mm(const View& view, const Offshoot& o, double from_mm) {
    const Vec3 p = point_out(o, 20);
    const Vec3 q = view.mains.lad.points[abreast(view, view.mains.lad, from_mm, p)];
    const double turn = angle_difference_deg(view.axes.angle_deg(p), view.axes.angle_deg(q));
    return turn * rad_per_deg * view.axes.off_axis_mm(p);
}

double diagonal_odds(const View& view, const Offshoot& o, double from_mm) {
    return all_of({size_odds(o), std::clamp((lateral_of_lad_mm(view, o, from_mm) - 3) / 2, -4.0, 4.0)});
}

// Log likelihood that of branches in a row, each one of a kind with its log odds, the first two that are of
// the kind stand at `first` and `second` (rows.size(): there is none).
double first_two(const std::vector<Scored>& row, std::size_t first, std::size_t second) {
    double score = 0;
    for (std::size_t i = 0; i < row.size() && i <= second; ++i)
        score += i == first || i == second ? log_odds_yes(row[i].odds) : log_odds_no(row[i].odds);
    return score;
}

// Calls visitor(first, second, score) for every choice of the first two.
template <class Visitor>
void for_first_two(const std::vector<Scored>& row, Visitor&& visitor) {
    const std::size_t n = row.size();
    visitor(n, n, first_two(row, n, n));
    for (std::size_t a = 0; a < n; ++a)
        for (std::size_t b = a + 1; b <= n; ++b) visitor(a, b, first_two(row, a, b));
}

// Arc of the LAD at the apex; beyond its end when it does not reach it.
double apex_arc_mm(const View& view) {
    const Way& lad = view.mains.lad;
    const Vec3 apex = view.axes.base_lps_mm + view.axes.length_mm * view.axes.apical;
    std::size_t best = 0;
    for (std::size_t i = 0; i < lad.points.size(); ++i)
        if (distance(lad.points[i], apex) < distance(lad.points[best], apex)) best = i;
    const double missing = view.apex_known && best + 1 == lad.points.size()
                               ? view.axes.length_mm - view.axes.height(lad.points[best])
                               : 0;
    return lad.arc_mm[best] + std::max(0.0, missing);
}

// Branches that leave near the end of the left main, between LAD and LCX.
std::vector<Scored> ramus_candidates(const View& view, const std::vector<Offshoot>& of_lad,
                                     const std::vector<Offshoot>& of_lcx) {
    constexpr double near_mm = 4.5;
    const double lm_end = view.mains.lm_end_mm;
    std::vector<Scored> row;
    if (lm_end <= 0 || view.mains.lcx.empty()) return row;
    for (const auto* shoots : {&of_lad, &of_lcx})
        for (const Offshoot& o : *shoots) {
            const double beyond = o.arc_mm - lm_end;
            // What leaves at the very end of the left main is an offshoot of both.
            if (std::abs(beyond) > 2 * near_mm || (shoots == &of_lcx && beyond < 0.1)) continue;
            row.push_back({&o, all_of({diagonal_odds(view, o, o.arc_mm), 2 * (near_mm - std::abs(beyond))})});
        }
    return row;
}

std::vector<Offshoot> free_offshoots(const View& view, const Way& way) {
    std::vector<Offshoot> shoots = way.empty() ? std::vector<Offshoot>{} : offshoots_of(view.tree, way);
    std::erase_if(shoots, [&](const Offshoot& o) {
        return view.mains.lad.holds(o.branch) || view.mains.lcx.holds(o.branch) ||
               view.mains.rca.holds(o.branch);
    });
    return shoots;
}

// A branch of the LCX this close to the left main is a ramus or nothing.
constexpr double ramus_zone_mm = 5;

}  // namespace

double all_of(std::initializer_list<double> log_odds) {
    double sum = 0;
    for (const double x : log_odds) sum += std::exp(-x);
    return -std::log(sum);
}

double size_odds(const Offshoot& offshoot) {
    return all_of({std::clamp((offshoot.radius_mm - 0.6) / 0.06, -4.0, 4.0),
                   std::clamp((offshoot.length_mm - 11) / 2, -4.0, 4.0)});
}

Vec3 point_out(const Offshoot& offshoot, double mm) {
    double arc = 0;
    for (std::size_t i = 1; i < offshoot.points.size(); ++i) {
        arc += distance(offshoot.points[i], offshoot.points[i - 1]);
        if (arc >= mm) return offshoot.points[i];
    }
    return offshoot.points.back();
}

namespace {

// A diagonal of the LAD, or the rest of its way where that leaves the groove (branch -1).
struct Diagonal {
    int branch = -1;
    double arc_mm = 0, odds = 0;
};

// Where the way of the LAD runs off over the lateral wall to its end: the LAD itself was lost behind a
// narrowing, and what is left is a diagonal.
Diagonal rest_of_lad(const View& view) {
    const Way& lad = view.mains.lad;
    constexpr double in_groove_mm = 7;
    std::size_t leaves = lad.points.size() - 1;
    while (leaves > 0 && beside_anterior_groove_mm(view.axes, lad.points[leaves]) > in_groove_mm) --leaves;
    const double rest_mm = lad.length_mm() - lad.arc_mm[leaves];
    const std::size_t middle = lad.index_at(lad.arc_mm[leaves] + 0.5 * rest_mm);
    double beside = 0;
    for (std::size_t i = middle; i < lad.points.size(); ++i)
        beside += beside_anterior_groove_mm(view.axes, lad.points[i]);
    beside /= static_cast<double>(lad.points.size() - middle);
    return {-1, lad.arc_mm[leaves],
            all_of({(beside - 16) / 2, (rest_mm - 14) / 2,
                    (lad.arc_mm[leaves] - view.mains.lad_start_mm - 6) / 2})};
}

// The LAD as it is read in one way, with a ramus or without.
struct LadView {
    const View& view;
    const std::vector<Offshoot>& shoots;
    double apex_mm = 0, score = 0;
    int ramus = -1;
    std::vector<Diagonal> diagonals;

    void read(std::vector<Reading>& readings) const {
        const Way& lad = view.mains.lad;
        const double start = view.mains.lad_start_mm;
        std::vector<Scored> row;
        for (const Diagonal& d : diagonals) row.push_back({nullptr, d.odds});
        for_first_two(row, [&](std::size_t first, std::size_t second, double row_score) {
            Reading reading{score + row_score, Names(view.tree.branches.size())};
            Names& names = reading.names;
            // Nameless branches belong to the reading as well.
            for (const Offshoot& o : shoots) names.name_subtree(view.tree, o.branch, Segment::unknown);
            if (view.mains.lm_end_mm > 0) names.start_on(view.tree, lad, 0, Segment::lm);
            names.start_on(view.tree, lad, start, Segment::p_lad);
            const double proximal_end =
                first < row.size() ? diagonals[first].arc_mm : start + typical_proximal_mm;
            names.start_on(view.tree, lad, proximal_end, Segment::m_lad);
            names.start_on(view.tree, lad, 0.5 * (proximal_end + apex_mm), Segment::d_lad);
            if (ramus >= 0) names.name_subtree(view.tree, ramus, Segment::ramus);
            for (const std::size_t d : {first, second}) {
                if (d >= row.size()) continue;
                const Segment segment = d == first ? Segment::d1 : Segment::d2;
                if (diagonals[d].branch >= 0) {
                    names.name_subtree(view.tree, diagonals[d].branch, segment);
                    continue;
                }
                names.start_on(view.tree, lad, diagonals[d].arc_mm, segment);
                for (const Offshoot& o : shoots)
                    if (o.arc_mm > diagonals[d].arc_mm) names.name_subtree(view.tree, o.branch, segment);
            }
            readings.push_back(std::move(reading));
        });
    }
};

}  // namespace

std::vector<Reading> lad_readings(const View& view) {
    const Way& lad = view.mains.lad;
    if (lad.empty()) return {{0, Names(view.tree.branches.size())}};
    const std::vector<Offshoot> of_lad = free_offshoots(view, lad),
                                of_lcx = free_offshoots(view, view.mains.lcx);
    const std::vector<Scored> ramus = ramus_candidates(view, of_lad, of_lcx);
    const Diagonal rest = rest_of_lad(view);
    std::vector<Reading> readings;
    for (std::size_t r = 0; r <= ramus.size(); ++r)
        for (const bool lost : {false, true}) {
            if (lost && rest.odds < -4) continue;
            LadView read{view, of_lad, apex_arc_mm(view)};
            read.score = lost ? log_odds_yes(rest.odds) : log_odds_no(rest.odds);
            for (std::size_t i = 0; i < ramus.size(); ++i)
                read.score += i == r ? log_odds_yes(ramus[i].odds) : log_odds_no(ramus[i].odds);
            if (r < ramus.size()) read.ramus = ramus[r].shoot->branch;
            for (const Offshoot& o : of_lad)
                if (o.arc_mm > view.mains.lad_start_mm + 0.1 && o.branch != read.ramus &&
                    !(lost && o.arc_mm > rest.arc_mm))
                    read.diagonals.push_back({o.branch, o.arc_mm, diagonal_odds(view, o, o.arc_mm)});
            constexpr double surely = 6;
            if (lost) read.diagonals.push_back({-1, rest.arc_mm, surely});
            read.read(readings);
        }
    return readings;
}

namespace {

// Angle of a point from 0 at the septum over the lateral wall (180) to the crux (278) and beyond.
double lateral_angle_deg(const View& view, Vec3 p) {
    return angle_difference_deg(view.axes.angle_deg(p), 180) + 180;
}

// Arc at which the LCX reaches the crux, -1 when it does not, and the log odds that it supplies the PDA.
struct LeftCrux {
    double arc_mm = -1, odds = -6;
};
LeftCrux left_crux(const View& view) {
    const Way& lcx = view.mains.lcx;
    LeftCrux crux;
    const double wanted = 360 + crux_deg;
    double angle = view.axes.angle_deg(lcx.points.front()), reach = -1e9;
    if (angle < -30) angle += 360;
    for (std::size_t i = 0; i < lcx.points.size(); ++i) {
        angle += angle_difference_deg(view.axes.angle_deg(lcx.points[i]), angle);
        reach = std::max(reach, angle);
        if (angle >= wanted - 4 && crux.arc_mm < 0) crux.arc_mm = lcx.arc_mm[i];
    }
    if (crux.arc_mm >= 0)
        crux.odds = all_of({(reach - wanted + 4) / 3 - 1, (lcx.length_mm() - crux.arc_mm - 8) / 2});
    return crux;
}

double marginal_odds(const View& view, const Offshoot& o) {
    const double rise = view.axes.height(point_out(o, 20)) - view.axes.height(o.points.front());
    return all_of({size_odds(o), std::clamp((rise - 5) / 1.5, -4.0, 4.0)});
}

}  // namespace

namespace {

// A branch of the LCX, or the rest of its way where that leaves the groove (branch -1).
struct LcxBranch {
    int branch = -1;
    double arc_mm = 0, marginal_odds = 0, angle_deg = 0;
};

// The LCX as it is read in one way: what leaves it, and up to where it is itself.
struct LcxView {
    const View& view;
    Dominance dominance;
    double score = 0;
    std::vector<LcxBranch> branches;
    std::vector<Offshoot> nameless;  // all that leaves it
    double crux_mm = -1;             // where the L-PDA begins; -1: none

    void name_branch(Names& names, const LcxBranch& b, Segment segment) const {
        if (b.branch >= 0) return names.name_subtree(view.tree, b.branch, segment);
        names.start_on(view.tree, view.mains.lcx, b.arc_mm, segment);
        for (const Offshoot& o : nameless)
            if (o.arc_mm > b.arc_mm) names.name_subtree(view.tree, o.branch, segment);
    }

    // The readings with `plb` as posterolateral branch (branches.size(): none).
    void read(std::size_t plb, std::vector<Reading>& readings) const {
        const double start = view.mains.lcx_start_mm;
        std::vector<Scored> marginals;
        double base = score;
        for (std::size_t i = 0; i < branches.size() && i != plb; ++i)
            marginals.push_back({nullptr, branches[i].marginal_odds});
        if (plb < branches.size()) {
            base += log_odds_yes(
                all_of({branches[plb].marginal_odds, (branches[plb].angle_deg - least_plb_deg) / 5}));
            for (std::size_t i = plb + 1; i < branches.size(); ++i)
                base += log_odds_no(branches[i].marginal_odds);
        }
        for_first_two(marginals, [&](std::size_t first, std::size_t second, double row_score) {
            Reading reading{base + row_score, Names(view.tree.branches.size())};
            Names& names = reading.names;
            for (const Offshoot& o : nameless) names.name_subtree(view.tree, o.branch, Segment::unknown);
            names.start_on(view.tree, view.mains.lcx, start, Segment::p_cx);
            names.start_on(view.tree, view.mains.lcx,
                           first < marginals.size() ? branches[first].arc_mm : start + typical_proximal_mm,
                           Segment::d_cx);
            if (crux_mm >= 0) names.start_on(view.tree, view.mains.lcx, crux_mm, Segment::l_pda);
            for (const std::size_t m : {first, second}) {
                if (m >= marginals.size()) continue;
                reading.score += log_odds_yes((most_marginal_deg - branches[m].angle_deg) / 5);
                name_branch(names, branches[m], m == first ? Segment::om1 : Segment::om2);
            }
            if (plb < branches.size()) name_branch(names, branches[plb], Segment::l_plb);
            readings.push_back(std::move(reading));
        });
    }

    static constexpr double least_plb_deg = 236, most_marginal_deg = 252;
};

// The rest of the LCX where it leaves the groove for the wall: of a small LCX nothing else may be seen.
LcxBranch rest_of_lcx(const View& view) {
    const Way& lcx = view.mains.lcx;
    LcxBranch rest;
    rest.arc_mm = groove_course(lcx, view.axes, 1).end_mm;
    const Vec3 from = lcx.points[lcx.index_at(rest.arc_mm)], to = lcx.points.back();
    const double rise = view.axes.height(to) - view.axes.height(from);
    rest.marginal_odds = all_of({(rise - 12) / 2, (lcx.length_mm() - rest.arc_mm - 15) / 2,
                                 (rest.arc_mm - view.mains.lcx_start_mm - 8) / 2});
    rest.angle_deg = lateral_angle_deg(view, lcx.points[lcx.index_at(rest.arc_mm + 20)]);
    return rest;
}

}  // namespace

std::vector<Reading> lcx_readings(const View& view, Dominance dominance) {
    const bool left = dominance == Dominance::left, right = dominance == Dominance::right;
    if (view.mains.lcx.empty()) return {{left ? -3.0 : 0.0, Names(view.tree.branches.size())}};
    const LeftCrux crux = left_crux(view);
    LcxView whole{view, dominance};
    whole.score = left ? log_odds_yes(crux.odds) : log_odds_no(crux.odds);
    whole.crux_mm = left ? crux.arc_mm : -1;
    whole.nameless = free_offshoots(view, view.mains.lcx);
    std::erase_if(whole.nameless, [&](const Offshoot& o) {
        return o.arc_mm < view.mains.lcx_start_mm + (view.mains.lm_end_mm > 0 ? ramus_zone_mm : 0.1);
    });
    for (const Offshoot& o : whole.nameless)
        whole.branches.push_back(
            {o.branch, o.arc_mm, marginal_odds(view, o), lateral_angle_deg(view, point_out(o, 20))});
    std::vector<LcxView> views{whole};
    if (const LcxBranch rest = rest_of_lcx(view); whole.crux_mm < 0 && rest.marginal_odds > -4) {
        views.front().score += log_odds_no(rest.marginal_odds);
        LcxView cut = whole;
        std::erase_if(cut.branches, [&](const LcxBranch& b) { return b.arc_mm > rest.arc_mm; });
        cut.branches.push_back(rest);
        views.push_back(std::move(cut));
    }
    std::vector<Reading> readings;
    for (const LcxView& v : views) {
        // Without the posterolateral branch that the LCX has in left and balanced dominance.
        LcxView without = v;
        if (!right) without.score -= 1.5;
        without.read(v.branches.size(), readings);
        for (std::size_t plb = 0; !right && plb < v.branches.size(); ++plb) v.read(plb, readings);
    }
    return readings;
}

}  // namespace ctffr::anatomy
