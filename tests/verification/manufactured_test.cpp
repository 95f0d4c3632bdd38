// SPDX-License-Identifier: Apache-2.0
// Order of accuracy on distorted hexahedra and on polyhedra with hanging nodes: a manufactured steady
// solution with the body force that makes it exact, and prescribed velocities all around.
#include <array>
#include <cmath>
#include <cstdio>
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "meshes/analytic/box.hpp"
#include "support/flow_cases.hpp"

namespace ctffr::test {
namespace {

// In units of the cube's edge and of one speed; density 1, so the cell Reynolds numbers are those of the
// flows that matter (1 to 10) at viscosity 0.01.
constexpr double viscosity = 0.01;

// Divergence-free: u = curl of (sin y sin z, sin z sin x, sin x sin y)-like potentials.
Vec3 exact_velocity(Vec3 x) {
    const double k = 2.5;
    return {std::sin(k * x.y) + std::cos(k * x.z), std::sin(k * x.z) + std::cos(k * x.x),
            std::sin(k * x.x) + std::cos(k * x.y)};
}
double exact_pressure(Vec3 x) { return std::cos(2 * x.x) * std::cos(2 * x.y) + std::sin(2 * x.z); }

// rho (u . grad) u + grad p - mu laplace u, by hand.
Vec3 force(Vec3 x) {
    const double k = 2.5;
    const Vec3 u = exact_velocity(x);
    const Vec3 convection{k * (u.y * std::cos(k * x.y) - u.z * std::sin(k * x.z)),
                          k * (u.z * std::cos(k * x.z) - u.x * std::sin(k * x.x)),
                          k * (u.x * std::cos(k * x.x) - u.y * std::sin(k * x.y))};
    const Vec3 gradient{-2 * std::sin(2 * x.x) * std::cos(2 * x.y),
                        -2 * std::cos(2 * x.x) * std::sin(2 * x.y), 2 * std::cos(2 * x.z)};
    return convection + gradient + viscosity * k * k * u;
}

struct Errors {
    double velocity = 0, pressure = 0, spacing = 0;
    SteadyResult solved;
};

Errors solve(FlowMesh mesh, const std::function<void(SteadyOptions&)>& change = {}) {
    FlowCase c(std::move(mesh));
    c.fluid = {1, viscosity, {}};
    double net = 0, area = 0;
    for (Index f = c.mesh.internal_faces(); f < c.mesh.faces(); ++f) {
        const auto k = static_cast<std::size_t>(f);
        net += dot(exact_velocity(c.mesh.face_centre[k]), c.mesh.face_area[k]),
            area += norm(c.mesh.face_area[k]);
    }
    for (const FlowPatch& patch : c.mesh.patches) {
        // The sum of the fluxes at face centres is not quite zero; the remainder, second order, is spread
        // evenly.
        const Vec3 n = normalized(c.mesh.face_area[static_cast<std::size_t>(patch.first_face)]);
        c.velocity(patch.name, [&](Vec3 x) { return exact_velocity(x) - net / area * n; });
    }
    for (Vec3 x : c.mesh.cell_centre)
        for (int a = 0; a < 3; ++a) c.options.body_force.push_back(static_cast<float>(force(x)[a]));
    // Far enough that the error of the iteration does not show in the pressure (at 1e-4 it is a quarter of
    // it).
    c.options.tolerance = 1e-5, c.options.residual_drop = 5e-6, c.options.max_iterations = 500;
    c.options.mixing_depth = kernels::mixing_depth_limit, c.options.pressure_tolerance = 0.04;
    if (change) change(c.options);
    Errors e;
    e.solved = c.solve();
    if (!e.solved.status.converged()) return e;
    double volume = 0, shift = 0, u2 = 0, p2 = 0;
    for (std::size_t i = 0; i < c.mesh.cell_volume.size(); ++i) {
        volume += c.mesh.cell_volume[i];
        shift += c.mesh.cell_volume[i] * (e.solved.state[4 * i + 3] - exact_pressure(c.mesh.cell_centre[i]));
    }
    shift /= volume;
    for (std::size_t i = 0; i < c.mesh.cell_volume.size(); ++i) {
        const double* s = &e.solved.state[4 * i];
        const Vec3 d = Vec3{s[0], s[1], s[2]} - exact_velocity(c.mesh.cell_centre[i]);
        const double p = s[3] - exact_pressure(c.mesh.cell_centre[i]) - shift;
        u2 += c.mesh.cell_volume[i] * dot(d, d), p2 += c.mesh.cell_volume[i] * p * p;
    }
    e.velocity = std::sqrt(u2 / volume), e.pressure = std::sqrt(p2 / volume);
    e.spacing = mean_spacing(c.mesh);
    return e;
}

struct Orders {
    double velocity = 0, pressure = 0;
    Errors fine;
};

Orders orders(const char* what, FlowMesh coarse, FlowMesh fine) {
    const Errors c = solve(std::move(coarse)), f = solve(std::move(fine));
    EXPECT_TRUE(c.solved.status.converged() && f.solved.status.converged()) << what;
    EXPECT_LT(f.solved.cell_imbalance, 1e-6) << what;
    const Orders o{observed_order(c.velocity, c.spacing, f.velocity, f.spacing),
                   observed_order(c.pressure, c.spacing, f.pressure, f.spacing), f};
    std::printf(
        "%s: velocity %.3e, %.3e: order %.2f; pressure %.3e, %.3e: order %.2f; %d and %d iterations, cell "
        "imbalance %.1e\n",
        what, c.velocity, f.velocity, o.velocity, c.pressure, f.pressure, o.pressure,
        c.solved.status.iterations, f.solved.status.iterations, f.solved.cell_imbalance);
    return o;
}

// First-order convection alone.
TEST(Manufactured, FirstOrderConvection) {
    const Errors coarse = solve(polyhedral_box_mesh(10, 10, 10),
                                [](SteadyOptions&o) { o.outer.extrapolation_bound = 0; }),
                 fine = solve(polyhedral_box_mesh(12, 12, 12),
                              [](SteadyOptions&o) { o.outer.extrapolation_bound = 0; });
    ASSERT_TRUE(coarse.solved.status.converged() && fine.solved.status.converged());
    const double order = observed_order(coarse.velocity, coarse.spacing, fine.velocity, fine.spacing);
    std::printf("first order: velocity %.3f, %.3f: order %.2f\n", coarse.velocity, fine.velocity, order);
    EXPECT_GT(order, 0.8);
    EXPECT_LT(fine.velocity, 0.2);
}

// From the start that the solver makes, these coarse boxes do not come to rest with convection of second
// order; from the solution of first order they do.
TEST(Manufactured, SecondOrderFromTheSolutionOfFirst) {
    const Orders o =
        orders("coarse hanging nodes", polyhedral_box_mesh(9, 9, 9), polyhedral_box_mesh(12, 12, 12));
    EXPECT_EQ(o.fine.solved.convection, Convection::second_order);
    EXPECT_THAT(o.fine.solved.status.note, ::testing::HasSubstr("second-order convection, after"));
    EXPECT_GT(o.velocity, 1.8);
    EXPECT_GT(o.pressure, 1.8);
    // Without the attempt that is known to fail: the same solution, sooner.
    const Errors short_cut =
        solve(polyhedral_box_mesh(12, 12, 12), [](SteadyOptions& c) { c.from_first_order = true; });
    EXPECT_EQ(short_cut.solved.state, o.fine.solved.state);
    EXPECT_NE(short_cut.solved.status.note, o.fine.solved.status.note);  // fewer iterations before
}

// Convection that leans downwind has no solution to come to, from wherever it starts: the strongest that has
// one is the result where that was asked for, and nothing is where it was not.
TEST(Manufactured, WeakerConvectionIsTheLastResort) {
    constexpr double unbounded = 10;
    const auto downwind = [](bool last_resort, const std::vector<double>& damped) {
        return solve(polyhedral_box_mesh(9, 9, 9), [&](SteadyOptions& o) {
            o.max_iterations = 200, o.weaker_last = last_resort, o.damped_bounds = damped;
            o.outer.upwind_share = -0.5, o.outer.extrapolation_bound = unbounded;
        });
    };
    const Errors damped = downwind(true, {0.35}), first = downwind(true, {});
    EXPECT_EQ(damped.solved.convection, Convection::damped);
    EXPECT_EQ(first.solved.convection, Convection::first_order);
    for (const Errors* kept : {&damped, &first}) {
        ASSERT_TRUE(kept->solved.status.converged()) << kept->solved.status.note;
        EXPECT_LT(kept->solved.cell_imbalance, 1e-6);
    }
    const Errors none = downwind(false, {});
    EXPECT_FALSE(none.solved.status.converged());
}

TEST(Manufactured, HangingNodes) {
    const Orders o =
        orders("hanging nodes", polyhedral_box_mesh(14, 14, 14), polyhedral_box_mesh(20, 20, 20));
    EXPECT_GT(o.velocity, 1.8);
    EXPECT_GT(o.pressure, 1.8);
}

TEST(Manufactured, DistortedPolyhedra) {
    const Orders o = orders("distorted polyhedra", polyhedral_box_mesh(10, 10, 10, {.distortion = 0.2}),
                            polyhedral_box_mesh(20, 20, 20, {.distortion = 0.2}));
    EXPECT_GT(o.velocity, 1.8);
}

TEST(Manufactured, DistortedHexahedra) {
    // Points moved at random do not make similar meshes: the order that can be seen is 1.7 here, below
    // the 1.8 aimed at (docs/verification.md), so the size of the error is what this test holds on to: 0.2 %
    // of the largest speed.
    const Orders o = orders("distorted hexahedra", box_mesh(12, 12, 12, {.distortion = 0.2}),
                            box_mesh(24, 24, 24, {.distortion = 0.2}));
    EXPECT_GT(o.velocity, 1.5);
    EXPECT_LT(o.fine.velocity, 0.004);
}

}  // namespace
}  // namespace ctffr::test
