// SPDX-License-Identifier: Apache-2.0
#include "meshing/surface_lumen.hpp"

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <utility>

#include "ctffr/core/error.hpp"

namespace ctffr::meshing {

namespace {

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

std::uint64_t edge_key(std::int32_t from, std::int32_t to) {
    return static_cast<std::uint64_t>(from) << 32 | static_cast<std::uint64_t>(to);
}

}  // namespace

SurfaceLumen::SurfaceLumen(const TriangleMesh& surface, std::vector<Opening> openings, double extension_mm,
                           std::function<double(Vec3)> diameter_mm)
    : openings_(std::move(openings)), diameter_mm_(std::move(diameter_mm)) {
    std::vector<Vec3> points = surface.points_lps_mm;
    std::vector<TriangleTree::Triangle> triangles;
    extend(surface, extension_mm, points, triangles);
    tree_ = TriangleTree(std::move(points), std::move(triangles));
}

// The wall, and for each opening a straight tube on its rim, closed at its far end.
void SurfaceLumen::extend(const TriangleMesh& surface, double extension_mm, std::vector<Vec3>& points,
                          std::vector<TriangleTree::Triangle>& triangles) {
    std::unordered_map<std::uint64_t, std::int32_t> patch_of_edge;
    for (std::size_t t = 0; t < surface.triangles.size(); ++t)
        for (std::size_t k = 0; k < 3; ++k)
            patch_of_edge[edge_key(surface.triangles[t][k], surface.triangles[t][(k + 1) % 3])] =
                surface.patch[t];
    const std::size_t count = openings_.size();
    std::vector<std::unordered_map<std::int32_t, std::int32_t>> far_point(count);
    std::vector<std::vector<std::pair<std::int32_t, std::int32_t>>> rim(count);
    for (std::size_t t = 0; t < surface.triangles.size(); ++t) {
        if (surface.patch[t] != 0) continue;
        triangles.push_back(surface.triangles[t]), opening_of_.push_back(-1);
        for (std::size_t k = 0; k < 3; ++k) {
            const std::int32_t a = surface.triangles[t][k], b = surface.triangles[t][(k + 1) % 3];
            const auto beside = patch_of_edge.find(edge_key(b, a));
            const Vec3 p = points[at(a)];
            if (beside == patch_of_edge.end() || beside->second > static_cast<std::int32_t>(count))
                throw Error(
                    ExitCode::mesh_failed,
                    "The surface is not closed at ({:.2f}, {:.2f}, {:.2f}) mm: close it before meshing.", p.x,
                    p.y, p.z);
            if (beside->second > 0) rim[at(beside->second - 1)].emplace_back(a, b);
        }
    }
    for (std::size_t o = 0; o < count; ++o) {
        Vec3 middle;
        const auto far_of = [&](std::int32_t p) {
            const auto [found, added] = far_point[o].emplace(p, static_cast<std::int32_t>(points.size()));
            if (added) {
                const Vec3 w = points[at(p)] - openings_[o].center_mm;
                const double reach = extension_mm - dot(w, openings_[o].normal);
                points.push_back(points[at(p)] + reach * openings_[o].normal);
            }
            return found->second;
        };
        for (const auto& [a, b] : rim[o]) middle += points[at(a)] / static_cast<double>(rim[o].size());
        middle += extension_mm * openings_[o].normal;
        const auto add = [&](std::int32_t a, std::int32_t b, std::int32_t c) {
            triangles.push_back({a, b, c}), opening_of_.push_back(static_cast<std::int32_t>(o));
        };
        const auto center = static_cast<std::int32_t>(points.size());
        points.push_back(middle);
        for (const auto& [a, b] : rim[o]) {
            const std::int32_t fa = far_of(a), fb = far_of(b);
            add(b, a, fa), add(b, fa, fb), add(fb, fa, center);
        }
    }
}

double SurfaceLumen::value(Vec3 p) const { return tree_.signed_distance(p); }

std::vector<Box> SurfaceLumen::boxes() const {
    // Around each triangle half a diameter: together they hold the inside too.
    std::vector<Box> boxes;
    for (const auto& v : tree_.triangles()) {
        const Vec3 p = tree_.points()[at(v[0])];
        double reach = 0.6 * diameter_mm_(p);
        for (std::int32_t q : v) reach = std::max(reach, distance(p, tree_.points()[at(q)]));
        boxes.push_back({p - reach * Vec3{1, 1, 1}, p + reach * Vec3{1, 1, 1}});
    }
    return boxes;
}

bool SurfaceLumen::leaves_through(std::size_t opening, Vec3 p) const {
    const std::int32_t near = opening_of_[at(tree_.nearest(p).triangle)];
    if (near >= 0) return near == static_cast<std::int32_t>(opening);
    // A rim that is not quite flat leaves a little of the wall above the plane.
    const Opening& o = openings_[opening];
    return dot(p - o.center_mm, o.normal) < 0.2 * o.radius_mm;
}

}  // namespace ctffr::meshing
