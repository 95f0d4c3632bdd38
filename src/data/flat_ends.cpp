// SPDX-License-Identifier: Apache-2.0
#include "ctffr/data/flat_ends.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "ctffr/core/index.hpp"
#include "ctffr/core/units.hpp"

namespace ctffr {

namespace {

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

struct Edge {
    std::int32_t a, b, face;
};

std::vector<Edge> sorted_edges(const PolygonSurface& surface) {
    std::vector<Edge> edges;
    edges.reserve(surface.point.size());
    for (std::size_t f = 0; f < surface.size(); ++f)
        for (std::int32_t k = surface.start[f]; k < surface.start[f + 1]; ++k) {
            const std::int32_t next = k + 1 < surface.start[f + 1] ? k + 1 : surface.start[f];
            const std::int32_t a = surface.point[at(k)], b = surface.point[at(next)];
            edges.push_back({std::min(a, b), std::max(a, b), static_cast<std::int32_t>(f)});
        }
    std::sort(edges.begin(), edges.end(), [](const Edge& x, const Edge& y) {
        return x.a != y.a ? x.a < y.a : x.b != y.b ? x.b < y.b : x.face < y.face;
    });
    return edges;
}

void measure(const PolygonSurface& surface, std::size_t face, Vec3& area, Vec3& centre) {
    const std::int32_t first = surface.start[face], last = surface.start[face + 1];
    centre = {}, area = {};
    for (std::int32_t k = first; k < last; ++k) centre += surface.points[at(surface.point[at(k)])];
    centre = centre / static_cast<double>(last - first);
    for (std::int32_t k = first; k < last; ++k) {
        const Vec3 a = surface.points[at(surface.point[at(k)])] - centre;
        const Vec3 b = surface.points[at(surface.point[at(k + 1 < last ? k + 1 : first)])] - centre;
        area += 0.5 * cross(a, b);
    }
}

// body(face, other face, length of their edge)
template <class Body>
void for_each_pair(const PolygonSurface& surface, const std::vector<Edge>& edges, Body&& body) {
    for (std::size_t k = 0; k + 1 < edges.size(); ++k)
        if (edges[k].a == edges[k + 1].a && edges[k].b == edges[k + 1].b)
            body(edges[k].face, edges[k + 1].face,
                 distance(surface.points[at(edges[k].a)], surface.points[at(edges[k].b)]));
}

// Unit normals. Rounding turns the normal of a needle (over 50 times as long as high, as in the fan of a
// cap); such a face takes that of the largest neighbour across a long edge, in rounds from outside in where
// needles lie side by side.
std::vector<Vec3> steady_normals(const PolygonSurface& surface, const std::vector<Edge>& edges,
                                 const std::vector<Vec3>& area) {
    constexpr double needle = 0.02;
    constexpr int rounds = 64;
    std::vector<double> longest(area.size(), 0);
    const auto each_side = [&](auto&& body) {
        for_each_pair(surface, edges, [&](std::int32_t f, std::int32_t g, double length) {
            body(at(f), at(g), length);
            body(at(g), at(f), length);
        });
    };
    each_side([&](std::size_t f, std::size_t, double length) { longest[f] = std::max(longest[f], length); });
    std::vector<Vec3> normal(area.size());
    std::vector<char> steady(area.size());
    for (std::size_t f = 0; f < area.size(); ++f) {
        normal[f] = normalized(area[f]);
        steady[f] = 2 * norm(area[f]) > needle * longest[f] * longest[f];
    }
    std::vector<std::pair<std::size_t, std::size_t>> sides;  // needle, neighbour across a long edge
    each_side([&](std::size_t f, std::size_t g, double length) {
        if (!steady[f] && length > 0.7 * longest[f]) sides.emplace_back(f, g);
    });
    std::vector<std::int32_t> best(area.size(), -1);
    for (int round = 0; round < rounds; ++round) {
        std::vector<std::size_t> found;
        for (const auto& [f, g] : sides) {
            if (steady[f] || !steady[g]) continue;
            if (best[f] < 0) found.push_back(f);
            if (best[f] < 0 || norm(area[g]) > norm(area[at(best[f])]))
                best[f] = static_cast<std::int32_t>(g);
        }
        if (found.empty()) break;
        for (std::size_t f : found) normal[f] = normal[at(best[f])];
        for (std::size_t f : found) steady[f] = 1;
    }
    return normal;
}

}  // namespace

std::vector<FlatEnd> find_flat_ends(const PolygonSurface& surface, const FlatEndOptions& options) {
    const std::size_t faces = surface.size();
    std::vector<Vec3> area(faces), centre(faces);
    double total = 0;
    for (std::size_t f = 0; f < faces; ++f) {
        measure(surface, f, area[f], centre[f]);
        total += norm(area[f]);
    }
    const std::vector<Edge> edges = sorted_edges(surface);
    const std::vector<Vec3> normal = steady_normals(surface, edges, area);
    const auto cosine = [&](std::int32_t f, std::int32_t g) { return dot(normal[at(f)], normal[at(g)]); };
    std::vector<std::int32_t> link(faces);
    std::iota(link.begin(), link.end(), 0);
    const auto root = [&](std::int32_t f) {
        while (link[at(f)] != f) f = link[at(f)] = link[at(link[at(f)])];
        return f;
    };
    const auto each_pair = [&](auto&& body) { for_each_pair(surface, edges, body); };
    const double flat = std::cos(options.flat_deg * pi / 180);
    each_pair([&](std::int32_t f, std::int32_t g, double) {
        if (cosine(f, g) < flat) return;
        const std::int32_t a = root(f), b = root(g);
        link[at(std::max(a, b))] = std::min(a, b);
    });
    std::vector<double> rim(faces, 0), sharp_rim(faces, 0);
    const double sharp = std::cos(options.sharp_deg * pi / 180);
    each_pair([&](std::int32_t f, std::int32_t g, double length) {
        const std::int32_t a = root(f), b = root(g);
        if (a == b) return;
        for (std::int32_t group : {a, b}) {
            rim[at(group)] += length;
            if (cosine(f, g) <= sharp) sharp_rim[at(group)] += length;
        }
    });
    std::vector<FlatEnd> groups(faces);
    for (std::size_t f = 0; f < faces; ++f) {
        FlatEnd& group = groups[at(root(static_cast<std::int32_t>(f)))];
        group.faces.push_back(static_cast<std::int32_t>(f));
        group.normal += area[f];
        group.area += norm(area[f]);
        group.centre += norm(area[f]) * centre[f];
    }
    std::vector<FlatEnd> ends;
    for (std::size_t f = 0; f < faces; ++f) {
        FlatEnd& group = groups[f];
        if (group.faces.empty() || !(rim[f] > 0) || sharp_rim[f] < options.rim * rim[f]) continue;
        if (group.faces.size() < 4 && group.area < 0.01 * total) continue;
        // A gentle bend of many small angles is not flat; a few folded slivers do no harm.
        constexpr double least_flat = 0.985;
        if (norm(group.normal) < least_flat * group.area) continue;
        group.centre = group.centre / group.area;
        group.normal = normalized(group.normal);
        ends.push_back(std::move(group));
    }
    std::stable_sort(ends.begin(), ends.end(),
                     [](const FlatEnd& a, const FlatEnd& b) { return a.area > b.area; });
    return ends;
}

}  // namespace ctffr
