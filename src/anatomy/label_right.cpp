// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "anatomy/label_sides.hpp"
#include "ctffr/core/units.hpp"

namespace ctffr::anatomy {

namespace {

// The acute margin lies a little beyond the middle of the way to the crux.
constexpr double margin_share = 0.55;

// How far a point lies beyond the posterior groove towards the lateral wall.
double beyond_crux_deg(const View& view, Vec3 p) {
    return angle_difference_deg(crux_deg, view.axes.angle_deg(p));
}

// Arc at which the RCA passes the posterior groove with at least 8 mm to follow; -1 when it does not.
double passing_mm(const View& view, const Way& rca) {
    double angle = view.axes.angle_deg(rca.points.front());
    for (std::size_t i = 1; i < rca.points.size(); ++i) {
        angle += angle_difference_deg(view.axes.angle_deg(rca.points[i]), angle);
        if (rca.length_mm() - rca.arc_mm[i] < 8) break;
        if (angle <= crux_deg) return rca.arc_mm[i];
    }
    return -1;
}

// Arc at which a way leaves the AV groove near the crux and runs on towards the apex, as the PDA of an RCA
// without posterolateral branches does; -1 when it does not.
double turn_to_apex_mm(const View& view, const Way& way) {
    constexpr double least_rise_mm = 15, groove_mm = 5, nearby_deg = 35;
    std::size_t turn = way.points.size() - 1;
    const double end = view.axes.height(way.points.back());
    double lowest = end;
    for (std::size_t i = way.points.size(); i-- > 0 && way.arc_mm[i] > way.length_mm() / 2;)
        lowest = std::min(lowest, view.axes.height(way.points[i]));
    while (turn > 0 && view.axes.height(way.points[turn]) > lowest + groove_mm) --turn;
    const double off = beyond_crux_deg(view, way.points[turn]);
    return end - lowest >= least_rise_mm && std::abs(off) <= nearby_deg ? way.arc_mm[turn] : -1;
}

// Length of the way from the ostium to the crux, as far as it is not seen from the angle that is missing.
double whole_way_mm(const View& view, const Way& rca) {
    const Vec3 end = rca.points.back();
    const double missing = std::max(0.0, -beyond_crux_deg(view, end));
    return rca.length_mm() + missing * pi / 180 * view.axes.off_axis_mm(end);
}

struct RightTree {
    const View& view;
    const Way& rca;
    std::vector<Offshoot> shoots;

    // pRCA, mRCA and dRCA, with the crux at `to_crux`.
    void name_main(Names& names, double to_crux) const {
        const double start = view.mains.rca_start_mm, length = to_crux - start;
        double margin = start + margin_share * length, best = 0;
        for (const Offshoot& o : shoots)
            if (o.arc_mm > start + 0.4 * length && o.arc_mm < start + 0.7 * length && size_odds(o) > 0 &&
                o.length_mm * o.radius_mm > best)
                best = o.length_mm * o.radius_mm, margin = o.arc_mm;
        for (const Offshoot& o : shoots) names.name_subtree(view.tree, o.branch, Segment::unknown);
        names.start_on(view.tree, rca, start, Segment::p_rca);
        names.start_on(view.tree, rca, 0.5 * (start + margin), Segment::m_rca);
        names.start_on(view.tree, rca, margin, Segment::d_rca);
    }

    // The RCA as one vessel that goes on beyond `crux` as `beyond`; no crux (-1): it ends before.
    Reading single(double score, double crux, Segment beyond) const {
        Reading reading{score, Names(view.tree.branches.size())};
        name_main(reading.names, crux >= 0 ? crux : whole_way_mm(view, rca));
        if (crux >= 0) {
            reading.names.start_on(view.tree, rca, crux, beyond);
            for (const Offshoot& o : shoots)
                if (o.arc_mm >= crux - 0.1 && o.length_mm >= 8)
                    reading.names.name_subtree(view.tree, o.branch, beyond);
        }
        return reading;
    }

