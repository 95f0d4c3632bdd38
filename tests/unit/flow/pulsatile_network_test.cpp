// SPDX-License-Identifier: Apache-2.0
#include "flow/pulsatile_network.hpp"

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstdio>

#include <gtest/gtest.h>

#include "ctffr/core/error.hpp"
#include "ctffr/core/units.hpp"
#include "flow/network_losses.hpp"

namespace ctffr {
namespace {

using Complex = std::complex<double>;

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

// A mother with a stenosis of half the diameter in its first daughter, outlets and leaks.
Network sick_fork() {
    Network network;
    network.aortic_pressure = pa_from_mmhg(87), network.venous_pressure = pa_from_mmhg(5);
    network.branches = {tube(0.02, 1.8e-3), tube(0.04, 1.4e-3, 81), tube(0.03, 1.2e-3)};
    for (int b : {1, 2}) {
        NetworkBranch& branch = network.branches[static_cast<std::size_t>(b)];
        network.branches[0].children.push_back(b);
        branch.parent = 0, branch.outlet_resistance = 6e9, branch.turn_cosine = 0.8;
        for (double& g : branch.leak) g = 5e-13;
    }
    for (std::size_t i = 0; i < 81; ++i) {
        const double x = network.branches[1].arc[i] - 0.015;
        if (std::abs(x) < 0.005) network.branches[1].radius[i] *= 1 - 0.25 * (1 + std::cos(pi * x / 0.005));
    }
    return network;
}

PulsatileConditions beating(const Network& network, double aortic_swing, double muscle_swing) {
    PulsatileConditions c;
    c.period = 0.8;
    c.aortic_pressure = [=, mean = network.aortic_pressure](double t) {
        return mean + aortic_swing * std::sin(2 * pi * t / 0.8);
    };
    c.ventricle_pressure = [=](double t) { return 5000 + muscle_swing * std::cos(2 * pi * t / 0.8); };
    c.bed.assign(network.branches.size(), {0.17, 0.28, 0.55, 0.06, 0.48, 1});
    return c;
}

NetworkSolution steady(const Network& network) { return solve_network(network, 60, 1e-12, {}); }

TEST(PulsatileNetwork, ConstantPressuresGiveTheSteadyNetwork) {
    const Network network = sick_fork();
    const NetworkSolution s = steady(network);
    ASSERT_TRUE(s.status.converged());
    PulsatileOptions o;
    o.steps = 40;
    int seen = 0;
    const PulsatileOutcome r =
        solve_pulsatile(network, s, beating(network, 0, 0), o,
                        [&](const NetworkMoment& m) {
                            ++seen;
                            for (std::size_t b = 0; b < m.flow.size(); ++b)
                                for (std::size_t i = 0; i < m.flow[b].size(); ++i) {
                                    EXPECT_NEAR(m.pressure[b][i] / s.state.pressure[b][i], 1, 1e-9);
                                    EXPECT_NEAR(m.flow[b][i] / s.state.flow[b][i], 1, 1e-9);
                                }
                        },
                        {});
    EXPECT_TRUE(r.status.converged());
    EXPECT_EQ(seen, 40);
}

// Slow flow in a wide tube: a resistance and an inertance before the bed, whose answers are known.
struct OneHarmonic {
    double error = 0;
    int cycles = 0;
};
OneHarmonic one_harmonic(int steps) {
    Network network;
    network.inlet = InletProfile::developed, network.density = 1060;
    network.aortic_pressure = 10, network.venous_pressure = 2;
    network.branches = {tube(0.1, 1.5e-3)};
    network.branches[0].outlet_resistance = 2e9;
    // So slow that convection does not count: 4e-9 m3/s, a Reynolds number of 1.
    PulsatileConditions c = beating(network, 1, 0);
    const NetworkSolution s = steady(network);
    PulsatileOptions o;
    o.steps = steps, o.tolerance = 1e-11;
    Complex flow = 0;
    OneHarmonic result;
    const PulsatileOutcome r =
        solve_pulsatile(network, s, c, o,
                        [&](const NetworkMoment& m) {
                            flow += 2.0 / steps * m.inflow * std::exp(Complex(0, -2 * pi * m.time / 0.8));
                        },
                        {});
    EXPECT_TRUE(r.status.converged());
    const double w = 2 * pi / 0.8;
    const CoronaryOutlet bed = c.bed[0].of_resistance(2e9, 2);
    const Complex node = 1.0 / (Complex(0, w * bed.muscle_capacitance) + 1 / bed.vein);
    const double length = 0.1, radius = 1.5e-3;
    const Complex impedance = 8 * network.viscosity * length / (pi * std::pow(radius, 4)) +
                              Complex(0, w * 4.0 / 3 * 1060 * length / (pi * radius * radius)) + bed.artery +
                              1.0 / (Complex(0, w * bed.artery_capacitance) + 1.0 / (bed.micro + node));
    result.error = std::abs(flow * impedance / Complex(0, -1) - 1.0), result.cycles = r.cycles;
    return result;
}

TEST(PulsatileNetwork, OneHarmonicMeetsTheSumOfTheImpedances) {
    double last = 0;
    for (int steps : {100, 200, 400}) {
        const OneHarmonic h = one_harmonic(steps);
        std::printf("%d steps: flow within %.1e, %d beats\n", steps, h.error, h.cycles);
        if (last > 0) {
            EXPECT_NEAR(std::log2(last / h.error), 2, 0.1) << steps;
        }
        last = h.error;
    }
    EXPECT_LT(one_harmonic(20000).error, 2e-6);
}

TEST(PulsatileNetwork, ConservesBloodOverABeatAndKeepsTheMeanFlow) {
    const Network network = sick_fork();
    const NetworkSolution s = steady(network);
    ASSERT_TRUE(s.status.converged());
    PulsatileOptions o;
    o.tolerance = 1e-9;
    double in = 0, out = 0, least = 1, instant = 0;
    std::vector<double> mean(3), pressure(3);
    const PulsatileOutcome r = solve_pulsatile(
        network, s, beating(network, 2500, 5000), o,
        [&](const NetworkMoment& m) {
            in += m.inflow / o.steps;
            double now = m.leak_flow;
            for (std::size_t b : {1u, 2u}) {
                mean[b] += m.outlet_flow[b] / o.steps, pressure[b] += m.pressure[b].back() / o.steps;
                now += m.outlet_flow[b];
            }
            out += now / o.steps;
            least = std::min(least, m.inflow / s.state.flow[0].front());
            instant = std::max(instant, std::abs(m.inflow - now));
        },
        {});
    ASSERT_TRUE(r.status.converged()) << r.status.note;
    EXPECT_NEAR(out / in, 1, 1e-12);
    EXPECT_LT(instant / in, 1e-12);
    // The capacitors give back what they take: the mean outlet flow is that of the resistance.
    for (std::size_t b : {1u, 2u})
        EXPECT_NEAR(mean[b] * 6e9 / (pressure[b] - network.venous_pressure), 1, 1e-7);
    // Losses grow with the square of the flow, so that the mean is a little less than the steady flow.
    std::printf(
        "mean inflow %.4f of the steady one, least %.2f; mean pressure behind the stenosis %.4f of it\n",
        in / s.state.flow[0].front(), least, pressure[1] / s.state.pressure[1].back());
    EXPECT_LT(in / s.state.flow[0].front(), 1);
    EXPECT_GT(in / s.state.flow[0].front(), 0.97);
    EXPECT_LT(least, 0.6);
}

// Flow that turns is part of the model.
TEST(PulsatileNetwork, TheSqueezedMuscleTurnsTheFlow) {
    const Network network = sick_fork();
    const NetworkSolution s = steady(network);
    PulsatileConditions c = beating(network, 0, 15000);
    for (CoronaryBed& bed : c.bed) bed.muscle_time = 2;
    double least = 1;
    const PulsatileOutcome r = solve_pulsatile(
        network, s, c, {},
        [&](const NetworkMoment& m) { least = std::min(least, m.inflow / s.state.flow[0].front()); }, {});
    ASSERT_TRUE(r.status.converged()) << r.status.note;
    EXPECT_LT(least, 0);
}

TEST(PulsatileNetwork, IsOfSecondOrderInTime) {
    const Network network = sick_fork();
    const NetworkSolution s = steady(network);
    const auto flows = [&](int steps) {
        PulsatileOptions o;
        o.steps = steps, o.tolerance = 1e-9;
        std::vector<double> flow;
        const auto r = solve_pulsatile(network, s, beating(network, 2500, 5000), o,
                                       [&](const NetworkMoment& m) { flow.push_back(m.inflow); }, {});
        EXPECT_TRUE(r.status.converged());
        return flow;
    };
    const std::vector<double> exact = flows(3200);
    double last = 0;
    for (int steps : {100, 200, 400}) {
        const std::vector<double> now = flows(steps);
        double error = 0;
        for (std::size_t n = 0; n < now.size(); ++n)
            error = std::max(error, std::abs(now[n] - exact[(n + 1) * 3200 / now.size() - 1]));
        std::printf("%d steps: flow within %.1e of the steady one\n", steps, error / s.state.flow[0].front());
        if (last > 0) {
            EXPECT_NEAR(std::log2(last / error), 2, 0.15) << steps;
        }
        last = error;
    }
}

TEST(NetworkLosses, BetweenTheirKnotsAreThoseOfTheMarch) {
    const Network network = sick_fork();
    const NetworkSolution s = steady(network);
    const NetworkMarch march(network);
    const NetworkLosses losses(march, s.flows, s.root_pressure);
    const auto total = [&](double scale) {  // energy lost to the end of the stenosed daughter
        double sum = 0;
        for (std::size_t b : {0u, 1u})
            for (std::size_t i = 0; i < s.state.flow[b].size(); ++i)
                sum += losses.drop(b, i, scale * s.state.flow[b][i > 0 ? i - 1 : 0]).value;
        return sum;
    };
    double most = 0;
    for (double scale : {0.06, 0.18, 0.37, 0.62, 0.88, 1.12, 1.37, 1.75, 2.25, 2.75}) {
        NetworkFlows scaled = s.flows;
        for (double& q : scaled.outlet) q *= scale;
        for (auto& branch : scaled.leak)
            for (double& q : branch) q *= scale;
        const NetworkState at = march_network(march, scaled, s.root_pressure);
        const double exact = s.root_pressure[0] - at.pressure[1].back() - at.kinetic[1].back();
        most = std::max(most, std::abs(total(scale) / exact - 1));
    }
    std::printf("losses between the knots within %.2e\n", most);
    EXPECT_LT(most, 0.01);
    EXPECT_NEAR(total(1) / (s.root_pressure[0] - s.state.pressure[1].back() - s.state.kinetic[1].back()), 1,
                1e-12);
    EXPECT_DOUBLE_EQ(total(-1), -total(1));
}

TEST(PulsatileNetwork, BeatsThatDoNotAgreeAreAStatus) {
    const Network network = sick_fork();
    PulsatileOptions o;
    o.max_cycles = 2, o.tolerance = 1e-12;
    bool seen = false;
    const auto r = solve_pulsatile(network, steady(network), beating(network, 2500, 5000), o,
                                   [&](const NetworkMoment&) { seen = true; }, {});
    EXPECT_EQ(r.status.reason, SolveStatus::Reason::max_iterations);
    EXPECT_FALSE(seen);
}

TEST(PulsatileNetwork, RefusesWhatMakesNoSense) {
    const Network network = sick_fork();
    const NetworkSolution s = steady(network);
    PulsatileConditions c = beating(network, 0, 0);
    c.bed[1].vein = 0.1;
    EXPECT_THROW(solve_pulsatile(network, s, c, {}, {}, {}), Error);
    c = beating(network, 0, 0);
    c.period = 0;
    EXPECT_THROW(solve_pulsatile(network, s, c, {}, {}, {}), Error);
    c = beating(network, 0, 0);
    c.aortic_pressure = [](double) { return std::nan(""); };
    EXPECT_THROW(solve_pulsatile(network, s, c, {}, {}, {}), Error);
}

}  // namespace
}  // namespace ctffr
