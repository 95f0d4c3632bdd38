// SPDX-License-Identifier: Apache-2.0
#include "flow/transient_solver.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "ctffr/core/error.hpp"
#include "flow/backward_difference.hpp"
#include "flow/steady_solver.hpp"
#include "meshes/analytic/recipes.hpp"

namespace ctffr {
namespace {

using kernels::FvPatchKind;
using Reason = SolveStatus::Reason;

// A short tube with 0.1 m/s through it and a fixed pressure at the outlet.
struct Case {
    FlowMesh mesh = pipe_mesh(0.35, 1.5e-3, 4e-3);
    std::vector<TransientCondition> conditions{mesh.patches.size()};
    Fluid fluid;
    TransientOptions options;

    Case() {
        at("inlet").fixed.kind = FvPatchKind::velocity;
        at("inlet").velocity = [](Vec3, double) { return Vec3{0, 0, 0.1}; };
        at("outlet").fixed.kind = FvPatchKind::pressure;
        options.step = 0.01, options.steps = 3;
    }
    TransientCondition& at(const char* name) {
        std::size_t q = 0;
        while (mesh.patches[q].name != name) ++q;
        return conditions[q];
    }
    TransientResult solve(const std::vector<double>& start = {}) const {
        return solve_transient(mesh, conditions, fluid, options, start, Run{});
    }
};

TEST(BackwardDifference, IsExactForQuadraticsOnUnevenSteps) {
    const auto y = [](double t) { return 3 - 2 * t + 5 * t * t; };
    const double before = 0.3, now = 0.5, after = 1.1;
    const auto d = BackwardDifference::of(after - now, now - before);
    EXPECT_NEAR(d.rate * (y(after) - (d.now * y(now) + d.before * y(before))), -2 + 10 * after, 1e-12);
    const auto first = BackwardDifference::of(0.5, 0);
    EXPECT_EQ(first.rate, 2);
    EXPECT_EQ(first.now, 1);
    EXPECT_EQ(first.before, 0);
}

TEST(WindkesselState, IsAResistanceWithoutCapacitor) {
    const WindkesselState w({2, 3, 0, 5, 100});
    const WindkesselState::Relation r = w.relation(BackwardDifference::of(0.1, 0.1));
    EXPECT_DOUBLE_EQ(r.resistance, 5);
    EXPECT_DOUBLE_EQ(r.base, 5);
}

TEST(TransientSolver, RefusesWhatMakesNoSense) {
    const auto refused = [](const Case& c) {
        try {
            (void)c.solve();
        } catch (const Error& e) {
            return e.code() == ExitCode::usage;
        }
        return false;
    };
    Case c;
    c.options.step = 0;
    EXPECT_TRUE(refused(c));
    c.options.step = std::numeric_limits<double>::quiet_NaN();
    EXPECT_TRUE(refused(c));
    c.options.step = 0.01, c.options.steps = 0;
    EXPECT_TRUE(refused(c));
    c.options.steps = 1, c.at("outlet").windkessel = Windkessel{1e9, 0, 1e-11, 0, 0};
    EXPECT_TRUE(refused(c));
    c.at("outlet").windkessel = Windkessel{1e9, 1e9, -1e-11, 0, 0};
    EXPECT_TRUE(refused(c));
    c.at("outlet").windkessel.reset();
    c.at("outlet").pressure = [](double) { return std::numeric_limits<double>::infinity(); };
    EXPECT_TRUE(refused(c));
    c.at("outlet").pressure = nullptr;
    c.at("inlet").velocity = [](Vec3, double t) {
        return Vec3{0, 0, t < 0.015 ? 0.1 : std::numeric_limits<double>::quiet_NaN()};
    };
    c.options.steps = 3;
    EXPECT_TRUE(refused(c));
    EXPECT_THROW((void)Case().solve({1, 2, 3}), Error);
}

TEST(TransientSolver, AStepThatDoesNotConvergeIsAStatus) {
    Case c;
    c.options.max_iterations = 1;
    const TransientResult r = c.solve();
    EXPECT_EQ(r.status.reason, Reason::max_iterations);
    EXPECT_EQ(r.status.note, "in the step to 0.01 s");
    EXPECT_TRUE(r.state.empty());
}

TEST(TransientSolver, OverflowIsAStatus) {
    const Case c;
    const TransientResult r = c.solve(std::vector<double>(4 * static_cast<std::size_t>(c.mesh.cells), 1e25));
    EXPECT_EQ(r.status.reason, Reason::not_finite);
    EXPECT_TRUE(r.state.empty());
}

// A slow capacitor charges over many cycles.
TEST(TransientSolver, CyclesThatDoNotRepeatAreAStatus) {
    Case c;
    c.at("outlet").windkessel = Windkessel{1e8, 1e10, 1e-9, 0, 0};
    c.options.max_cycles = 3;
    const TransientResult r = c.solve();
    EXPECT_EQ(r.status.reason, Reason::max_iterations);
    EXPECT_EQ(r.cycles, 3);
    EXPECT_EQ(r.steps.size(), 9u);
    EXPECT_GT(r.cycle_change, c.options.cycle_tolerance);
    EXPECT_TRUE(r.state.empty());
    EXPECT_NE(r.status.note.find("not periodic after 3 cycles"), std::string::npos) << r.status.note;
}

// Steady flow stays where it is from the first step on, whatever the step.
TEST(TransientSolver, ASteadyStartStays) {
    Case c;
    std::vector<FlowCondition> fixed;
    for (const TransientCondition& t : c.conditions) fixed.push_back(t.fixed);
    for (std::size_t q = 0; q < fixed.size(); ++q)
        if (fixed[q].kind == FvPatchKind::velocity)
            for (Index f = 0; f < c.mesh.patches[q].faces; ++f)
                fixed[q].velocity.insert(fixed[q].velocity.end(), {0.0f, 0.0f, 0.1f});
    SteadyOptions steady;
    steady.tolerance = 1e-6, steady.residual_drop = 1e-6;
    const SteadyResult still = solve_steady(c.mesh, fixed, c.fluid, steady, {}, ctffr::Run{});
    ASSERT_TRUE(still.status.converged());
    for (double step : {1e-4, 0.1}) {
        c.options.step = step, c.options.steps = 5;
        const TransientResult r = c.solve(still.state);
        ASSERT_TRUE(r.status.converged()) << step;
        double u = 0;
        for (std::size_t i = 0; i < r.state.size(); ++i)
            if (i % 4 < 3) u = std::max(u, std::abs(r.state[i] - still.state[i]));
        EXPECT_LT(u, 1e-4 * 0.1) << step;
    }
}

// Where blood enters, the static pressure lacks the velocity head; where it leaves, it is the given one.
TEST(TransientSolver, AnOpeningWithALossObeysItWhenTheFlowTurns) {
    Case c;
    c.at("inlet") = {};
    c.at("inlet").fixed.kind = FvPatchKind::pressure;
    c.at("inlet").fixed.loss = 1, c.at("inlet").fixed.flat_inflow = true;
    const auto given = [](double time) { return 20 * std::cos(20 * time); };
    c.at("inlet").pressure = given;
    c.options.steps = 40;
    const TransientResult r = c.solve();
    ASSERT_TRUE(r.status.converged()) << r.status.note;
    double area = 0, most_in = 0, most_out = 0;
    const auto q = static_cast<std::size_t>(&c.at("inlet") - c.conditions.data());
    for (Index f = c.mesh.patches[q].first_face; f < c.mesh.patches[q].first_face + c.mesh.patches[q].faces;
         ++f)
        area += norm(c.mesh.face_area[static_cast<std::size_t>(f)]);
    for (const TransientStep& s : r.steps) {
        const OpeningState& o = s.openings[q];
        const double speed = std::max(0.0, -o.outflow / area), head = 0.5 * c.fluid.density * speed * speed;
        EXPECT_NEAR(o.pressure, given(s.time) - head, 2e-3) << s.time;
        most_in = std::max(most_in, head), most_out = std::max(most_out, o.outflow);
    }
    EXPECT_GT(most_in, 1);
    EXPECT_GT(most_out, 1e-7);
}

TEST(TransientSolver, SameBitsOnOneAndTwoThreads) {
    Case c;
    c.options.steps = 2;
    set_threads(1);
    const TransientResult one = c.solve();
    set_threads(2);
    const TransientResult two = c.solve();
    ASSERT_TRUE(one.status.converged() && two.status.converged());
    EXPECT_EQ(one.state, two.state);
}

}  // namespace
}  // namespace ctffr
