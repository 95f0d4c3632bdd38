// SPDX-License-Identifier: Apache-2.0
#include "anatomy/label_tree.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "anatomy/label_frame.hpp"
#include "anatomy/label_paths.hpp"

namespace ctffr::anatomy {

namespace {

// Where a segment begins on a branch.
struct Start {
    double arc_mm = 0;
    Segment segment = Segment::unknown;
    double confidence = 0;
};
using Starts = std::vector<std::vector<Start>>;  // per branch, first at 0

constexpr double min_side_radius_mm = 0.6, min_side_length_mm = 12;  // of a side branch that gets a name
constexpr double crux_deg = -82;  // the posterior interventricular groove at the base

// Joins every branch with its only child.
CoronaryTree merged(const CoronaryTree& tree) {
    CoronaryTree result;
    result.dominance = tree.dominance;
    std::vector<int> number(tree.branches.size(), -1);
    for (const Branch& branch : tree.branches) {
        const int parent = branch.parent < 0 ? -1 : number[static_cast<std::size_t>(branch.parent)];
        if (parent >= 0 && tree.children_of(branch.parent).size() == 1) {
            Branch& into = result.branches[static_cast<std::size_t>(parent)];
            const double shift = into.length_mm();
            for (BranchFlag flag : branch.flags) {
                flag.start_mm += shift, flag.end_mm += shift;
                into.flags.push_back(flag);
            }
            into.points.insert(into.points.end(), branch.points.begin() + 1, branch.points.end());
            update_arc_and_tangents(into);
            number[branch.id] = parent;
            continue;
        }
        Branch copy = branch;
        copy.id = static_cast<int>(result.branches.size());
        copy.parent = parent;
        number[static_cast<std::size_t>(branch.id)] = copy.id;
        result.branches.push_back(std::move(copy));
    }
    return result;
}

// Cuts the branches at the starts of their segments.
CoronaryTree split(const CoronaryTree& tree, const Starts& starts) {
    CoronaryTree result;
    result.dominance = tree.dominance;
    std::vector<int> last_piece(tree.branches.size(), -1);
    for (const Branch& branch : tree.branches) {
        const auto& own = starts[static_cast<std::size_t>(branch.id)];
        int parent = branch.parent < 0 ? -1 : last_piece[static_cast<std::size_t>(branch.parent)];
        std::size_t first = 0;
        for (std::size_t s = 0; s < own.size(); ++s) {
            std::size_t last = branch.points.size() - 1;
            if (s + 1 < own.size()) {
                last = 0;
                while (last + 1 < branch.points.size() && branch.points[last].arc_mm < own[s + 1].arc_mm)
                    ++last;
                // A piece needs two points, and so does what follows.
                if (last <= first || last + 1 >= branch.points.size()) continue;
            }
            Branch piece;
            piece.id = static_cast<int>(result.branches.size());
            piece.parent = parent, piece.side = branch.side;
            piece.segment = own[s].segment, piece.label_confidence = own[s].confidence;
            piece.points.assign(branch.points.begin() + static_cast<std::ptrdiff_t>(first),
                                branch.points.begin() + static_cast<std::ptrdiff_t>(last) + 1);
            const double start_mm = branch.points[first].arc_mm, end_mm = branch.points[last].arc_mm;
            update_arc_and_tangents(piece);
            for (BranchFlag flag : branch.flags) {
                if (flag.end_mm < start_mm || flag.start_mm > end_mm) continue;
                flag.start_mm = std::max(flag.start_mm, start_mm) - start_mm;
                flag.end_mm = std::min(flag.end_mm, end_mm) - start_mm;
                piece.flags.push_back(flag);
            }
            parent = piece.id;
            result.branches.push_back(std::move(piece));
            first = last;
        }
        last_piece[static_cast<std::size_t>(branch.id)] = parent;
    }
    return result;
}

class Labeller {
   public:
    Labeller(const CoronaryTree& tree, const HeartFrame& heart)
        : tree_(tree), heart_(heart), axes_(axes_of(tree, heart)), ways_(main_ways(tree, axes_)) {
        starts_.assign(tree.branches.size(), {Start{}});
    }

