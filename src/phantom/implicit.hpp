// SPDX-License-Identifier: Apache-2.0
// Implicit solids: values are negative inside and change by about 1 per unit length near the surface.
// Sources: polynomial smooth minimum and first-order ellipsoid distance after I. Quilez, "distance functions"
// (notes).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include "ctffr/core/vec3.hpp"

namespace ctffr::phantom {

// Union of two solids with a fillet: at most k/4 below min(a, b), and equal to it where |a - b| >= k.
inline double smooth_min(double a, double b, double k) {
    const double h = std::max(k - std::abs(a - b), 0.0) / k;
    return std::min(a, b) - h * h * k * 0.25;
}
// Intersection with a rounded edge.
inline double smooth_max(double a, double b, double k) { return -smooth_min(-a, -b, k); }

// Ellipsoid around the origin with the given semi-axes; exact distance to first order at the surface.
inline double ellipsoid(Vec3 p, Vec3 semi) {
    const Vec3 q{p.x / semi.x, p.y / semi.y, p.z / semi.z};
    const double k0 = norm(q);
    const double k1 = norm({q.x / semi.x, q.y / semi.y, q.z / semi.z});
    if (k1 < 1e-12) return -std::min({semi.x, semi.y, semi.z});
    return k0 * (k0 - 1.0) / k1;
}

// A node of a tube.
struct TubeNode {
    Vec3 center;
    double radius = 0;
};

// Chain of cones with round joints: distance to the nearest axis point minus the radius there. Ends are
// round.
class Tube {
   public:
    // Distances above this may be given too small (but never below it) by tubes of more than a few nodes,
    // which saves most of the work.
    static constexpr double exact_below = 14;
    static constexpr std::size_t few = 9;

    Tube() = default;
    Tube(std::vector<TubeNode> nodes) : nodes_(std::move(nodes)) {  // NOLINT(google-explicit-constructor)
        for (const TubeNode& n : nodes_) center_ += n.center / static_cast<double>(nodes_.size());
        for (const TubeNode& n : nodes_) reach_ = std::max(reach_, distance(n.center, center_) + n.radius);
    }

    double operator()(Vec3 p) const {
        if (nodes_.size() > few)
            if (const double bound = distance(p, center_) - reach_; bound > exact_below) return bound;
        double best = 1e9;
        for (std::size_t n = 0; n + 1 < nodes_.size(); ++n) {
            const TubeNode &a = nodes_[n], &b = nodes_[n + 1];
            const Vec3 ab = b.center - a.center;
            const double t = std::clamp(dot(p - a.center, ab) / dot(ab, ab), 0.0, 1.0);
            best = std::min(best, distance(p, a.center + t * ab) - (a.radius + t * (b.radius - a.radius)));
        }
        return best;
    }
    const std::vector<TubeNode>& nodes() const { return nodes_; }

   private:
    std::vector<TubeNode> nodes_;
    Vec3 center_;
    double reach_ = 0;
};

// The nodes of a Catmull-Rom curve through `knots`, `per_span` pieces between two knots; radii follow the
// same curve.
inline std::vector<TubeNode> smooth_tube(const std::vector<TubeNode>& knots, int per_span) {
    std::vector<TubeNode> nodes;
    const int count = static_cast<int>(knots.size());
    const auto knot = [&](int i) { return knots[static_cast<std::size_t>(std::clamp(i, 0, count - 1))]; };
    for (int i = 0; i + 1 < count; ++i) {
        const TubeNode a = knot(i - 1), b = knot(i), c = knot(i + 1), d = knot(i + 2);
        for (int s = 0; s < per_span; ++s) {
            const double t = static_cast<double>(s) / per_span, t2 = t * t, t3 = t2 * t;
            const double wa = 0.5 * (-t + 2 * t2 - t3), wb = 0.5 * (2 - 5 * t2 + 3 * t3);
            const double wc = 0.5 * (t + 4 * t2 - 3 * t3), wd = 0.5 * (-t2 + t3);
            nodes.push_back({wa * a.center + wb * b.center + wc * c.center + wd * d.center,
                             wa * a.radius + wb * b.radius + wc * c.radius + wd * d.radius});
        }
    }
    nodes.push_back(knots.back());
    return nodes;
}

}  // namespace ctffr::phantom
