// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include <gtest/gtest.h>

#include "ctffr/core/error.hpp"
#include "ctffr/core/units.hpp"
#include "flow/bend_friction.hpp"
#include "flow/network_solve.hpp"

namespace ctffr {
namespace {

NetworkBranch tube(double length, double radius, int points = 41) {
    NetworkBranch branch;
    for (int i = 0; i < points; ++i) {
        branch.arc.push_back(length * i / (points - 1));
        branch.radius.push_back(radius);
    }
    branch.shape.assign(branch.arc.size(), 1);
    branch.leak.assign(branch.arc.size(), 0);
    return branch;
}

void connect(Network& network, int parent, int child) {
    network.branches[static_cast<std::size_t>(parent)].children.push_back(child);
    network.branches[static_cast<std::size_t>(child)].parent = parent;
}

// Mother with two daughters and outlet resistances; pressures of a patient.
Network fork(double r1, double r2) {
    Network network;
    network.aortic_pressure = pa_from_mmhg(87), network.venous_pressure = pa_from_mmhg(5);
    network.branches = {tube(0.02, 1.8e-3), tube(0.03, r1), tube(0.03, r2)};
    connect(network, 0, 1), connect(network, 0, 2);
    for (int b : {1, 2}) {
        network.branches[static_cast<std::size_t>(b)].outlet_resistance = 6e9;
        network.branches[static_cast<std::size_t>(b)].turn_cosine = 0.8;
    }
    return network;
}

NetworkSolution solve(const Network& network) { return solve_network(network, 60, 1e-10, {}); }

TEST(Network, PoiseuilleTubeWithOutlet) {
    Network network;
    network.inlet = InletProfile::developed;
    network.aortic_pressure = 11000, network.venous_pressure = 700;
    network.branches = {tube(0.05, 1.5e-3)};
    network.branches[0].outlet_resistance = 4e9;
    const NetworkSolution s = solve(network);
    ASSERT_TRUE(s.status.converged());
    const double resistance = 8 * network.viscosity * 0.05 / (pi * std::pow(1.5e-3, 4));
    const double flow = (11000 - 700) / (resistance + 4e9);
    EXPECT_NEAR(s.state.flow[0].back() / flow, 1, 1e-6);
    EXPECT_NEAR((s.state.pressure[0].front() - s.state.pressure[0].back()) / (resistance * flow), 1, 1e-6);
    EXPECT_NEAR(s.state.pressure[0][20], 11000 - resistance * flow / 2, 1e-3);
}

TEST(Network, ConvergedMeansBalanced) {
    const Network network = fork(1.4e-3, 1.0e-3);
    const NetworkSolution s = solve(network);
    ASSERT_TRUE(s.status.converged());
    for (std::size_t b : {1u, 2u}) {
        const double outlet = network.venous_pressure + 6e9 * s.state.flow[b].back();
        EXPECT_NEAR(s.state.pressure[b].back() / outlet, 1, 1e-9);
    }
    const double in = s.state.flow[0].back();
    EXPECT_NEAR((s.state.flow[1].front() + s.state.flow[2].front()) / in, 1, 1e-12);
}

TEST(Network, SplitBetweenTwoOutletsBySlowFlow) {
    // Without inertia the split is that of two resistances in parallel, by hand.
    Network network = fork(1.2e-3, 0.9e-3);
    network.density = 1e-6, network.inlet = InletProfile::developed;
    network.branches[1].outlet_resistance = 1e9, network.branches[2].outlet_resistance = 2e9;
    const auto r = [&](double radius, double length) {
        return 8 * network.viscosity * length / (pi * std::pow(radius, 4));
    };
    const double first = 1e9 + r(1.2e-3, 0.03), second = 2e9 + r(0.9e-3, 0.03);
    const double whole = r(1.8e-3, 0.02) + 1 / (1 / first + 1 / second);
    const NetworkSolution s = solve(network);
    ASSERT_TRUE(s.status.converged());
    const double flow = (network.aortic_pressure - network.venous_pressure) / whole;
    EXPECT_NEAR(s.state.flow[0].front() / flow, 1, 1e-6);
    EXPECT_NEAR(s.state.flow[1].front() / s.state.flow[2].front(), second / first, 1e-6);
}

TEST(Network, EqualBranchesShareEqually) {
    const NetworkSolution s = solve(fork(1.2e-3, 1.2e-3));
    ASSERT_TRUE(s.status.converged());
    EXPECT_NEAR(s.state.flow[1].front() / s.state.flow[2].front(), 1, 1e-8);
    EXPECT_NEAR(s.state.pressure[1].back() / s.state.pressure[2].back(), 1, 1e-8);
}

TEST(Network, ReynoldsAndPressureScaling) {
    // Doubling every length, viscosity and density fixed: the same Reynolds number at half the speed, a
    // quarter of the pressure; outlet resistances scale as pressure over flow = 1/8.
    Network small = fork(1.3e-3, 1.0e-3);
    small.venous_pressure = 0;
    Network large = small;
    large.aortic_pressure /= 4, large.max_step *= 2;
    for (NetworkBranch& branch : large.branches) {
        for (double& x : branch.arc) x *= 2;
        for (double& r : branch.radius) r *= 2;
        branch.outlet_resistance /= 8;
    }
    const NetworkSolution a = solve(small), b = solve(large);
    ASSERT_TRUE(a.status.converged() && b.status.converged());
    EXPECT_NEAR(b.state.flow[1].back() / (2 * a.state.flow[1].back()), 1, 1e-8);
    EXPECT_NEAR(b.state.pressure[2].back() / (a.state.pressure[2].back() / 4), 1, 1e-8);
}

TEST(Network, LeakLeavesWhereItIsAndIsCounted) {
    Network network = fork(1.3e-3, 1.0e-3);
    for (double& g : network.branches[1].leak) g = 2e-13;
    const NetworkSolution s = solve(network);
    ASSERT_TRUE(s.status.converged());
    const auto& flow = s.state.flow[1];
    const auto& pressure = s.state.pressure[1];
    double leaked = 0;
    for (std::size_t i = 1; i < flow.size(); ++i) {
        EXPECT_LT(flow[i], flow[i - 1]);
        leaked += (i == 1 ? 2 : 1) * 2e-13 * ((pressure[i - 1] + pressure[i]) / 2 - network.venous_pressure);
    }
    EXPECT_NEAR(leaked / (flow.front() - flow.back()), 1, 1e-4);
    EXPECT_EQ(s.state.flow[2].front(), s.state.flow[2].back());
}

TEST(Network, PrescribedFlowsGiveTheResistancesBack) {
    Network network = fork(1.3e-3, 1.0e-3);
    NetworkFlows flows{{0, 1.6e-6, 0.9e-6}, {}};
    for (const NetworkBranch& branch : network.branches) flows.leak.emplace_back(branch.arc.size(), 2e-9);
    const NetworkState state = march_prescribed(network, flows);
    for (std::size_t b = 0; b < 3; ++b) {
        for (std::size_t i = 0; i < flows.leak[b].size(); ++i)
            network.branches[b].leak[i] = 2e-9 / (state.leak_pressure[b][i] - network.venous_pressure);
        if (b > 0)
            network.branches[b].outlet_resistance =
                (state.pressure[b].back() - network.venous_pressure) / flows.outlet[b];
    }
    const NetworkSolution s = solve(network);
    ASSERT_TRUE(s.status.converged());
    EXPECT_NEAR(s.state.flow[1].back() / 1.6e-6, 1, 1e-6);
    EXPECT_NEAR(s.state.flow[2].back() / 0.9e-6, 1, 1e-6);
    EXPECT_NEAR(s.state.pressure[2].back() / state.pressure[2].back(), 1, 1e-6);
}

TEST(Network, StenosisLowersFlowAndPressureBehindIt) {
    double flow = 1, pressure = 1e9;
    for (double ds : {0.0, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9}) {
        Network network = fork(1.4e-3, 1.0e-3);
        auto& r = network.branches[1].radius;
        for (std::size_t i = 10; i <= 24; ++i)
            r[i] *= 1 - ds * 0.5 * (1 - std::cos(2 * pi * (static_cast<double>(i) - 10) / 14));
        const NetworkSolution s = solve(network);
        ASSERT_TRUE(s.status.converged()) << ds << " " << s.status.note;
        EXPECT_LT(s.state.flow[1].back(), flow);
        EXPECT_LT(s.state.pressure[1].back(), pressure);
        flow = s.state.flow[1].back(), pressure = s.state.pressure[1].back();
    }
}

TEST(Network, ClosedBranchTakesNextToNothing) {
    Network network = fork(1.4e-3, 1.0e-3);
    auto& r = network.branches[2].radius;
    for (std::size_t i = 5; i < 35; ++i) r[i] = 0.05e-3;
    const NetworkSolution s = solve(network);
    ASSERT_TRUE(s.status.converged());
    EXPECT_LT(s.state.flow[2].back(), 1e-3 * s.state.flow[1].back());
    EXPECT_NEAR(s.state.pressure[2].back(), network.venous_pressure, 50);
}

TEST(Network, BranchesBehindAnOcclusionConverge) {
    // Leaks take all that passes the closed stretch; what is left for the far branches is round-off.
    Network network = fork(1.4e-3, 1.0e-3);
    network.branches.push_back(tube(0.02, 0.8e-3)), network.branches.push_back(tube(0.02, 0.6e-3));
    connect(network, 2, 3), connect(network, 2, 4);
    network.branches[3].outlet_resistance = 2e10, network.branches[4].outlet_resistance = 4e10;
    for (std::size_t i = 5; i < 25; ++i) network.branches[2].radius[i] = 0.05e-3;
    for (std::size_t i = 26; i < 41; ++i) network.branches[2].leak[i] = 3e-12;
    for (double& g : network.branches[3].leak) g = 3e-12;
    const NetworkSolution s = solve(network);
    ASSERT_TRUE(s.status.converged()) << s.status.residual;
    EXPECT_LT(s.status.residual, 1e-7);
    EXPECT_LT(s.state.flow[3].back(), 1e-4 * s.state.flow[1].back());
}

TEST(Network, StatusTellsWhenItDidNotFinish) {
    const NetworkSolution s = solve_network(fork(1.4e-3, 1.0e-3), 1, 1e-12, {});
    EXPECT_FALSE(s.status.converged());
    EXPECT_EQ(s.status.reason, SolveStatus::Reason::max_iterations);
    EXPECT_GT(s.status.residual, 1e-12);
}

TEST(Network, NotANumberIsAState) {
    Network network = fork(1.4e-3, 1.0e-3);
    network.viscosity = std::nan("");
    const NetworkSolution s = solve(network);
    EXPECT_EQ(s.status.reason, SolveStatus::Reason::not_finite);
}

TEST(Network, ThreadsChangeNothing) {
    // The Jacobian columns run in parallel; every column is its own sum.
    const NetworkSolution a = solve(fork(1.4e-3, 1.0e-3)), b = solve(fork(1.4e-3, 1.0e-3));
    EXPECT_EQ(a.state.pressure[2].back(), b.state.pressure[2].back());
}

TEST(Network, StoredResistanceAndStenosisCase) {
    // svZeroDSolver case steadyFlow_stenosis_R (SimVascular, BSD-3): Q = 5 through R = 100 and a loss of 100
    // Q |Q| into R = 100 with distal pressure 100 has 3600 at the inlet and 600 at the outlet. Density and
    // viscosity are chosen so that one Young-Tsai stenosis has these two coefficients.
    Network network;
    network.law = FlowLaw::young_tsai, network.inlet = InletProfile::developed;
    network.root_flow = 5, network.venous_pressure = 100;
    network.branches = {tube(1.0, 0.1, 3)};
    NetworkBranch& branch = network.branches[0];
    branch.radius[1] = 0.05, branch.outlet_resistance = 100;
    const double a0 = pi * 0.01, d0 = 0.2, ds = 0.1, ratio = 4;
    branch.stenoses = {{0, 2, a0}};
    network.density = 100 * 2 * a0 * a0 / (1.52 * (ratio - 1) * (ratio - 1));
    network.viscosity = 100 * a0 * d0 / (32 * (0.83 * 1.0 + 1.64 * ds) * ratio * ratio / d0);
    const NetworkSolution s = solve(network);
    ASSERT_TRUE(s.status.converged());
    EXPECT_NEAR(s.state.pressure[0].front(), 3600, 1e-5);
    EXPECT_NEAR(s.state.pressure[0].back(), 600, 1e-5);
}

TEST(Network, StoredCoronaryOutletCase) {
    // svZeroDSolver case steadyFlow_R_coronary: Q = 5 through R = 100 into a coronary outlet of 100 + 100 +
    // 100 that is steady has 2000 at the inlet and 1500 at the outlet.
    Network network;
    network.inlet = InletProfile::developed;
    network.root_flow = 5, network.venous_pressure = 0, network.density = 1e-6;
    network.max_step = 0.05;
    network.branches = {tube(1.0, 0.5, 11)};
    network.viscosity = 100 * pi * std::pow(0.5, 4) / 8;
    network.branches[0].outlet_resistance = 300;
    const NetworkSolution s = solve(network);
    ASSERT_TRUE(s.status.converged());
    EXPECT_NEAR(s.state.pressure[0].front(), 2000, 1e-4);
    EXPECT_NEAR(s.state.pressure[0].back(), 1500, 1e-4);
}

TEST(Network, YoungTsaiStenosisSolvedByHand) {
    // Pa - Pv = (a + R) Q + b Q^2 with the coefficients of the law: one root of a quadratic.
    Network network;
    network.law = FlowLaw::young_tsai, network.inlet = InletProfile::developed;
    network.aortic_pressure = pa_from_mmhg(85), network.venous_pressure = pa_from_mmhg(5);
    network.branches = {tube(0.01, 1.5e-3, 21)};
    for (std::size_t i = 0; i < 21; ++i)
        if (i > 0 && i < 20) network.branches[0].radius[i] = 0.75e-3;
    const double a0 = pi * 1.5e-3 * 1.5e-3, resistance = 3.2e9;
    network.branches[0].stenoses = {{0, 20, a0}};
    network.branches[0].outlet_resistance = resistance;
    const double a =
        32 * (0.83 * 0.01 + 1.64 * 1.5e-3) * 16 / 3e-3 * network.viscosity / (a0 * 3e-3) + resistance;
    const double b = 1.52 * network.density / (2 * a0 * a0) * 9;
    const double driving = network.aortic_pressure - network.venous_pressure;
    const double flow = (-a + std::sqrt(a * a + 4 * b * driving)) / (2 * b);
    const NetworkSolution s = solve(network);
    ASSERT_TRUE(s.status.converged());
    EXPECT_NEAR(s.state.flow[0].back() / flow, 1, 1e-9);
    EXPECT_NEAR(s.state.pressure[0].back() / (network.venous_pressure + resistance * flow), 1, 1e-9);
}

// Developed flow far into a bend: 1.9 times the friction of a straight tube at a Dean number of 200, reached
// over a few diameters, and no more than that of the tube before it.
TEST(Network, BendsAddTheFrictionOfTheirDeanNumber) {
    Network network;
    network.inlet = InletProfile::developed;
    network.aortic_pressure = 11000, network.venous_pressure = 700;
    network.branches = {tube(0.09, 1.5e-3, 91)};
    network.branches[0].outlet_resistance = 4e9;
    const NetworkSolution straight = solve(network);
    network.branches[0].curvature.assign(91, 0);
    EXPECT_EQ(solve(network).state.pressure[0], straight.state.pressure[0]);

    for (std::size_t i = 30; i < 91; ++i) network.branches[0].curvature[i] = 60;
    const NetworkSolution bent = solve(network);
    ASSERT_TRUE(bent.status.converged());
    const double flow = bent.state.flow[0].back();
    EXPECT_LT(flow, straight.state.flow[0].back());
    const double dean =
        2 * network.density * flow / (pi * 1.5e-3 * network.viscosity) * std::sqrt(1.5e-3 * 60);
    const double poiseuille = 8 * network.viscosity * flow / (pi * std::pow(1.5e-3, 4));
    const auto friction = [&](std::size_t from, std::size_t to) {
        const auto& p = bent.state.pressure[0];
        return (p[from] - p[to]) / (static_cast<double>(to - from) * 1e-3 * poiseuille);
    };
    EXPECT_NEAR(friction(0, 29), 1, 1e-6);
    EXPECT_GT(dean, 60);
    EXPECT_NEAR(friction(80, 90) / bend_friction(dean), 1, 1e-3);
    EXPECT_GT(friction(31, 33), 1.02);
    EXPECT_LT(friction(31, 33), friction(80, 90) - 0.05);
}

TEST(BendFriction, AgreesWithMeasuredLaws) {
    EXPECT_EQ(bend_friction(0), 1);
    EXPECT_EQ(bend_friction(11.6), 1);
    EXPECT_NEAR(bend_friction(50), 1.251, 0.006);
    EXPECT_NEAR(bend_friction(100), 1.539, 0.010);
    EXPECT_NEAR(bend_friction(200), 1.957, 0.020);
    // Mishra and Gupta 1979, another fit to other measurements.
    for (double dean : {50.0, 100.0, 200.0, 400.0})
        EXPECT_NEAR(bend_friction(dean) / (1 + 0.033 * std::pow(std::log10(dean), 4)), 1, 0.03) << dean;
}

TEST(Junction, StraightContinuationChangesNothing) {
    Network network;
    network.branches = {tube(0.01, 1.5e-3), tube(0.01, 1.5e-3)};
    connect(network, 0, 1);
    const NetworkMarch march(network);
    const NetworkMarch::Inflow end{9000, 2e-6, Profile::parabola(march.grid())};
    const auto child = march.across_junction(0, end, {2e-6});
    EXPECT_NEAR(child[0].pressure, 9000, 1e-6);
    for (std::size_t i = 0; i < end.profile.value.size(); ++i)
        EXPECT_NEAR(child[0].profile.value[i], end.profile.value[i], 1e-12);
}

TEST(Junction, WiderTurnsLoseMore) {
    double before = 1e9;
    for (double cosine : {1.0, 0.9, 0.7, 0.5, 0.0}) {
        Network network = fork(1.3e-3, 1.3e-3);
        network.branches[1].turn_cosine = cosine;
        const NetworkMarch march(network);
        const auto children =
            march.across_junction(0, {9000, 3e-6, Profile::parabola(march.grid())}, {1.5e-6, 1.5e-6});
        EXPECT_LT(children[0].pressure, before);
        before = children[0].pressure;
    }
}

TEST(MonotoneSlopes, KeepsExtremaAndReproducesLines) {
    const std::vector<double> x = {0, 1, 2, 4}, line = {1, 3, 5, 9}, bump = {1, 2, 1, 1};
    for (double s : monotone_slopes(x, line)) EXPECT_NEAR(s, 2, 1e-12);
    EXPECT_EQ(monotone_slopes(x, bump)[1], 0);
}

}  // namespace
}  // namespace ctffr
