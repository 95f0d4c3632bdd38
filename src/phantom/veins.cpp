// SPDX-License-Identifier: Apache-2.0
#include "phantom/veins.hpp"

#include <algorithm>
#include <cmath>

#include "ctffr/core/random.hpp"
#include "ctffr/core/units.hpp"
#include "phantom/heart_shape.hpp"

namespace ctffr::phantom {
namespace {

using Line = std::vector<TubeNode>;

// Centerline points of all arteries.
class Arteries {
   public:
    explicit Arteries(const CoronaryTree& tree) {
        for (const Branch& branch : tree.branches)
            for (const CenterlinePoint& point : branch.points)
                nodes_.push_back({point.position_lps_mm, point.radius_mm});
    }
    // The artery point that leaves the least room, and that room (mm, blood to point).
    std::pair<TubeNode, double> nearest(Vec3 p) const {
        std::pair<TubeNode, double> best{{}, 1e9};
        for (const TubeNode& node : nodes_)
            if (const double room = distance(p, node.center) - node.radius; room < best.second)
                best = {node, room};
        return best;
    }

   private:
    std::vector<TubeNode> nodes_;
};

// The same line with nodes at most 1 mm apart.
Line dense(const Line& line) {
    Line out;
    for (std::size_t n = 0; n + 1 < line.size(); ++n) {
        const int pieces =
            std::max(1, static_cast<int>(std::ceil(distance(line[n].center, line[n + 1].center))));
        for (int piece = 0; piece < pieces; ++piece) {
            const double t = static_cast<double>(piece) / pieces;
            out.push_back({lerp(line[n].center, line[n + 1].center, t),
                           line[n].radius + t * (line[n + 1].radius - line[n].radius)});
        }
    }
    out.push_back(line.back());
    return out;
}

// Moves the nodes of a vein out of the arteries' way, along the surface or away from it, and keeps the line
// smooth.
void push_off(const HeartAnatomy& heart, const Arteries& arteries, Line& line) {
    for (int pass = 0; pass < 12; ++pass) {
        const Line old = line;
        for (std::size_t n = 1; n + 1 < line.size(); ++n)
            line[n].center = 0.25 * old[n - 1].center + 0.5 * old[n].center + 0.25 * old[n + 1].center;
        for (TubeNode& node : line) {
            const auto [artery, room] = arteries.nearest(node.center);
            const double missing = node.radius + vein_clearance_mm + 0.1 - room;
            if (missing > 0) node.center += missing * normalized(node.center - artery.center);
            const double least = node.radius + 0.8;
            if (heart.epicardium(node.center) < least) node.center = heart.on_epicardium(node.center, least);
        }
    }
}

// Keeps the stretches with room enough; thins the vein where there is a little less.
void keep_free(const Arteries& arteries, const Line& line, std::vector<Tube>& out) {
    constexpr double thinnest = 0.5;
    Line piece;
    const auto close = [&] {
        if (piece.size() > 3) out.emplace_back(piece);
        piece.clear();
    };
    for (TubeNode node : line) {
        // Pushed apart to both sides of an artery, two nodes must not be joined through it.
        if (!piece.empty() && distance(piece.back().center, node.center) > 2) close();
        node.radius = std::min(node.radius, arteries.nearest(node.center).second - vein_clearance_mm);
        if (node.radius < thinnest)
            close();
        else
            piece.push_back(node);
    }
    close();
}

}  // namespace

std::vector<Tube> make_veins(const HeartAnatomy& heart, const CoronaryTree& tree, std::uint64_t seed) {
    Random random(seed, 0x5645494eu);
    const Arteries arteries(tree);
    const double unit = heart.unit_mm();
    const double great_radius = random.uniform(1.3, 1.9) * unit,
                 sinus_radius = random.uniform(3.6, 4.8) * unit;
    // Beside the anterior groove on the left ventricle's side, then along the AV groove on the atrial side.
    Line great, middle;
    const Vec3 left = heart.to_lps({-1, 0, 0}) - heart.to_lps({0, 0, 0});
    const Vec3 atrial = normalized(heart.to_lps({0, 0, -1}) - heart.to_lps({0, 0, 0}));
    constexpr int steps = 90;
    for (int n = 0; n <= steps; ++n) {
        const double s = static_cast<double>(n) / steps, t = 0.82 - 0.74 * s;
        const Vec3 beside = heart.anterior_groove(t) + 5.5 * normalized(left);
        great.push_back({heart.on_epicardium(beside, 4.2), great_radius * (0.45 + 0.55 * s)});
    }
    for (int n = 0; n <= 2 * steps; ++n) {
        const double s = 0.5 * n / steps, angle = (14 + 156 * s) * pi / 180;
        const double grown = great_radius + (sinus_radius - great_radius) * s * s * (3 - 2 * s);
        const Vec3 beside = heart.av_groove(angle) + (4.0 + 2.5 * (1 - s)) * atrial;
        great.push_back({heart.on_epicardium(beside, grown + 1.5), grown});
    }
    for (int n = 0; n <= steps; ++n) {
        const double s = static_cast<double>(n) / steps, t = 0.75 - 0.72 * s;
        const Vec3 beside = heart.posterior_groove(t) + 4.0 * normalized(left);
        middle.push_back({heart.on_epicardium(beside, 3.8), great_radius * (0.45 + 0.55 * s)});
    }
    std::vector<Tube> veins;
    for (Line* line : {&great, &middle}) {
        *line = dense(*line);
        push_off(heart, arteries, *line);
        keep_free(arteries, *line, veins);
    }
    return veins;
}

}  // namespace ctffr::phantom
