// SPDX-License-Identifier: Apache-2.0
#include "ctffr/data/tree_place.hpp"

#include <algorithm>
#include <limits>

#include "ctffr/parallel/parallel.hpp"

namespace ctffr {

namespace {

struct Box {
    Vec3 low{1e300, 1e300, 1e300}, high{-1e300, -1e300, -1e300};

    void add(Vec3 p) {
        low = {std::min(low.x, p.x), std::min(low.y, p.y), std::min(low.z, p.z)};
        high = {std::max(high.x, p.x), std::max(high.y, p.y), std::max(high.z, p.z)};
    }
    double distance_to(Vec3 p) const {
        const Vec3 d{std::max({low.x - p.x, 0.0, p.x - high.x}), std::max({low.y - p.y, 0.0, p.y - high.y}),
                     std::max({low.z - p.z, 0.0, p.z - high.z})};
        return norm(d);
    }
};

// A short stretch of a branch with the box around it: most of a tree is far from any one point.
struct Stretch {
    std::size_t branch = 0, first = 0, last = 0;  // segments first .. last-1 join points first .. last
    Box box;
    double widest_mm = 0;
};

std::vector<Stretch> stretches_of(const CoronaryTree& tree) {
    constexpr std::size_t segments = 12;
    std::vector<Stretch> stretches;
    for (std::size_t b = 0; b < tree.branches.size(); ++b) {
        const auto& points = tree.branches[b].points;
        for (std::size_t first = 0; first + 1 < points.size(); first += segments) {
            Stretch stretch{b, first, std::min(first + segments, points.size() - 1), {}, 0};
            for (std::size_t i = first; i <= stretch.last; ++i) {
                stretch.box.add(points[i].position_lps_mm);
                stretch.widest_mm = std::max(stretch.widest_mm, points[i].radius_mm);
            }
            stretches.push_back(stretch);
        }
    }
    return stretches;
}

void improve(const Branch& branch, const Stretch& stretch, Vec3 point, double& best_mm, TreePlace& place) {
    for (std::size_t i = stretch.first; i < stretch.last; ++i) {
        const CenterlinePoint &a = branch.points[i], &b = branch.points[i + 1];
        const Vec3 ab = b.position_lps_mm - a.position_lps_mm;
        const double length2 = dot(ab, ab);
        const double t =
            length2 > 0 ? std::clamp(dot(point - a.position_lps_mm, ab) / length2, 0.0, 1.0) : 0.0;
        const double radius = a.radius_mm + t * (b.radius_mm - a.radius_mm);
        const double wall_mm = distance(point, lerp(a.position_lps_mm, b.position_lps_mm, t)) - radius;
        if (wall_mm < best_mm) best_mm = wall_mm, place = {stretch.branch, i, t};
    }
}

}  // namespace

std::vector<TreePlace> places_in_tree(const std::vector<Vec3>& points_lps_mm, const CoronaryTree& tree,
                                      const Run& run) {
    const std::vector<Stretch> stretches = stretches_of(tree);
    std::vector<TreePlace> places(points_lps_mm.size());
    parallel_for(Cpu{run.profiler}, "places in tree", static_cast<Index>(places.size()), [&](Index n) {
        const Vec3 point = points_lps_mm[static_cast<std::size_t>(n)];
        double best_mm = std::numeric_limits<double>::max();
        for (const Stretch& stretch : stretches)
            if (stretch.box.distance_to(point) - stretch.widest_mm < best_mm)
                improve(tree.branches[stretch.branch], stretch, point, best_mm,
                        places[static_cast<std::size_t>(n)]);
    });
    return places;
}

}  // namespace ctffr
