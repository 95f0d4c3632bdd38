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

constexpr std::int32_t leaf_triangles = 4;

std::uint64_t edge_key(std::int32_t from, std::int32_t to) {
    return static_cast<std::uint64_t>(from) << 32 | static_cast<std::uint64_t>(to);
}

double square_to_box(Vec3 p, const Box& box) {
    double sum = 0;
    for (int k = 0; k < 3; ++k) {
        const double d = std::max({box.low_mm[k] - p[k], 0.0, p[k] - box.high_mm[k]});
        sum += d * d;
    }
    return sum;
}

// Nearest point of a triangle, and the feature it lies on (Ericson, "Real-Time Collision Detection", 5.1.5).
Vec3 nearest_on(Vec3 p, Vec3 a, Vec3 b, Vec3 c, int& feature) {
    const Vec3 ab = b - a, ac = c - a, ap = p - a, bp = p - b, cp = p - c;
    const double d1 = dot(ab, ap), d2 = dot(ac, ap);
    if (d1 <= 0 && d2 <= 0) return feature = 4, a;
    const double d3 = dot(ab, bp), d4 = dot(ac, bp);
    if (d3 >= 0 && d4 <= d3) return feature = 5, b;
    const double vc = d1 * d4 - d3 * d2;
    if (vc <= 0 && d1 >= 0 && d3 <= 0) return feature = 1, a + (d1 / (d1 - d3)) * ab;
    const double d5 = dot(ab, cp), d6 = dot(ac, cp);
    if (d6 >= 0 && d5 <= d6) return feature = 6, c;
    const double vb = d5 * d2 - d1 * d6;
    if (vb <= 0 && d2 >= 0 && d6 <= 0) return feature = 3, a + (d2 / (d2 - d6)) * ac;
    const double va = d3 * d6 - d5 * d4;
    if (va <= 0 && d4 - d3 >= 0 && d5 - d6 >= 0)
        return feature = 2, b + ((d4 - d3) / ((d4 - d3) + (d5 - d6))) * (c - b);
    const double scale = 1 / (va + vb + vc);
    return feature = 0, a + (vb * scale) * ab + (vc * scale) * ac;
}

}  // namespace

SurfaceLumen::SurfaceLumen(const TriangleMesh& surface, std::vector<Opening> openings, double extension_mm,
                           std::function<double(Vec3)> diameter_mm)
    : openings_(std::move(openings)), diameter_mm_(std::move(diameter_mm)) {
    extend(surface, extension_mm);
    nodes_.emplace_back();
    build_tree(0, 0, static_cast<std::int32_t>(triangles_.size()));  // sorts the triangles
    find_normals();
}

// The wall, and for each opening a straight tube on its rim, closed at its far end.
void SurfaceLumen::extend(const TriangleMesh& surface, double extension_mm) {
    points_ = surface.points_lps_mm;
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
        triangles_.push_back(surface.triangles[t]), opening_of_.push_back(-1);
        for (std::size_t k = 0; k < 3; ++k) {
            const std::int32_t a = surface.triangles[t][k], b = surface.triangles[t][(k + 1) % 3];
            const auto beside = patch_of_edge.find(edge_key(b, a));
            const Vec3 p = points_[at(a)];
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
            const auto [found, added] = far_point[o].emplace(p, static_cast<std::int32_t>(points_.size()));
            if (added) {
                const Vec3 w = points_[at(p)] - openings_[o].center_mm;
                const double reach = extension_mm - dot(w, openings_[o].normal);
                points_.push_back(points_[at(p)] + reach * openings_[o].normal);
            }
            return found->second;
        };
        for (const auto& [a, b] : rim[o]) middle += points_[at(a)] / static_cast<double>(rim[o].size());
        middle += extension_mm * openings_[o].normal;
        const auto add = [&](std::int32_t a, std::int32_t b, std::int32_t c) {
            triangles_.push_back({a, b, c}), opening_of_.push_back(static_cast<std::int32_t>(o));
        };
        const auto center = static_cast<std::int32_t>(points_.size());
        points_.push_back(middle);
        for (const auto& [a, b] : rim[o]) {
            const std::int32_t fa = far_of(a), fb = far_of(b);
            add(b, a, fa), add(b, fa, fb), add(fb, fa, center);
        }
    }
}

void SurfaceLumen::find_normals() {
    std::unordered_map<std::uint64_t, std::int32_t> triangle_of_edge;
    std::vector<Vec3> face(triangles_.size()), corner(points_.size());
    for (std::size_t t = 0; t < triangles_.size(); ++t) {
        const auto& v = triangles_[t];
        const auto p = [&](std::size_t k) { return points_[at(v[k % 3])]; };
        face[t] = normalized(cross(p(1) - p(0), p(2) - p(0)));
        for (std::size_t k = 0; k < 3; ++k) {
            triangle_of_edge[edge_key(v[k], v[(k + 1) % 3])] = static_cast<std::int32_t>(t);
            const Vec3 a = normalized(p(k + 1) - p(k)), b = normalized(p(k + 2) - p(k));
            corner[at(v[k])] += std::acos(std::clamp(dot(a, b), -1.0, 1.0)) * face[t];
        }
    }
    normal_.resize(triangles_.size());
    for (std::size_t t = 0; t < triangles_.size(); ++t) {
        normal_[t][0] = face[t];
        for (std::size_t k = 0; k < 3; ++k) {
            const std::int32_t a = triangles_[t][k], b = triangles_[t][(k + 1) % 3];
            const auto beside = triangle_of_edge.find(edge_key(b, a));
            normal_[t][1 + k] =
                face[t] + (beside == triangle_of_edge.end() ? Vec3{} : face[at(beside->second)]);
            normal_[t][4 + k] = corner[at(a)];
        }
    }
}

