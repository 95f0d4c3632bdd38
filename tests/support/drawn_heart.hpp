// SPDX-License-Identifier: Apache-2.0
// Coronary trees drawn by hand on a heart: vessels as rows of places in the cylinder coordinates of the left
// ventricle (height from the base in mm, angle in degrees, distance from the axis in mm).
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "ctffr/data/heart.hpp"
#include "ctffr/data/tree.hpp"

namespace ctffr::test {

// How the heart lies: long axis to the left, forward and down.
inline HeartFrame drawn_heart(bool mirrored = false) {
    const double x = mirrored ? -1 : 1;
    HeartFrame heart;
    heart.lv_found = true;
    heart.lv_base_lps_mm = {0, 0, 0};
    heart.lv_apex_lps_mm = 85.0 * normalized({0.70 * x, -0.55, -0.45});
    heart.root_center_lps_mm = {-7 * x, -8, 16.5};
    heart.aorta = {{heart.root_center_lps_mm, 15}};
    return heart;
}

struct Place {
    double height_mm, angle_deg, off_mm;
};

struct DrawnVessel {
    std::string name;
    int parent = -1;       // index of an earlier vessel
    double parent_mm = 0;  // where on it this one starts
    Side side = Side::left;
    std::vector<Place> places;  // joined by straight lines, behind the point on the parent
    double start_radius_mm = 1.5, end_radius_mm = 1;
};

class Drawing {
   public:
    explicit Drawing(bool mirrored = false) : heart_(drawn_heart(mirrored)), mirrored_(mirrored) {}

    int add(DrawnVessel vessel) {
        std::vector<Vec3> corners;
        if (vessel.parent >= 0) corners.push_back(at(vessel.parent, vessel.parent_mm));
        for (const Place& place : vessel.places) corners.push_back(position(place));
        lines_.push_back(evenly(corners));
        vessels_.push_back(std::move(vessel));
        return static_cast<int>(vessels_.size()) - 1;
    }
    int index(const std::string& name) const {
        for (std::size_t v = 0; v < vessels_.size(); ++v)
            if (vessels_[v].name == name) return static_cast<int>(v);
        return -1;
    }
    DrawnVessel& vessel(const std::string& name) { return vessels_[static_cast<std::size_t>(index(name))]; }
    const HeartFrame& heart() const { return heart_; }
    double length_mm(int vessel) const {
        return spacing_mm * static_cast<double>(lines_[static_cast<std::size_t>(vessel)].size() - 1);
    }
    // A point of a vessel, `arc_mm` from its start.
    Vec3 at(int vessel, double arc_mm) const {
        const auto& line = lines_[static_cast<std::size_t>(vessel)];
        return line[std::min(line.size() - 1, static_cast<std::size_t>(arc_mm / spacing_mm + 0.5))];
    }

    // The tree without names; vessels in `without` and what hangs on them are left out.
    CoronaryTree tree(const std::vector<std::string>& without = {}) const {
        CoronaryTree tree;
        struct Piece {
            int branch;
            double end_mm;
        };
        std::vector<std::vector<Piece>> pieces(vessels_.size());
        std::vector<bool> drawn(vessels_.size());
        for (std::size_t v = 0; v < vessels_.size(); ++v)
            drawn[v] = std::find(without.begin(), without.end(), vessels_[v].name) == without.end() &&
                       (vessels_[v].parent < 0 || drawn[static_cast<std::size_t>(vessels_[v].parent)]);
        for (std::size_t v = 0; v < vessels_.size(); ++v) {
            if (!drawn[v]) continue;
            const DrawnVessel& vessel = vessels_[v];
            int parent = -1;
            if (vessel.parent >= 0)
                for (const Piece& piece : pieces[static_cast<std::size_t>(vessel.parent)])
                    if (parent < 0 && vessel.parent_mm <= piece.end_mm + 0.1) parent = piece.branch;
            std::vector<double> cuts{length_mm(static_cast<int>(v))};
            for (std::size_t c = 0; c < vessels_.size(); ++c)
                if (drawn[c] && vessels_[c].parent == static_cast<int>(v) &&
                    vessels_[c].parent_mm < cuts[0] - 1)
                    cuts.push_back(vessels_[c].parent_mm);
            std::sort(cuts.begin(), cuts.end());
            cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
            double start = 0;
            for (const double end : cuts) {
                tree.branches.push_back(piece(vessel, static_cast<int>(v), start, end));
                Branch& branch = tree.branches.back();
                branch.id = static_cast<int>(tree.branches.size()) - 1, branch.parent = parent;
                pieces[v].push_back({branch.id, end});
                parent = branch.id, start = end;
            }
        }
        return tree;
    }

   private:
    static constexpr double spacing_mm = 0.5;