    CoronaryTree label() {
        if (!ways_.lad.empty()) label_lad();
        if (!ways_.lcx.empty()) label_lcx();
        if (!ways_.rca.empty()) label_rca();
        CoronaryTree result = split(tree_, starts_);
        result.dominance = dominance();
        return result;
    }

   private:
    // Sets the segment of a way from an arc onwards.
    void start_on(const Way& way, double arc_mm, Segment segment, double confidence) {
        for (std::size_t b = 0; b < way.branches.size(); ++b) {
            const double begin = way.branch_start_mm[b];
            const double length = tree_.branches[static_cast<std::size_t>(way.branches[b])].length_mm();
            if (begin + length <= arc_mm + 0.3) continue;
            auto& own = starts_[static_cast<std::size_t>(way.branches[b])];
            const double at = arc_mm - begin;
            if (at <= 0.3) {
                own.assign(1, {0, segment, confidence});
            } else {
                while (own.back().arc_mm >= at) own.pop_back();
                own.push_back({at, segment, confidence});
            }
        }
    }

    void name_subtree(int branch, Segment segment, double confidence) {
        starts_[static_cast<std::size_t>(branch)].assign(1, {0, segment, confidence});
        for (int child : tree_.children_of(branch)) name_subtree(child, segment, confidence);
    }

    static bool has_size(const Offshoot& o) {
        return o.radius_mm >= min_side_radius_mm && o.length_mm >= min_side_length_mm;
    }

    Vec3 point_out(const Offshoot& o, double mm) const {
        double arc = 0;
        for (std::size_t i = 1; i < o.points.size(); ++i) {
            arc += distance(o.points[i], o.points[i - 1]);
            if (arc >= mm) return o.points[i];
        }
        return o.points.back();
    }

    // Where a way is as far down the heart as `p`; its last point when it does not get there.
    std::size_t abreast(const Way& way, double from_mm, Vec3 p) const {
        std::size_t i = way.index_at(from_mm);
        while (i + 1 < way.points.size() && axes_.height(way.points[i]) < axes_.height(p)) ++i;
        return i;
    }

    // Lateral offset (mm) of a branch of the LAD against the LAD at the same height; septal branches are
    // negative.
    double lateral_of_lad_mm(const Offshoot& o) const {
        const Vec3 p = point_out(o, 20);
        const Vec3 q = ways_.lad.points[abreast(ways_.lad, o.arc_mm, p)];
        const double turn = angle_difference_deg(axes_.angle_deg(p), axes_.angle_deg(q));
        return turn * 0.01745 * axes_.off_axis_mm(p);
    }

    void label_lad() {
        const double lm_end = ways_.lm_end_mm, confidence = ways_.left_confidence;
        if (lm_end > 0) start_on(ways_.lad, 0, Segment::lm, confidence);
        start_on(ways_.lad, lm_end, Segment::p_lad, confidence);
        const auto shoots = offshoots_of(tree_, ways_.lad);
        std::vector<const Offshoot*> diagonals;
        const Offshoot* ramus = nullptr;
        for (const Offshoot& o : shoots) {
            if (is_on(ways_.lcx, o.branch)) continue;
            if (!has_size(o) || lateral_of_lad_mm(o) < 3) continue;
            if (lm_end > 0 && !ways_.lcx.empty() && o.arc_mm < lm_end + 3) {
                if (!ramus || o.length_mm > ramus->length_mm) ramus = &o;
            } else {
                diagonals.push_back(&o);
            }
        }
        if (ramus) name_subtree(ramus->branch, Segment::ramus, 0.8 * confidence);
        for (std::size_t d = 0; d < diagonals.size() && d < 2; ++d)
            name_subtree(diagonals[d]->branch, d == 0 ? Segment::d1 : Segment::d2, 0.8 * confidence);
        // Proximal LAD ends at the first diagonal, or 25 mm behind the left main when none is seen.
        const double proximal_end = diagonals.empty() ? lm_end + 25 : diagonals.front()->arc_mm;
        start_on(ways_.lad, proximal_end, Segment::m_lad, confidence);
        start_on(ways_.lad, 0.5 * (proximal_end + apex_arc_mm()), Segment::d_lad, 0.9 * confidence);
    }

