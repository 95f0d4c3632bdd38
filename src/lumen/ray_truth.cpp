// SPDX-License-Identifier: Apache-2.0
#include "lumen/ray_truth.hpp"

#include <algorithm>
#include <cmath>

#include "ctffr/core/units.hpp"

namespace ctffr::lumen {

namespace {

constexpr double march_mm = 0.1, precision_mm = 1e-4;
// A joined branch takes the wall away where the union is this deep.
constexpr double open_depth_mm = 0.05;

// First place in (0, reach] where f changes from negative to positive, by marching and bisection; < 0: none.
template <class F>
double first_exit(const F& f, double reach_mm) {
    double low = 0;
    for (double rho = march_mm; rho <= reach_mm + 1e-9; rho += march_mm) {
        if (f(rho) < 0) {
            low = rho;
            continue;
        }
        double high = rho;
        while (high - low > precision_mm) {
            const double middle = 0.5 * (low + high);
            (f(middle) < 0 ? low : high) = middle;
        }
        return 0.5 * (low + high);
    }
    return -1;
}

double slope_along(const LumenField& field, int chain, Vec3 p, Vec3 way) {
    constexpr double h = 0.01;
    Vec3 g;
    for (int k = 0; k < 3; ++k) {
        Vec3 low = p, high = p;
        low[k] -= h, high[k] += h;
        g[k] = field.chain_value(high, chain) - field.chain_value(low, chain);
    }
    const double length = norm(g);
    return length > 0 ? std::clamp(dot(g, way) / length, 0.0, 1.0) : 1.0;
}

void trace_wall(const Vec3 center, const Vec3 way, double reach_mm, const WallProbe& wall, RayTruth& ray) {
    const auto at = [&](double rho) { return wall(center + rho * way); };
    const double outer =
        first_exit([&](double rho) { return at(ray.radius_mm + rho).wall_mm; }, reach_mm - ray.radius_mm);
    if (outer < 0) return;
    ray.outer_mm = static_cast<float>(ray.radius_mm + outer);
    ray.known |= 2;
    for (double rho = ray.radius_mm + 0.02; rho < static_cast<double>(ray.outer_mm); rho += 0.05) {
        const WallSample sample = at(rho);
        ray.calcium |= sample.calcium ? 1 : 0;
        ray.stent |= sample.stent ? 1 : 0;
    }
}

}  // namespace

std::vector<RayTruth> trace_rays(const LumenField& field, int chain, const FitSection& section, int angles,
                                 double reach_mm, const WallProbe& wall) {
    std::vector<RayTruth> rays(static_cast<std::size_t>(angles));
    if (!(field.chain_value(section.center, chain) < 0)) return rays;
    for (int a = 0; a < angles; ++a) {
        RayTruth& ray = rays[static_cast<std::size_t>(a)];
        const double phi = 2 * pi * a / angles;
        const Vec3 way = std::cos(phi) * section.normal + std::sin(phi) * section.binormal;
        const double radius = first_exit(
            [&](double rho) { return field.chain_value(section.center + rho * way, chain); }, reach_mm);
        if (radius < 0) continue;
        const Vec3 exit = section.center + radius * way;
        ray.radius_mm = static_cast<float>(radius);
        ray.cosine = static_cast<float>(slope_along(field, chain, exit, way));
        ray.known = 1;
        ray.open = field.value(exit) < -open_depth_mm ? 1 : 0;
        if (wall && ray.open == 0) trace_wall(section.center, way, reach_mm, wall, ray);
    }
    return rays;
}

}  // namespace ctffr::lumen
