// SPDX-License-Identifier: Apache-2.0
#include "ctffr/data/triangle_tree.hpp"

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <utility>

namespace ctffr {

namespace {

constexpr std::int32_t leaf_triangles = 4;

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

std::uint64_t edge_key(std::int32_t from, std::int32_t to) {
    return static_cast<std::uint64_t>(from) << 32 | static_cast<std::uint64_t>(to);
}

double square_to_box(Vec3 p, Vec3 low, Vec3 high) {
    double sum = 0;
    for (int k = 0; k < 3; ++k) {
        const double d = std::max({low[k] - p[k], 0.0, p[k] - high[k]});
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

TriangleTree::TriangleTree(std::vector<Vec3> points, std::vector<Triangle> triangles)
    : points_(std::move(points)), triangles_(std::move(triangles)) {
    order_.resize(triangles_.size());
    for (std::size_t t = 0; t < order_.size(); ++t) order_[t] = static_cast<std::int32_t>(t);
    nodes_.emplace_back();
    build(0, 0, static_cast<std::int32_t>(triangles_.size()));
    find_normals();
}

void TriangleTree::build(std::int32_t node, std::int32_t first, std::int32_t last) {
    Node box{{1e9, 1e9, 1e9}, {-1e9, -1e9, -1e9}, first, last - first};
    for (std::int32_t t = first; t < last; ++t)
        for (std::int32_t p : triangles_[at(order_[at(t)])])
            for (int k = 0; k < 3; ++k) {
                box.low[k] = std::min(box.low[k], points_[at(p)][k]);
                box.high[k] = std::max(box.high[k], points_[at(p)][k]);
            }
    nodes_[at(node)] = box;
    if (last - first <= leaf_triangles) return;
    int axis = 0;
    const Vec3 size = box.high - box.low;
    for (int k = 1; k < 3; ++k)
        if (size[k] > size[axis]) axis = k;
    // By the middle along the longest axis; of equals the one that stood first.
    std::vector<std::pair<double, std::int32_t>> sorted;
    for (std::int32_t t = first; t < last; ++t) {
        double sum = 0;
        for (std::int32_t p : triangles_[at(order_[at(t)])]) sum += points_[at(p)][axis];
        sorted.emplace_back(sum, t);
    }
    std::sort(sorted.begin(), sorted.end());
    std::vector<std::int32_t> order;
    for (const auto& [sum, t] : sorted) order.push_back(order_[at(t)]);
    std::copy(order.begin(), order.end(), order_.begin() + first);
    const auto child = static_cast<std::int32_t>(nodes_.size());
    nodes_[at(node)].first = child, nodes_[at(node)].count = 0;
    nodes_.resize(nodes_.size() + 2);
    build(child, first, first + (last - first) / 2);
    build(child + 1, first + (last - first) / 2, last);
}

void TriangleTree::find_normals() {
    std::unordered_map<std::uint64_t, std::int32_t> triangle_of_edge;
    std::vector<Vec3> face(triangles_.size()), corner(points_.size());
    // In the order of the leaves: the sums at the corners have their bits from it.
    for (std::int32_t t : order_) {
        const auto& v = triangles_[at(t)];
        const auto p = [&](std::size_t k) { return points_[at(v[k % 3])]; };
        face[at(t)] = normalized(cross(p(1) - p(0), p(2) - p(0)));
        for (std::size_t k = 0; k < 3; ++k) {
            triangle_of_edge[edge_key(v[k], v[(k + 1) % 3])] = t;
            const Vec3 a = normalized(p(k + 1) - p(k)), b = normalized(p(k + 2) - p(k));
            corner[at(v[k])] += std::acos(std::clamp(dot(a, b), -1.0, 1.0)) * face[at(t)];
        }
    }
    normals_.resize(triangles_.size());
    for (std::size_t t = 0; t < triangles_.size(); ++t) {
        normals_[t][0] = face[t];
        for (std::size_t k = 0; k < 3; ++k) {
            const std::int32_t a = triangles_[t][k], b = triangles_[t][(k + 1) % 3];
            const auto beside = triangle_of_edge.find(edge_key(b, a));
            normals_[t][1 + k] =
                face[t] + (beside == triangle_of_edge.end() ? Vec3{} : face[at(beside->second)]);
            normals_[t][4 + k] = corner[at(a)];
        }
    }
}

TriangleTree::Nearest TriangleTree::nearest(Vec3 p) const {
    Nearest best;
    if (triangles_.empty()) return best;
    const auto square_to = [&](const Node& node) { return square_to_box(p, node.low, node.high); };
    std::int32_t stack[64];
    int depth = 0;
    stack[depth++] = 0;
    while (depth > 0) {
        const Node& node = nodes_[at(stack[--depth])];
        if (square_to(node) >= best.square) continue;
        if (node.count == 0) {
            // The nearer child last, so that it is looked at first.
            const double a = square_to(nodes_[at(node.first)]), b = square_to(nodes_[at(node.first) + 1]);
            stack[depth++] = node.first + (a < b ? 1 : 0);
            stack[depth++] = node.first + (a < b ? 0 : 1);
            continue;
        }
        for (std::int32_t n = node.first; n < node.first + node.count; ++n) {
            const std::int32_t t = order_[at(n)];
            int feature = 0;
            const auto& v = triangles_[at(t)];
            const Vec3 q = nearest_on(p, points_[at(v[0])], points_[at(v[1])], points_[at(v[2])], feature);
            const double square = dot(p - q, p - q);
            if (square < best.square) best = {square, t, feature, q};
        }
    }
    return best;
}

Vec3 TriangleTree::normal(const Nearest& near) const {
    return near.triangle < 0 ? Vec3{} : normals_[at(near.triangle)][at(near.feature)];
}

double TriangleTree::signed_distance(Vec3 p, const Nearest& near) const {
    return dot(p - near.point, normal(near)) < 0 ? -std::sqrt(near.square) : std::sqrt(near.square);
}

}  // namespace ctffr
