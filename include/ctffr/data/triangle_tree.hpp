// SPDX-License-Identifier: Apache-2.0
// Nearest point of a triangle surface, with the side on which a point lies: a tree of boxes over the
// triangles.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "ctffr/core/vec3.hpp"

namespace ctffr {

class TriangleTree {
   public:
    using Triangle = std::array<std::int32_t, 3>;

    // The nearest point of the surface and where on its triangle it lies.
    struct Nearest {
        double square = 1e300;       // of the distance
        std::int32_t triangle = -1;  // as numbered by the caller; -1: the surface has no triangle
        int feature = 0;             // 0: face; 1..3: edge k, k + 1; 4..6: corner k
        Vec3 point;
    };

    TriangleTree() = default;
    // Indices of `triangles` must lie within `points`; normals are outward by the right-hand rule.
    TriangleTree(std::vector<Vec3> points, std::vector<Triangle> triangles);

    bool empty() const { return triangles_.empty(); }
    Nearest nearest(Vec3 p) const;
    // Normal (not of unit length) of the feature of `near`: angle-weighted at corners and edges, so that its
    // sign tells inside from outside of a closed surface (Baerentzen, Aanaes, "Signed distance computation
    // using the angle weighted pseudonormal", IEEE TVCG 11 (2005)).
    Vec3 normal(const Nearest& near) const;
    // Distance to the surface, negative inside.
    double signed_distance(Vec3 p) const { return signed_distance(p, nearest(p)); }
    double signed_distance(Vec3 p, const Nearest& near) const;

    const std::vector<Vec3>& points() const { return points_; }
    const std::vector<Triangle>& triangles() const { return triangles_; }  // in the caller's order

   private:
    struct Node {
        Vec3 low, high;
        std::int32_t first = 0, count = 0;  // of `order_` in a leaf; count 0: children first and first + 1
    };
    void build(std::int32_t node, std::int32_t first, std::int32_t last);
    void find_normals();

    std::vector<Vec3> points_;
    std::vector<Triangle> triangles_;
    std::vector<std::int32_t> order_;           // triangles as the leaves hold them
    std::vector<std::array<Vec3, 7>> normals_;  // per triangle and feature
    std::vector<Node> nodes_;
};

}  // namespace ctffr
