// SPDX-License-Identifier: Apache-2.0
#include "meshing/disc_grid.hpp"

#include <cmath>

#include "ctffr/core/units.hpp"
#include "meshing/grading.hpp"

namespace ctffr::meshing {

namespace {

using Point = std::array<double, 2>;

// The side of the core on +x, from its corner at -45 to that at +45 degrees: point j of n.
Point core_side_point(int j, int n, double corner, double side) {
    const double h = corner * std::sqrt(0.5);  // half the edge of the square
    const double bulge = side - h;
    if (std::abs(bulge) < 1e-12) return {h, h * (2.0 * j / n - 1)};
    // The circle through the two corners and the middle of the side, cut in equal angles.
    const double radius = (h * h + bulge * bulge) / (2 * bulge);
    const double half = std::asin(h / std::abs(radius)), a = half * (2.0 * j / n - 1);
    return {side - radius + radius * std::cos(a), std::abs(radius) * std::sin(a)};
}

Point turned(Point p, int quarter) {
    for (int q = 0; q < quarter; ++q) p = {-p[1], p[0]};
    return p;
}

}  // namespace

DiscGrid disc_grid(int core, int ring, double ring_expansion, double corner, double side) {
    DiscGrid grid;
    const int n = core;
    // Sides counter-clockwise from the corner at -135 degrees: quarter 0 is -y, 1 +x, 2 +y, 3 -x.
    const auto rim_of_core = [&](int quarter, int j) {
        return turned(core_side_point(j, n, corner, side), (quarter + 3) % 4);
    };
    for (int j = 0; j <= n; ++j)
        for (int i = 0; i <= n; ++i) {
            const double u = static_cast<double>(i) / n, v = static_cast<double>(j) / n;
            const Point low = rim_of_core(0, i), high = rim_of_core(2, n - i);
            const Point left = rim_of_core(3, n - j), right = rim_of_core(1, j);
            const Point c00 = rim_of_core(0, 0), c10 = rim_of_core(0, n), c01 = rim_of_core(2, n),
                        c11 = rim_of_core(2, 0);
            Point p{};
            for (std::size_t k = 0; k < 2; ++k)
                p[k] = (1 - v) * low[k] + v * high[k] + (1 - u) * left[k] + u * right[k] -
                       ((1 - u) * (1 - v) * c00[k] + u * (1 - v) * c10[k] + (1 - u) * v * c01[k] +
                        u * v * c11[k]);
            grid.points.push_back(p);
        }
    const auto core_point = [&](int i, int j) { return static_cast<std::int32_t>(i + (n + 1) * j); };
    for (int j = 0; j < n; ++j)
        for (int i = 0; i < n; ++i)
            grid.quads.push_back(
                {core_point(i, j), core_point(i + 1, j), core_point(i + 1, j + 1), core_point(i, j + 1)});
    // Rings of points, counter-clockwise; ring 0 is the edge of the core.
    const int around = 4 * n;
    const std::vector<double> t = graded(ring, ring_expansion);
    const auto ring_start = static_cast<std::int32_t>(grid.points.size());
    for (int r = 1; r <= ring; ++r)
        for (int a = 0; a < around; ++a) {
            const Point in = rim_of_core(a / n, a % n);
            const double angle = pi * (2.0 * a / around - 0.75), w = t[static_cast<std::size_t>(r)];
            grid.points.push_back(
                {(1 - w) * in[0] + w * std::cos(angle), (1 - w) * in[1] + w * std::sin(angle)});
        }
    const auto ring_point = [&](int r, int a) -> std::int32_t {
        a %= around;
        if (r > 0) return ring_start + (r - 1) * around + a;
        switch (a / n) {
            case 0: return core_point(a, 0);
            case 1: return core_point(n, a - n);
            case 2: return core_point(3 * n - a, n);
            default: return core_point(0, 4 * n - a);
        }
    };
    for (int r = 0; r < ring; ++r)
        for (int a = 0; a < around; ++a)
            grid.quads.push_back(
                {ring_point(r, a), ring_point(r + 1, a), ring_point(r + 1, a + 1), ring_point(r, a + 1)});
    return grid;
}

}  // namespace ctffr::meshing
