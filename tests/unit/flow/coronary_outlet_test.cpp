// SPDX-License-Identifier: Apache-2.0
#include "flow/coronary_outlet.hpp"

#include <cmath>
#include <complex>
#include <cstdio>
#include <functional>
#include <vector>

#include <gtest/gtest.h>

#include "ctffr/core/units.hpp"

namespace ctffr {
namespace {

using Complex = std::complex<double>;

// Pressures of an outlet that is given its flow, at the end of each step.
std::vector<double> pressures(const CoronaryOutlet& model, const std::function<double(double)>& flow,
                              const std::function<double(double)>& muscle, double start_muscle, double step,
                              int steps) {
    CoronaryOutletState state(model, flow(0), start_muscle);
    std::vector<double> all;
    for (int n = 1; n <= steps; ++n) {
        const auto d = BackwardDifference::of(step, n > 1 ? step : 0);
        const double t = n * step;
        const CoronaryOutletState::Relation r = state.relation(d, muscle(t));
        all.push_back(r.base + r.resistance * flow(t));
        state.accept(d, muscle(t), flow(t));
    }
    return all;
}

// First harmonic of the last cycle: value(t) = Re(result e^{i w t}).
Complex harmonic(const std::vector<double>& values, int steps) {
    Complex sum = 0;
    for (int n = 1; n <= steps; ++n)
        sum += 2.0 / steps * values[values.size() - static_cast<std::size_t>(steps - n + 1)] *
               std::exp(Complex(0, -2 * pi * n / steps));
    return sum;
}

// A bed of coronary size: 100 mL/min under 90 mmHg.
CoronaryOutlet coronary() { return {1.2e9, 2.0e9, 4.0e9, 1e-11, 8e-11, 700}; }

TEST(CoronaryOutlet, SteadyFlowMeetsTheSumOfTheResistances) {
    // svZeroDSolver's case steadyFlow_R_coronary: 5 (100 + 100 + 100) = 1500, whatever the muscle presses
    // with.
    const CoronaryOutlet model{100, 100, 100, 1e-4, 1e-4, 0};
    const auto flow = [](double) { return 5.0; };
    const auto muscle = [](double) { return 1000.0; };
    for (double p : pressures(model, flow, muscle, 1000, 0.01, 50)) EXPECT_NEAR(p, 1500, 1e-9);
    // Out of balance at first.
    EXPECT_NEAR(pressures(model, flow, muscle, 0, 0.01, 500).back(), 1500, 1e-9);
}

TEST(CoronaryOutlet, OneHarmonicMeetsItsImpedance) {
    const CoronaryOutlet m = coronary();
    const double w = 2 * pi / 0.8, mean = 1.5e-6, amplitude = 1e-6;
    const Complex muscle_node = 1.0 / (Complex(0, w * m.muscle_capacitance) + 1 / m.vein);
    const Complex exact =
        m.artery + 1.0 / (Complex(0, w * m.artery_capacitance) + 1.0 / (m.micro + muscle_node));
    double last = 0;
    for (int steps : {100, 200, 400, 20000}) {
        const auto p = pressures(
            m, [&](double t) { return mean + amplitude * std::cos(w * t); }, [](double) { return 4000.0; },
            4000, 0.8 / steps, 10 * steps);
        const double error = std::abs(harmonic(p, steps) / (amplitude * exact) - 1.0);
        std::printf("%d steps: impedance within %.1e\n", steps, error);
        if (steps <= 400 && last > 0) {
            EXPECT_NEAR(std::log2(last / error), 2, 0.05) << steps;
        }
        last = error;
    }
    EXPECT_LT(last, 1e-6);
}

TEST(CoronaryOutlet, TheMusclePushesBackThroughItsCapacitance) {
    const CoronaryOutlet m = coronary();
    const double w = 2 * pi / 0.8, push = 8000;
    // No flow at the outlet: what C_im passes divides between vein and the arterial side.
    const Complex arterial = m.micro + 1.0 / Complex(0, w * m.artery_capacitance);
    const Complex charge(0, w * m.muscle_capacitance);
    const Complex node = push * charge / (charge + 1 / m.vein + 1.0 / arterial);
    const Complex exact = node * (1.0 - m.micro / arterial);
    const int steps = 20000;
    const auto p = pressures(
        m, [](double) { return 0.0; }, [&](double t) { return push * std::cos(w * t); }, 0, 0.8 / steps,
        10 * steps);
    EXPECT_LT(std::abs(harmonic(p, steps) / exact - 1.0), 1e-6);
}

// Outlet pressures of the last of 30 cycles that svZeroDSolver (commit c7b0ca0, BSD-3-Clause) stores for its
// case pulsatileFlow_R_coronary: generalised alpha with 200 steps a cycle, inflow linear between 100 points
// of a sine.
TEST(CoronaryOutlet, AgreesWithSvZeroDSolver) {
    constexpr double stored[] = {1031.5547563034, 1337.664055315, 1384.9287181502, 1155.295250073,
                                 736.4758309343,  288.4452436966, -17.664055315,   -64.9287181502,
                                 164.704749927,   583.5241690657};
    constexpr double range = 1450;
    const auto flow = [](double t) {
        const double at = t * 100, before = std::floor(at + 1e-9);
        const auto knot = [](double k) { return 2.5 * std::sin(2 * pi * k / 100) + 2.2; };
        return knot(before) + (at - before) * (knot(before + 1) - knot(before));
    };
    for (const auto& [steps, tolerance] : {std::pair{200, 2e-5}, std::pair{3200, 4e-5}}) {
        const auto p = pressures(
            {100, 100, 100, 1e-4, 1e-4, 0}, flow, [](double) { return 1000.0; }, 1000, 1.0 / steps,
            30 * steps);
        double most = 0;
        for (std::size_t k = 0; k < 10; ++k) {
            const std::size_t at = p.size() - static_cast<std::size_t>(steps) +
                                   (k + 1) * static_cast<std::size_t>(steps) / 10 - 1;
            most = std::max(most, std::abs(p[at] - stored[k]));
        }
        std::printf("%d steps: within %.1e of the range\n", steps, most / range);
        // Its own error: halving the step twice moves ours by as much.
        EXPECT_LT(most / range, tolerance) << steps;
    }
}

}  // namespace
}  // namespace ctffr