void SurfaceLumen::build_tree(std::int32_t node, std::int32_t first, std::int32_t last) {
    Box box{{1e9, 1e9, 1e9}, {-1e9, -1e9, -1e9}};
    for (std::int32_t t = first; t < last; ++t)
        for (std::int32_t p : triangles_[at(t)])
            for (int k = 0; k < 3; ++k) {
                box.low_mm[k] = std::min(box.low_mm[k], points_[at(p)][k]);
                box.high_mm[k] = std::max(box.high_mm[k], points_[at(p)][k]);
            }
    nodes_[at(node)] = {box, first, last - first};
    if (last - first <= leaf_triangles) return;
    int axis = 0;
    const Vec3 size = box.high_mm - box.low_mm;
    for (int k = 1; k < 3; ++k)
        if (size[k] > size[axis]) axis = k;
    std::vector<std::pair<double, std::int32_t>> order;
    for (std::int32_t t = first; t < last; ++t) {
        double sum = 0;
        for (std::int32_t p : triangles_[at(t)]) sum += points_[at(p)][axis];
        order.emplace_back(sum, t);
    }
    std::sort(order.begin(), order.end());
    std::vector<std::array<std::int32_t, 3>> triangles;
    std::vector<std::int32_t> opening;
    for (const auto& [sum, t] : order)
        triangles.push_back(triangles_[at(t)]), opening.push_back(opening_of_[at(t)]);
    std::copy(triangles.begin(), triangles.end(), triangles_.begin() + first);
    std::copy(opening.begin(), opening.end(), opening_of_.begin() + first);
    const auto child = static_cast<std::int32_t>(nodes_.size());
    nodes_[at(node)].first = child, nodes_[at(node)].count = 0;
    nodes_.resize(nodes_.size() + 2);
    build_tree(child, first, first + (last - first) / 2);
    build_tree(child + 1, first + (last - first) / 2, last);
}

SurfaceLumen::Nearest SurfaceLumen::nearest(Vec3 p) const {
    Nearest best;
    std::int32_t stack[64];
    int depth = 0;
    stack[depth++] = 0;
    while (depth > 0) {
        const Node& node = nodes_[at(stack[--depth])];
        if (square_to_box(p, node.box) >= best.square) continue;
        if (node.count == 0) {
            // The nearer child last, so that it is looked at first.
            const double a = square_to_box(p, nodes_[at(node.first)].box),
                         b = square_to_box(p, nodes_[at(node.first) + 1].box);
            stack[depth++] = node.first + (a < b ? 1 : 0);
            stack[depth++] = node.first + (a < b ? 0 : 1);
            continue;
        }
        for (std::int32_t t = node.first; t < node.first + node.count; ++t) {
            int feature = 0;
            const auto& v = triangles_[at(t)];
            const Vec3 q = nearest_on(p, points_[at(v[0])], points_[at(v[1])], points_[at(v[2])], feature);
            const double square = dot(p - q, p - q);
            if (square < best.square) best = {square, t, feature, q};
        }
    }
    return best;
}

double SurfaceLumen::value(Vec3 p) const {
    const Nearest near = nearest(p);
    const Vec3 normal = normal_[at(near.triangle)][at(near.feature)];
    return dot(p - near.point, normal) < 0 ? -std::sqrt(near.square) : std::sqrt(near.square);
}

std::vector<Box> SurfaceLumen::boxes() const {
    // Around each triangle half a diameter: together they hold the inside too.
    std::vector<Box> boxes;
    for (const auto& v : triangles_) {
        const Vec3 p = points_[at(v[0])];
        double reach = 0.6 * diameter_mm_(p);
        for (std::int32_t q : v) reach = std::max(reach, distance(p, points_[at(q)]));
        boxes.push_back({p - reach * Vec3{1, 1, 1}, p + reach * Vec3{1, 1, 1}});
    }
    return boxes;
}

bool SurfaceLumen::leaves_through(std::size_t opening, Vec3 p) const {
    const std::int32_t near = opening_of_[at(nearest(p).triangle)];
    if (near >= 0) return near == static_cast<std::int32_t>(opening);
    // A rim that is not quite flat leaves a little of the wall above the plane.
    const Opening& o = openings_[opening];
    return dot(p - o.center_mm, o.normal) < 0.2 * o.radius_mm;
}

}  // namespace ctffr::meshing