    // PDA and posterolateral branch part where `fork` leaves.
    Reading forked(double score, const Offshoot& fork, bool way_is_pda) const {
        Reading reading{score, Names(view.tree.branches.size())};
        name_main(reading.names, fork.arc_mm);
        const Segment on = way_is_pda ? Segment::r_pda : Segment::r_plb,
                      off = way_is_pda ? Segment::r_plb : Segment::r_pda;
        reading.names.start_on(view.tree, rca, fork.arc_mm, on);
        for (const Offshoot& o : shoots)
            if (o.arc_mm >= fork.arc_mm - 0.1 && o.length_mm >= 8)
                reading.names.name_subtree(view.tree, o.branch, &o == &fork ? off : on);
        return reading;
    }
};

// Log odds that an offshoot is the fork of PDA and posterolateral branch; `spread_deg`: how much farther
// towards the lateral wall the way on goes.
double fork_odds(const RightTree& right, const Offshoot& o, double& spread_deg) {
    const View& view = right.view;
    const double off = beyond_crux_deg(view, right.rca.points[right.rca.index_at(o.arc_mm)]);
    const double on = beyond_crux_deg(view, right.rca.points[right.rca.index_at(o.arc_mm + 20)]);
    spread_deg = on - beyond_crux_deg(view, point_out(o, 20));
    const double after = right.rca.length_mm() - o.arc_mm;
    return all_of(
        {(30 - std::abs(off)) / 4, (o.length_mm - 9) / 1.5, (after - 9) / 1.5, (o.radius_mm - 0.5) / 0.06});
}

}  // namespace

std::vector<Reading> rca_readings(const View& view, Dominance dominance) {
    const std::size_t branches = view.tree.branches.size();
    if (view.mains.rca.empty()) return {{0, Names(branches)}};
    RightTree right{view, view.mains.rca, offshoots_of(view.tree, view.mains.rca)};
    std::erase_if(right.shoots, [&](const Offshoot& o) {
        return view.mains.lad.holds(o.branch) || view.mains.lcx.holds(o.branch) ||
               o.arc_mm < view.mains.rca_start_mm + 0.1;
    });
    const double passing = passing_mm(view, right.rca), turn = turn_to_apex_mm(view, right.rca);
    const double crux = passing >= 0 ? passing : turn;
    const double end_beyond = beyond_crux_deg(view, right.rca.points.back());
    // The way of a single vessel 20 mm behind the crux: on in the AV groove, or down the septum.
    const double beyond =
        crux >= 0 ? beyond_crux_deg(view, right.rca.points[right.rca.index_at(crux + 20)]) : 0;
    const double lateral_odds = (beyond - 18) / 4;

    std::vector<Reading> readings;
    double no_fork = 0;
    for (const Offshoot& o : right.shoots) {
        double spread = 0;
        const double odds = fork_odds(right, o, spread);
        no_fork += log_odds_no(odds);
        if (dominance != Dominance::right) continue;
        const double size = std::log(o.length_mm * o.radius_mm);
        for (const bool way_is_pda : {false, true})
            readings.push_back(right.forked(
                log_odds_yes(odds) + log_odds_yes((way_is_pda ? -spread : spread) / 4) + size - 4, o,
                way_is_pda));
    }
    if (dominance == Dominance::left) {
        const double reaches = crux >= 0 ? 3 : (end_beyond + 10) / 5;
        readings.push_back(right.single(no_fork + log_odds_no(reaches), -1, Segment::unknown));
    } else if (crux >= 0) {
        const bool balanced = dominance == Dominance::balanced;
        // In right dominance one of the two was not found.
        const double missed = balanced ? 0 : -4;
        readings.push_back(right.single(missed + no_fork + log_odds_no(lateral_odds), crux, Segment::r_pda));
        readings.push_back(right.single((balanced ? -5 : -2.5) + no_fork + log_odds_yes(lateral_odds), crux,
                                        Segment::r_plb));
    } else {
        // Not seen up to the crux.
        readings.push_back(right.single(-2.5 + no_fork, -1, Segment::unknown));
    }
    return readings;
}

}  // namespace ctffr::anatomy
