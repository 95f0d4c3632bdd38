// SPDX-License-Identifier: Apache-2.0
// Developed flow in circular and elliptic tubes on octree meshes: the whole chain of mesher and solver
// against Poiseuille's law, whatever way the tube lies in the grid.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include <gtest/gtest.h>

#include "ctffr/core/units.hpp"
#include "meshing/analytic_lumen.hpp"
#include "meshing/flow_mesher.hpp"
#include "support/flow_cases.hpp"

namespace ctffr::test {
namespace {

using meshing::EllipticLumen;
using meshing::pipe_lumen;

struct Placement {
    Vec3 origin_mm, direction;
};
// Along the grid, along two diagonals, and in general position; offsets that are no multiple of any spacing.
const std::array<Placement, 5> placements{{{{0.03, 0.07, 0.11}, {0, 0, 1}},
                                           {{0.317, -0.229, 0.541}, {1, 1, 0}},
                                           {{-0.113, 0.719, 0.067}, {1, 1, 1}},
                                           {{0.271, 0.183, -0.577}, {0.31, -0.52, 0.79}},
                                           {{0.419, 0.611, 0.887}, {0.96, 0.21, 0.05}}}};

struct DuctResult {
    double gradient_error = 0;  // of the pressure gradient, relative
    double velocity_error = 0;  // root mean square over the cells of the stretch, relative to the mean speed
    double axis_error = 0;      // of the speed on the axis, relative to the mean speed
    double spacing = 0;
    SteadyResult solved;
};

// A duct of 12 mm from `origin`, measured where neither end is felt.
DuctResult duct(FlowMesh mesh, Vec3 origin, Vec3 d, const std::function<Vec3(Vec3)>& exact, double flow,
                double mean_speed, double exact_gradient) {
    FlowCase c(std::move(mesh));
    c.velocity("inlet", exact, flow);
    c.pressure("outlet", 0);
    c.options.tolerance = 1e-4, c.options.residual_drop = 2e-3;
    DuctResult out;
    out.solved = c.solve();
    if (!out.solved.status.converged()) return out;
    const LineFit line = fit_pressure(c.mesh, out.solved.state, origin, d, 4e-3, 10e-3);
    out.gradient_error = -line.slope / exact_gradient - 1;
    out.axis_error =
        dot(velocity_at(c.mesh, out.solved.state, origin + 7e-3 * d) - exact(origin), d) / mean_speed;
    double square = 0, volume = 0;
    for (std::size_t i = 0; i < c.mesh.cell_volume.size(); ++i) {
        const double s = dot(c.mesh.cell_centre[i] - origin, d);
        if (s < 4e-3 || s > 10e-3) continue;
        const double* u = &out.solved.state[4 * i];
        const Vec3 error = Vec3{u[0], u[1], u[2]} - exact(c.mesh.cell_centre[i]);
        square += c.mesh.cell_volume[i] * dot(error, error), volume += c.mesh.cell_volume[i];
    }
    out.velocity_error = std::sqrt(square / volume) / mean_speed;
    out.spacing = mean_spacing(c.mesh);
    return out;
}

DuctResult circular(const Placement& place, double cells_per_diameter, double speed) {
    constexpr double radius = 1.5e-3;
    const Vec3 d = normalized(place.direction), origin = 1e-3 * place.origin_mm;
    const double flow = speed * pi * radius * radius;
    return duct(meshing::build_flow_mesh(pipe_lumen(place.origin_mm, d, 12, 1e3 * radius),
                                         {.cells_per_diameter = cells_per_diameter}, ctffr::Run{}),
                origin, d, parabola(origin, d, radius, speed), flow, speed,
                8 * reference_blood.viscosity * flow / (pi * std::pow(radius, 4)));
}

DuctResult elliptic(const Placement& place, double cells_per_diameter, double speed) {
    constexpr double a = 2e-3, b = 1.25e-3;
    const Vec3 d = normalized(place.direction), major = normalized(cross(d, {0.3, 0.8, -0.5}));
    const Vec3 minor = cross(d, major), origin = 1e-3 * place.origin_mm;
    const double flow = speed * pi * a * b;
    const auto exact = [=](Vec3 x) {
        const double u = dot(x - origin, major) / a, v = dot(x - origin, minor) / b;
        return std::max(0.0, 2 * speed * (1 - u * u - v * v)) * d;
    };
    // Q = pi a^3 b^3 G / (4 mu (a^2 + b^2))
    return duct(meshing::build_flow_mesh(EllipticLumen(place.origin_mm, d, major, 12, 1e3 * a, 1e3 * b),
                                         {.cells_per_diameter = cells_per_diameter}, ctffr::Run{}),
                origin, d, exact, flow, speed,
                4 * reference_blood.viscosity * (a * a + b * b) * flow / (pi * std::pow(a * b, 3)));
}

void expect_good(const char* what, std::size_t n, const DuctResult& r) {
    std::printf(
        "%s %zu: gradient %+.3f %%, rms velocity %.4f, axis %+.4f, cell imbalance %.1e, mass %.1e, %d "
        "iterations\n",
        what, n, 100 * r.gradient_error, r.velocity_error, r.axis_error, r.solved.cell_imbalance,
        r.solved.status.mass_imbalance, r.solved.status.iterations);
    ASSERT_TRUE(r.solved.status.converged()) << n;
    EXPECT_LT(std::abs(r.gradient_error), 0.01) << n;
    EXPECT_LT(std::abs(r.axis_error), 0.02) << n;
    EXPECT_LT(r.solved.cell_imbalance, 1e-8) << n;
    EXPECT_LT(r.solved.status.mass_imbalance, 1e-8) << n;
}

constexpr double fast = 0.2;  // m/s: Re 182 in the circle

TEST(DuctFlow, CircleInAnyPlacement) {
    for (std::size_t n = 0; n < placements.size(); ++n)
        expect_good("circle, 16 cells across", n, circular(placements[n], 16, fast));
}

TEST(DuctFlow, TwelveCellsAcross) {
    for (std::size_t n = 0; n < placements.size(); ++n)
        expect_good("slow circle, 12 cells across", n, circular(placements[n], 12, 0.002));
    // At Re 182 the placement along the cube's diagonal misses the 1 %: docs/theory/flow-solver.md, Limits.
    for (std::size_t n : {0U, 1U, 3U, 4U})
        expect_good("circle, 12 cells across", n, circular(placements[n], 12, fast));
}

TEST(DuctFlow, EllipseInAnyPlacement) {
    for (std::size_t n : {0U, 2U, 3U}) expect_good("ellipse, 12 cells", n, elliptic(placements[n], 12, fast));
}

TEST(DuctFlow, VelocityErrorFallsWithTheSquareOfTheSpacing) {
    double coarse = 0, fine = 0, h_coarse = 0, h_fine = 0;
    for (std::size_t n : {1U, 3U}) {
        const DuctResult c = circular(placements[n], 12, fast), f = circular(placements[n], 20, fast);
        ASSERT_TRUE(c.solved.status.converged() && f.solved.status.converged()) << n;
        coarse += c.velocity_error, fine += f.velocity_error;
        h_coarse += c.spacing, h_fine += f.spacing;
    }
    const double order = observed_order(coarse, h_coarse, fine, h_fine);
    std::printf("rms velocity %.4f, %.4f: order %.2f\n", coarse / 2, fine / 2, order);
    EXPECT_GT(order, 1.8);
}

}  // namespace
}  // namespace ctffr::test