    // Arc of the LAD at the apex; beyond its end when it does not reach it.
    double apex_arc_mm() const {
        const Way& lad = ways_.lad;
        const Vec3 apex = axes_.base_lps_mm + axes_.length_mm * axes_.apical;
        std::size_t best = 0;
        for (std::size_t i = 0; i < lad.points.size(); ++i)
            if (distance(lad.points[i], apex) < distance(lad.points[best], apex)) best = i;
        const double missing = heart_.lv_found && best + 1 == lad.points.size()
                                   ? axes_.length_mm - axes_.height(lad.points[best])
                                   : 0;
        return lad.arc_mm[best] + std::max(0.0, missing);
    }

    static bool is_on(const Way& way, int branch) {
        return std::find(way.branches.begin(), way.branches.end(), branch) != way.branches.end();
    }

    void label_lcx() {
        const Way& lcx = ways_.lcx;
        const double confidence = ways_.left_confidence;
        start_on(lcx, ways_.lm_end_mm, Segment::p_cx, confidence);
        const double crux = crux_of(lcx, 360 + crux_deg, 1);
        lcx_at_crux_ = crux >= 0;
        std::vector<const Offshoot*> marginals;
        const auto shoots = offshoots_of(tree_, lcx);
        for (const Offshoot& o : shoots) {
            if (is_on(ways_.lad, o.branch) || o.arc_mm < ways_.lm_end_mm + 3 || !has_size(o)) continue;
            // Marginals run towards the apex; atrial branches do not.
            if (axes_.height(point_out(o, 20)) > axes_.height(o.points.front()) + 5) marginals.push_back(&o);
        }
        int named = 0;
        for (const Offshoot* o : marginals) {
            const double angle = angle_difference_deg(axes_.angle_deg(point_out(*o, 20)), 180) + 180;
            // Behind the lateral wall it is a posterolateral branch.
            if (named >= 1 && angle > 225) {
                name_subtree(o->branch, Segment::l_plb, 0.6 * confidence);
                lcx_posterolateral_ = true;
            } else if (named < 2) {
                name_subtree(o->branch, named == 0 ? Segment::om1 : Segment::om2, 0.8 * confidence);
                ++named;
            }
        }
        const double proximal_end = marginals.empty() ? ways_.lm_end_mm + 25 : marginals.front()->arc_mm;
        start_on(lcx, proximal_end, Segment::d_cx, confidence);
        if (lcx_at_crux_) start_on(lcx, crux, Segment::l_pda, 0.8 * confidence);
    }

    // Arc at which a way in the AV groove reaches the crux: where its angle passes the posterior groove and
    // at least 8 mm follow; -1 when it does not.
    double crux_of(const Way& way, double wanted_deg, double sense) const {
        double angle = axes_.angle_deg(way.points.front());
        if (sense > 0 && angle < -30) angle += 360;
        for (std::size_t i = 1; i < way.points.size(); ++i) {
            angle += angle_difference_deg(axes_.angle_deg(way.points[i]), angle);
            if (way.length_mm() - way.arc_mm[i] < 8) break;
            if (sense * (angle - wanted_deg) >= 0) return way.arc_mm[i];
        }
        return -1;
    }

    // Arc at which a way leaves the AV groove near the crux and runs on towards the apex, as the PDA of an
    // RCA without posterolateral branches does; -1 when it does not.
    double turn_to_apex(const Way& way) const {
        constexpr double least_rise_mm = 15, groove_mm = 5, nearby_deg = 35;
        std::size_t turn = way.points.size() - 1;
        const double end = axes_.height(way.points.back());
        double lowest = end;
        for (std::size_t i = way.points.size(); i-- > 0 && way.arc_mm[i] > way.length_mm() / 2;)
            lowest = std::min(lowest, axes_.height(way.points[i]));
        while (turn > 0 && axes_.height(way.points[turn]) > lowest + groove_mm) --turn;
        const double off = angle_difference_deg(axes_.angle_deg(way.points[turn]), crux_deg);
        return end - lowest >= least_rise_mm && std::abs(off) <= nearby_deg ? way.arc_mm[turn] : -1;
    }

