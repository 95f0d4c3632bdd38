// SPDX-License-Identifier: Apache-2.0
#include "lumen/recentre.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

#include "ctffr/core/units.hpp"

namespace ctffr::lumen {

namespace {

constexpr double least_part = 0.4;

struct Point {
    double x = 0, y = 0;
};

double cross(Point a, Point b) { return a.x * b.y - a.y * b.x; }

std::vector<Point> polygon_of(const LumenSection& section) {
    std::vector<Point> polygon;
    const auto n = static_cast<double>(section.radius_mm.size());
    for (std::size_t a = 0; a < section.radius_mm.size(); ++a) {
        const double phi = 2 * pi * static_cast<double>(a) / n, r = section.radius_mm[a];
        polygon.push_back({r * std::cos(phi), r * std::sin(phi)});
    }
    return polygon;
}

Point centroid(const std::vector<Point>& polygon) {
    Point sum;
    double area = 0;
    for (std::size_t a = 0; a < polygon.size(); ++a) {
        const Point p = polygon[a], q = polygon[(a + 1) % polygon.size()];
        const double w = cross(p, q);
        sum.x += w * (p.x + q.x), sum.y += w * (p.y + q.y), area += 3 * w;
    }
    return {sum.x / area, sum.y / area};
}

// How far the polygon reaches from `from` along a unit vector; 0 where it does not.
double reach(const std::vector<Point>& polygon, Point from, Point way) {
    double farthest = 0;
    for (std::size_t a = 0; a < polygon.size(); ++a) {
        const Point p{polygon[a].x - from.x, polygon[a].y - from.y};
        const Point next = polygon[(a + 1) % polygon.size()], q{next.x - from.x, next.y - from.y};
        const double sp = cross(way, p), sq = cross(way, q);
        if ((sp < 0) == (sq < 0)) continue;
        const double t = sp / (sp - sq);
        farthest =
            std::max(farthest, (1 - t) * (p.x * way.x + p.y * way.y) + t * (q.x * way.x + q.y * way.y));
    }
    return farthest;
}

}  // namespace

LumenSection recentred(const LumenSection& section) {
    const auto& r = section.radius_mm;
    const double mean = std::accumulate(r.begin(), r.end(), 0.0) / static_cast<double>(r.size());
    const double least = *std::min_element(r.begin(), r.end());
    if (least >= least_part * mean) return section;
    const std::vector<Point> polygon = polygon_of(section);
    const Point middle = centroid(polygon);
    LumenSection out = section;
    double smallest = 1e300;
    for (std::size_t a = 0; a < r.size(); ++a) {
        const double phi = 2 * pi * static_cast<double>(a) / static_cast<double>(r.size());
        out.radius_mm[a] = static_cast<float>(reach(polygon, middle, {std::cos(phi), std::sin(phi)}));
        smallest = std::min(smallest, static_cast<double>(out.radius_mm[a]));
    }
    if (!(smallest > least)) return section;  // no better from there
    out.center_lps_mm += middle.x * section.normal + middle.y * section.binormal;
    return out;
}

}  // namespace ctffr::lumen
