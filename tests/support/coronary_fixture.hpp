// SPDX-License-Identifier: Apache-2.0
// A whole coronary tree with analytic radii, for tests of flow and lesion code.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "ctffr/core/random.hpp"
#include "ctffr/core/units.hpp"
#include "ctffr/data/tree.hpp"

namespace ctffr::test {

// A narrowing (or, negative, a dilatation) of the radius with the shape of one cosine period.
struct Narrowing {
    Segment segment = Segment::m_lad;
    double middle_mm = 20, length_mm = 12, fraction = 0.5;

    double factor(double arc_mm) const {
        const double t = (arc_mm - middle_mm) / length_mm;
        return std::abs(t) < 0.5 ? 1 - fraction * 0.5 * (1 + std::cos(2 * pi * t)) : 1;
    }
};

struct FixtureOptions {
    std::vector<Narrowing> narrowings{};
    double spacing_mm = 0.5;
    double scale = 1;  // of all radii
    double noise = 0;  // relative standard deviation of every radius
    std::uint64_t seed = 1;
    bool left = true, right = true, labels = true;
    Dominance dominance = Dominance::right;
};

struct Fixture {
    CoronaryTree tree;
    std::vector<std::vector<double>> healthy_radius_mm;  // exact
};

namespace detail {

struct Piece {
    Segment segment;
    int parent;
    Side side;
    double length_mm, radius_mm, taper_per_mm;
    Vec3 direction;
};

inline std::vector<Piece> pieces() {
    constexpr double e = 7.0 / 3;
    std::vector<Piece> all;
    // The larger child gets what the junction law leaves after the smaller one.
    const auto add = [&](Segment s, int parent, Side side, double length, double radius, double taper,
                         Vec3 d) {
        all.push_back({s, parent, side, length, radius, taper, normalized(d)});
        return static_cast<int>(all.size()) - 1;
    };
    const auto end = [&](int i) {
        const Piece& p = all[static_cast<std::size_t>(i)];
        return p.radius_mm * std::exp(-p.taper_per_mm * p.length_mm);
    };
    const auto rest = [&](int parent, double other) {
        return std::pow(std::pow(end(parent), e) - std::pow(other, e), 1 / e);
    };
    const int lm = add(Segment::lm, -1, Side::left, 10, 2.35, 0.001, {1, 0, 0});
    const int plad = add(Segment::p_lad, lm, Side::left, 25, rest(lm, 1.65), 0.003, {1, 0.6, 0});
    const int pcx = add(Segment::p_cx, lm, Side::left, 25, 1.65, 0.003, {1, -0.7, 0});
    const int mlad = add(Segment::m_lad, plad, Side::left, 40, rest(plad, 1.05), 0.004, {1, 0.7, -0.1});
    add(Segment::d1, plad, Side::left, 50, 1.05, 0.007, {0.6, 0.6, 0.8});
    add(Segment::d_lad, mlad, Side::left, 55, rest(mlad, 0.9), 0.007, {1, 0.8, -0.3});
    add(Segment::d2, mlad, Side::left, 40, 0.9, 0.008, {0.6, 0.7, 0.7});
    add(Segment::om1, pcx, Side::left, 50, 1.1, 0.006, {0.8, -0.2, -0.7});
    add(Segment::d_cx, pcx, Side::left, 45, rest(pcx, 1.1), 0.007, {1, -0.8, 0.2});
    const int prca = add(Segment::p_rca, -1, Side::right, 40, 1.95, 0.002, {-1, 0, 0});
    const int mrca = add(Segment::m_rca, prca, Side::right, 40, end(prca), 0.002, {-1, 0, -0.3});
    const int drca = add(Segment::d_rca, mrca, Side::right, 40, end(mrca), 0.002, {-0.8, 0.2, -0.6});
    add(Segment::r_pda, drca, Side::right, 45, 1.05, 0.007, {-0.8, 0.8, -0.4});
    add(Segment::r_plb, drca, Side::right, 40, rest(drca, 1.05), 0.007, {-1, -0.3, -0.6});
    return all;
}

}  // namespace detail

inline Fixture make_fixture(const FixtureOptions& options) {
    Fixture fixture;
    fixture.tree.dominance = options.dominance;
    std::vector<int> id_of;
    Random random(options.seed, 77);
    for (const detail::Piece& piece : detail::pieces()) {
        const bool wanted = piece.side == Side::left ? options.left : options.right;
        id_of.push_back(wanted ? static_cast<int>(fixture.tree.branches.size()) : -1);
        if (!wanted) continue;
        Branch branch;
        branch.id = id_of.back();
        branch.parent = piece.parent < 0 ? -1 : id_of[static_cast<std::size_t>(piece.parent)];
        branch.side = piece.side;
        branch.segment = options.labels ? piece.segment : Segment::unknown;
        const Vec3 start = branch.parent < 0 ? Vec3{piece.side == Side::left ? 10.0 : -10.0, 0, 0}
                                             : fixture.tree.branches[static_cast<std::size_t>(branch.parent)]
                                                   .points.back()
                                                   .position_lps_mm;
        const int n = static_cast<int>(std::lround(piece.length_mm / options.spacing_mm));
        std::vector<double> healthy;
        for (int i = 0; i <= n; ++i) {
            const double arc = piece.length_mm * i / n;
            CenterlinePoint point;
            point.position_lps_mm = start + arc * piece.direction;
            healthy.push_back(options.scale * piece.radius_mm * std::exp(-piece.taper_per_mm * arc));
            point.radius_mm = healthy.back() * (1 + options.noise * random.normal());
            for (const Narrowing& narrowing : options.narrowings)
                if (narrowing.segment == piece.segment) point.radius_mm *= narrowing.factor(arc);
            branch.points.push_back(point);
        }
        update_arc_and_tangents(branch);
        fixture.tree.branches.push_back(std::move(branch));
        fixture.healthy_radius_mm.push_back(std::move(healthy));
    }
    return fixture;
}

// Id of the branch with a segment name; the fixture has each at most once.
inline int branch_of(const CoronaryTree& tree, Segment segment) {
    for (const Branch& branch : tree.branches)
        if (branch.segment == segment) return branch.id;
    return -1;
}

}  // namespace ctffr::test