    void label_rca() {
        const Way& rca = ways_.rca;
        const double confidence = ways_.right_confidence;
        const auto shoots = offshoots_of(tree_, rca);
        double crux = crux_of(rca, crux_deg, -1);
        // The bifurcation of PDA and PLB is the crux when there is one nearby.
        const Offshoot* fork = nullptr;
        for (const Offshoot& o : shoots) {
            if (o.length_mm < 10 || o.radius_mm < 0.5) continue;
            const double angle = axes_.angle_deg(rca.points[rca.index_at(o.arc_mm)]);
            if (std::abs(angle_difference_deg(angle, crux_deg)) > 30) continue;
            if (!fork || o.length_mm * o.radius_mm > fork->length_mm * fork->radius_mm) fork = &o;
        }
        if (fork) crux = fork->arc_mm;
        if (crux < 0) crux = turn_to_apex(rca);
        const double to_crux = crux >= 0 ? crux : rca.length_mm();
        // Acute margin: where the marginal branch leaves, or a little beyond the middle.
        double margin = 0.55 * to_crux;
        double best = 0;
        for (const Offshoot& o : shoots)
            if (o.arc_mm > 0.4 * to_crux && o.arc_mm < 0.7 * to_crux && has_size(o) &&
                o.length_mm * o.radius_mm > best)
                best = o.length_mm * o.radius_mm, margin = o.arc_mm;
        start_on(rca, 0, Segment::p_rca, confidence);
        start_on(rca, 0.5 * margin, Segment::m_rca, 0.9 * confidence);
        start_on(rca, margin, Segment::d_rca, 0.9 * confidence);
        if (crux >= 0) label_beyond_crux(crux, fork, shoots);
    }

    void label_beyond_crux(double crux, const Offshoot* fork, const std::vector<Offshoot>& shoots) {
        const Way& rca = ways_.rca;
        const double confidence = 0.8 * ways_.right_confidence;
        // How far a vessel goes beyond the posterior groove towards the lateral wall, 20 mm behind the crux.
        const auto beyond_deg = [&](Vec3 p) { return angle_difference_deg(crux_deg, axes_.angle_deg(p)); };
        const double on = beyond_deg(rca.points[rca.index_at(crux + 20)]);
        const bool way_is_pda = fork ? on < beyond_deg(point_out(*fork, 20)) : on < 18;
        start_on(rca, crux, way_is_pda ? Segment::r_pda : Segment::r_plb, confidence);
        (way_is_pda ? rca_pda_ : rca_plb_) = true;
        for (const Offshoot& o : shoots) {
            if (o.arc_mm < crux - 0.1 || o.length_mm < 8) continue;
            const bool pda = &o == fork && !way_is_pda;
            name_subtree(o.branch,
                         pda ? Segment::r_pda : (way_is_pda && &o != fork ? Segment::r_pda : Segment::r_plb),
                         confidence);
            (pda ? rca_pda_ : rca_plb_) = (pda ? rca_pda_ : rca_plb_) || &o == fork;
        }
    }

    Dominance dominance() const {
        if (lcx_at_crux_ && !rca_pda_) return Dominance::left;
        if (rca_pda_ && !rca_plb_) return Dominance::balanced;
        if (rca_pda_ || rca_plb_) return Dominance::right;
        return Dominance::unknown;
    }

    const CoronaryTree& tree_;
    const HeartFrame& heart_;
    HeartAxes axes_;
    MainWays ways_;
    Starts starts_;
    bool lcx_at_crux_ = false, lcx_posterolateral_ = false, rca_pda_ = false, rca_plb_ = false;
};

}  // namespace

void label_tree(CoronaryTree& tree, const HeartFrame& heart) {
    if (tree.branches.empty()) return;
    const CoronaryTree plain = merged(tree);
    tree = Labeller(plain, heart).label();
}

}  // namespace ctffr::anatomy
