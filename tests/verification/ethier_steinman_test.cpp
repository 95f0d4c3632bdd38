// SPDX-License-Identifier: Apache-2.0
// The exact unsteady solution of the full Navier-Stokes equations by Ethier and Steinman, Int. J. Numer.
// Methods Fluids 19 (1994) 369, in a box with prescribed velocity all around.
#include <cmath>
#include <cstdio>
#include <vector>

#include <gtest/gtest.h>

#include "ctffr/core/units.hpp"
#include "flow/transient_solver.hpp"
#include "meshes/analytic/box.hpp"
#include "support/flow_cases.hpp"

namespace ctffr::test {
namespace {

constexpr double a = pi / 4, d = pi / 2;  // the values of the paper; density 1

struct Exact {
    double viscosity;

    Vec3 velocity(Vec3 x, double t) const {
        const auto part = [&](double p, double q, double r) {  // of the component along p
            return -a *
                   (std::exp(a * p) * std::sin(a * q + d * r) + std::exp(a * r) * std::cos(a * p + d * q));
        };
        return std::exp(-viscosity * d * d * t) *
               Vec3{part(x.x, x.y, x.z), part(x.y, x.z, x.x), part(x.z, x.x, x.y)};
    }
    double pressure(Vec3 x, double t) const {
        const auto part = [&](double p, double q, double r) {
            return std::exp(2 * a * p) +
                   2 * std::sin(a * p + d * q) * std::cos(a * r + d * p) * std::exp(a * (q + r));
        };
        return -a * a / 2 * std::exp(-2 * viscosity * d * d * t) *
               (part(x.x, x.y, x.z) + part(x.y, x.z, x.x) + part(x.z, x.x, x.y));
    }
};

struct Errors {
    double velocity = 0, pressure = 0, spacing = 0;  // relative to the root mean square of the solution
    TransientResult solved;
};

Errors solve(FlowMesh mesh, const Exact& exact, double end, int steps, double tolerance = 1e-5) {
    double net = 0, area = 0;
    for (Index f = mesh.internal_faces(); f < mesh.faces(); ++f) {
        const auto k = static_cast<std::size_t>(f);
        net += dot(exact.velocity(mesh.face_centre[k], 0), mesh.face_area[k]),
            area += norm(mesh.face_area[k]);
    }
    std::vector<TransientCondition> conditions;
    for (const FlowPatch& patch : mesh.patches) {
        TransientCondition c;
        c.fixed.kind = kernels::FvPatchKind::velocity;
        // The sum of the fluxes at face centres is not quite zero; the remainder, second order, is spread
        // evenly.
        const Vec3 n = normalized(mesh.face_area[static_cast<std::size_t>(patch.first_face)]);
        c.velocity = [&exact, n, net, area](Vec3 x, double t) {
            return exact.velocity(x, t) - std::exp(-exact.viscosity * d * d * t) * net / area * n;
        };
        conditions.push_back(c);
    }
    std::vector<double> start;
    for (Vec3 x : mesh.cell_centre) {
        const Vec3 u = exact.velocity(x, 0);
        start.insert(start.end(), {u.x, u.y, u.z, exact.pressure(x, 0)});
    }
    TransientOptions options;
    options.step = end / steps, options.steps = steps, options.tolerance = tolerance;
    Errors e;
    e.solved = solve_transient(mesh, conditions, {1, exact.viscosity, {}}, options, start, test_run());
    if (!e.solved.status.converged()) return e;
    double volume = 0, shift = 0, u2 = 0, p2 = 0, scale_u = 0, scale_p = 0, mean_p = 0;
    for (std::size_t i = 0; i < mesh.cell_volume.size(); ++i) {
        const double p = exact.pressure(mesh.cell_centre[i], end);
        volume += mesh.cell_volume[i];
        shift += mesh.cell_volume[i] * (e.solved.state[4 * i + 3] - p);
        mean_p += mesh.cell_volume[i] * p;
    }
    shift /= volume, mean_p /= volume;
    for (std::size_t i = 0; i < mesh.cell_volume.size(); ++i) {
        const double* s = &e.solved.state[4 * i];
        const Vec3 u = exact.velocity(mesh.cell_centre[i], end), du = Vec3{s[0], s[1], s[2]} - u;
        const double p = exact.pressure(mesh.cell_centre[i], end), dp = s[3] - p - shift,
                     v = mesh.cell_volume[i];
        u2 += v * dot(du, du), p2 += v * dp * dp, scale_u += v * dot(u, u),
            scale_p += v * (p - mean_p) * (p - mean_p);
    }
    e.velocity = std::sqrt(u2 / scale_u), e.pressure = std::sqrt(p2 / scale_p);
    e.spacing = mean_spacing(mesh);
    return e;
}

struct Difference {
    double velocity = 0, pressure = 0;  // root mean square; of the pressure less its mean
};

Difference difference(const std::vector<double>& x, const std::vector<double>& y) {
    const double cells = static_cast<double>(x.size()) / 4;
    Difference d;
    double mean = 0;
    for (std::size_t i = 3; i < x.size(); i += 4) mean += (x[i] - y[i]) / cells;
    for (std::size_t i = 0; i < x.size(); ++i) {
        if (i % 4 < 3)
            d.velocity += (x[i] - y[i]) * (x[i] - y[i]) / cells;
        else
            d.pressure += (x[i] - y[i] - mean) * (x[i] - y[i] - mean) / cells;
    }
    return {std::sqrt(d.velocity), std::sqrt(d.pressure)};
}

FlowMesh hexahedra(int n) { return box_mesh(n, n, n, {.low = {-1, -1, -1}, .high = {1, 1, 1}}); }
FlowMesh polyhedra(int n) { return polyhedral_box_mesh(n, n, n, {.low = {-1, -1, -1}, .high = {1, 1, 1}}); }

void expect_second_order(const char* what, const Errors& coarse, const Errors& fine) {
    ASSERT_TRUE(coarse.solved.status.converged() && fine.solved.status.converged()) << what;
    const double u = observed_order(coarse.velocity, coarse.spacing, fine.velocity, fine.spacing),
                 p = observed_order(coarse.pressure, coarse.spacing, fine.pressure, fine.spacing);
    std::printf(
        "%s: velocity %.2e, %.2e: order %.2f; pressure %.2e, %.2e: order %.2f; mass %.1e, cell %.1e\n", what,
        coarse.velocity, fine.velocity, u, coarse.pressure, fine.pressure, p,
        fine.solved.status.mass_imbalance, fine.solved.cell_imbalance);
    EXPECT_GT(u, 1.8) << what;
    EXPECT_GT(p, 1.8) << what;
    // The prescribed velocities are in single precision, and so is their sum.
    EXPECT_LT(fine.solved.status.mass_imbalance, 1e-7) << what;
    EXPECT_LT(fine.solved.cell_imbalance, 1e-7) << what;
}

// Spacing and step halved together, with steps of 0.4 spacings over the speed: both errors matter.
TEST(EthierSteinman, SecondOrderInSpaceAndTime) {
    expect_second_order("hexahedra", solve(hexahedra(8), {0.1}, 4, 4), solve(hexahedra(16), {0.1}, 4, 8));
    expect_second_order("hanging nodes", solve(polyhedra(8), {0.1}, 4, 4), solve(polyhedra(16), {0.1}, 4, 8));
}

// On one mesh, against very short steps: the error of the mesh drops out.
TEST(EthierSteinman, SecondOrderInTimeAlone) {
    const Errors exact = solve(hexahedra(8), {0.1}, 4, 128, 1e-6);
    ASSERT_TRUE(exact.solved.status.converged());
    Difference last;
    for (int steps : {4, 8, 16}) {
        const Errors e = solve(hexahedra(8), {0.1}, 4, steps, 1e-6);
        ASSERT_TRUE(e.solved.status.converged()) << steps;
        const Difference now = difference(e.solved.state, exact.solved.state);
        const double u = std::log2(last.velocity / now.velocity), p = std::log2(last.pressure / now.pressure);
        std::printf("%d steps: velocity %.2e, order %.2f; pressure %.2e, order %.2f\n", steps, now.velocity,
                    last.velocity > 0 ? u : 0, now.pressure, last.velocity > 0 ? p : 0);
        if (last.velocity > 0) {
            EXPECT_GT(u, 1.8) << steps;
            EXPECT_GT(p, 1.8) << steps;
        }
        last = now;
    }
}

// The trap of collocated schemes: with short steps pressures of neighbouring cells come apart unless faces
// keep their own memory.
TEST(EthierSteinman, VeryShortStepsLeaveThePressureSmooth) {
    const Errors usual = solve(hexahedra(12), {0.1}, 0.2, 10), brief = solve(hexahedra(12), {0.1}, 0.2, 400);
    ASSERT_TRUE(usual.solved.status.converged() && brief.solved.status.converged());
    std::printf("10 steps: velocity %.3e, pressure %.3e; 400 steps: %.3e, %.3e\n", usual.velocity,
                usual.pressure, brief.velocity, brief.pressure);
    EXPECT_NEAR(brief.velocity / usual.velocity, 1, 0.02);
    EXPECT_NEAR(brief.pressure / usual.pressure, 1, 0.02);
}

}  // namespace
}  // namespace ctffr::test