    Vec3 position(const Place& p) const {
        const double x = mirrored_ ? -1 : 1;
        const Vec3 apical = normalized({0.70, -0.55, -0.45});
        const Vec3 usual{-0.6, -0.7, -0.3};
        const Vec3 septal = normalized(usual - dot(usual, apical) * apical), anterior = cross(septal, apical);
        const double a = p.angle_deg * 3.14159265358979 / 180;
        const Vec3 q = p.height_mm * apical + p.off_mm * (std::cos(a) * septal + std::sin(a) * anterior);
        return {x * q.x, q.y, q.z};
    }
    static std::vector<Vec3> evenly(const std::vector<Vec3>& corners) {
        std::vector<Vec3> line{corners.front()};
        double left = spacing_mm;
        for (std::size_t i = 1; i < corners.size(); ++i) {
            Vec3 from = corners[i - 1];
            while (distance(from, corners[i]) >= left) {
                from += left * normalized(corners[i] - from);
                line.push_back(from);
                left = spacing_mm;
            }
            left -= distance(from, corners[i]);
        }
        return line;
    }
    Branch piece(const DrawnVessel& vessel, int v, double start, double end) const {
        Branch branch;
        branch.side = vessel.side;
        for (double arc = start; arc <= end + 0.1; arc += spacing_mm) {
            const double u = arc / length_mm(v);
            branch.points.push_back(
                {at(v, arc), {}, 0, (1 - u) * vessel.start_radius_mm + u * vessel.end_radius_mm});
        }
        update_arc_and_tangents(branch);
        return branch;
    }

    HeartFrame heart_;
    bool mirrored_;
    std::vector<DrawnVessel> vessels_;
    std::vector<std::vector<Vec3>> lines_;
};

// Places from one angle to another, 4 degrees apart, with height and distance in between.
inline std::vector<Place> sweep(Place from, Place to) {
    std::vector<Place> places;
    const int steps = std::max(1, static_cast<int>(std::abs(to.angle_deg - from.angle_deg) / 4));
    for (int i = 0; i <= steps; ++i) {
        const double u = static_cast<double>(i) / steps;
        places.push_back({from.height_mm + u * (to.height_mm - from.height_mm),
                          from.angle_deg + u * (to.angle_deg - from.angle_deg),
                          from.off_mm + u * (to.off_mm - from.off_mm)});
    }
    return places;
}
inline std::vector<Place> joined(std::vector<Place> a, const std::vector<Place>& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

// An ordinary heart: LM of 10 mm, LAD with two diagonals, LCX with a marginal, RCA with an acute marginal.
inline Drawing drawn_coronaries(Dominance dominance, bool mirrored = false, bool left_main = true) {
    Drawing d(mirrored);
    const bool left = dominance == Dominance::left, right = dominance == Dominance::right;
    const Place ostium{-4, 100, 30}, fork{2, 116, 38};
    const std::vector<Place> lad_way = sweep({6, 114, 40}, {80, 58, 22});
    const std::vector<Place> lcx_way =
        left ? joined(sweep({2, 124, 42}, {0, 278, 44}), {{15, 279, 42}, {35, 279, 36}, {55, 280, 28}})
             : sweep({2, 124, 42}, {0, right ? 242.0 : 260.0, 44});
    if (left_main) {
        d.add({"LAD", -1, 0, Side::left, joined({ostium, fork}, lad_way), 2.0, 0.8});
        d.add({"LCX", 0, 11.5, Side::left, lcx_way, 1.7, left ? 1.1 : 0.8});
    } else {
        d.add({"LAD", -1, 0, Side::left, joined({{-4, 96, 31}}, lad_way), 1.9, 0.8});
        d.add({"LCX", -1, 0, Side::left, joined({{-5, 106, 31}}, lcx_way), 1.7, left ? 1.1 : 0.8});
    }
    const int lad = 0, lcx = 1;
    d.add({"D1", lad, 42, Side::left, {{38, 118, 38}, {60, 128, 30}}, 1.1, 0.7});
    d.add({"D2", lad, 66, Side::left, {{55, 100, 34}, {70, 112, 26}}, 1.0, 0.7});
    d.add({"septal", lad, 54, Side::left, {{30, 66, 24}, {36, 40, 16}}, 0.5, 0.4});
    d.add({"OM1", lcx, 40, Side::left, {{20, 190, 42}, {45, 198, 36}, {60, 200, 28}}, 1.1, 0.7});
    if (!right)
        d.add({"L-PLB",
               lcx,
               left ? 84 : 88,
               Side::left,
               {{20, 250, 42}, {40, 254, 36}, {55, 255, 30}},
               1.0,
               0.7});
    std::vector<Place> rca = joined({{-6, 62, 26}}, sweep({-2, 52, 36}, {0, left ? -45.0 : -80.0, 46}));
    if (right)
        rca = joined(rca, joined(sweep({0, -84, 45}, {4, -106, 44}), {{20, -110, 42}, {45, -112, 36}}));
    if (dominance == Dominance::balanced) rca = joined(rca, {{15, -82, 42}, {35, -82, 36}, {55, -80, 28}});
    const int r = d.add({"RCA", -1, 0, Side::right, rca, left ? 1.4 : 1.9, left ? 0.7 : 0.9});
    d.add({"AM", r, 55, Side::right, {{25, -20, 44}, {50, -15, 36}}, 0.8, 0.6});
    if (right) {
        // Where the RCA reaches the crux: at the end of the sweep to -80 degrees.
        double crux = 0, best = 1e9;
        const Drawing ruler = d;
        for (double s = 60; s < ruler.length_mm(r); s += 0.5) {
            Drawing probe(mirrored);
            const int p = probe.add({"p", -1, 0, Side::right, {{0, -80, 46}, {1, -80, 46}}, 1, 1});
            if (const double far = distance(ruler.at(r, s), probe.at(p, 0)); far < best) best = far, crux = s;
        }
        d.add({"PDA", r, crux, Side::right, {{12, -80, 42}, {35, -81, 36}, {55, -80, 28}}, 1.0, 0.7});
    }
    return d;
}

}  // namespace ctffr::test
