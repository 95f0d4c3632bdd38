// SPDX-License-Identifier: Apache-2.0
// Oscillating flow in a straight tube against the solution of Womersley, J. Physiol. 127 (1955) 553, and
// outlets of three-element Windkessels against the solution of their differential equation.
#include <cmath>
#include <complex>
#include <cstdio>
#include <functional>
#include <vector>

#include <gtest/gtest.h>

#include "ctffr/core/units.hpp"
#include "support/womersley_tube.hpp"

namespace ctffr::test {
namespace {

// First harmonic of the last cycle: value(t) = Re(result e^{i w t}).
Complex harmonic(const TransientResult& r, int steps, double frequency,
                 const std::function<double(const TransientStep&)>& value) {
    Complex sum = 0;
    for (std::size_t n = r.steps.size() - static_cast<std::size_t>(steps); n < r.steps.size(); ++n)
        sum += 2.0 / steps * value(r.steps[n]) * std::exp(Complex(0, -frequency * r.steps[n].time));
    return sum;
}

double degrees(Complex ratio) { return std::arg(ratio) * 180 / pi; }

// Flow over the exact one, when pressures at the ends drive it; so slow that the ends do not matter.
struct Driven {
    Complex ratio;
    double profile = 0;  // root-mean-square error of the velocity at the end over that of its amplitude
    TransientResult solved;
};
Driven pressure_driven(const Womersley& w, double level, int steps) {
    Tube tube(level, 4, 4e-3);
    const double gradient = 1e-6 * 8 * w.fluid.viscosity / (radius * radius);  // Poiseuille: a mean of 1 um/s
    for (const char* name : {"inlet", "outlet"}) tube.at(name).fixed.kind = FvPatchKind::pressure;
    tube.at("inlet").pressure = [&](double t) {
        return gradient * tube.length * std::cos(w.frequency() * t);
    };
    TransientOptions o;
    o.step = w.period() / steps, o.steps = steps, o.max_cycles = 20;
    Driven d;
    d.solved = tube.solve(w.fluid, o);
    if (!d.solved.status.converged()) return d;
    const std::size_t out = tube.patch("outlet");
    d.ratio = harmonic(d.solved, steps, w.frequency(),
                       [&](const TransientStep& s) { return s.openings[out].outflow; }) /
              (gradient * w.flow());
    double error = 0, size = 0;
    for (std::size_t i = 0; i < tube.mesh.cell_volume.size(); ++i) {
        const Vec3 x = tube.mesh.cell_centre[i];
        const Complex u = gradient * w.velocity(std::hypot(x.x, x.y));  // after whole cycles
        const double v = tube.mesh.cell_volume[i];
        error += v * std::pow(d.solved.state[4 * i + 2] - u.real(), 2), size += v * std::norm(u);
    }
    d.profile = std::sqrt(error / size);
    return d;
}

TEST(Womersley, FlowUnderAnOscillatingPressure) {
    for (double alpha : {3.0, 8.0}) {
        const Womersley w{alpha, reference_blood};
        const Driven coarse = pressure_driven(w, 0.5, 32), fine = pressure_driven(w, 1, 64);
        ASSERT_TRUE(coarse.solved.status.converged() && fine.solved.status.converged()) << alpha;
        const double order = std::log2(std::abs(coarse.ratio - 1.0) / std::abs(fine.ratio - 1.0));
        std::printf(
            "alpha %g: amplitude %.4f, %.4f, phase %.2f, %.2f degrees, order %.2f; profile %.4f; %d cycles, "
            "%d "
            "iterations; mass %.1e, cell %.1e\n",
            alpha, std::abs(coarse.ratio), std::abs(fine.ratio), degrees(coarse.ratio), degrees(fine.ratio),
            order, fine.profile, fine.solved.cycles, fine.solved.status.iterations,
            fine.solved.status.mass_imbalance, fine.solved.cell_imbalance);
        EXPECT_NEAR(std::abs(fine.ratio), 1, 0.01) << alpha;
        EXPECT_NEAR(degrees(fine.ratio), 0, 1) << alpha;
        EXPECT_LT(fine.profile, 0.01) << alpha;
        EXPECT_GT(order, 1.5) << alpha;
        EXPECT_LT(fine.solved.status.mass_imbalance, 1e-9) << alpha;
        EXPECT_LT(fine.solved.cell_imbalance, 1e-9) << alpha;
    }
}

// A mean flow at Re 100 with an oscillation on top, prescribed at the inlet: the gradient answers.
TEST(Womersley, PressureGradientUnderAMovingInletProfile) {
    const Womersley w{3, reference_blood};
    Tube tube(1, 12, 6e-3);
    const double mean = 100 * w.fluid.viscosity / (w.fluid.density * 2 * radius), share = 0.4;
    const double gradient = share * mean * pi * radius * radius / std::abs(w.flow());
    tube.at("outlet").fixed.kind = FvPatchKind::pressure;
    tube.at("inlet").fixed.kind = FvPatchKind::velocity;
    tube.at("inlet").velocity = [&](Vec3 x, double t) {
        const double r = std::hypot(x.x, x.y), phase = w.frequency() * t;
        return Vec3{0, 0,
                    2 * mean * (1 - r * r / (radius * radius)) +
                        (gradient * w.velocity(r) * std::exp(Complex(0, phase))).real()};
    };
    TransientOptions o;
    constexpr int steps = 64;
    o.step = w.period() / steps, o.steps = steps, o.max_cycles = 10;
    std::vector<double> slope;
    o.observe = [&](const TransientMoment& m) {
        slope.push_back(-fit_pressure(tube.mesh, m.state, {0, 0, 0}, {0, 0, 1}, 2e-3, 5e-3).slope);
    };
    const TransientResult r = tube.solve(w.fluid, o);
    ASSERT_TRUE(r.status.converged()) << r.status.note;
    std::size_t n = slope.size() - steps;
    const Complex ratio =
        harmonic(r, steps, w.frequency(), [&](const TransientStep&) { return slope[n++]; }) / gradient;
    double steady = 0;
    for (std::size_t k = slope.size() - steps; k < slope.size(); ++k) steady += slope[k] / steps;
    const double poiseuille = 8 * w.fluid.viscosity * mean / (radius * radius);
    std::printf(
        "gradient: amplitude %.4f, phase %.2f degrees, mean %.4f; %d cycles, %d iterations; mass %.1e, cell "
        "%.1e\n",
        std::abs(ratio), degrees(ratio), steady / poiseuille, r.cycles, r.status.iterations,
        r.status.mass_imbalance, r.cell_imbalance);
    EXPECT_NEAR(std::abs(ratio), 1, 0.01);
    EXPECT_NEAR(degrees(ratio), 0, 1);
    EXPECT_NEAR(steady / poiseuille, 1, 0.01);
    EXPECT_LT(r.status.mass_imbalance, 1e-7);  // prescribed velocities are in single precision
    EXPECT_LT(r.cell_imbalance, 1e-7);
}

// P_c' = (Q - (P_c - P_d) / R) / C for Q = flow (1 - cos w t), from P_c(0).
double capacitor(const Windkessel& k, double flow, double frequency, double t) {
    const double rate = 1 / (k.distal * k.capacitance);
    const Complex wave = flow / k.capacitance / Complex(rate, frequency);  // of cos w t: Re(wave e^{i w t})
    const double rest = k.distal_pressure + k.distal * flow;
    const auto forced = [&](double time) {
        return rest - (wave * std::exp(Complex(0, frequency * time))).real();
    };
    return forced(t) + (k.start_pressure - forced(0)) * std::exp(-rate * t);
}

// An outlet of coronary size whose flow is known, from a capacitor that starts out of balance.
TEST(WindkesselOutlet, FollowsItsDifferentialEquation) {
    const Windkessel model{2e9, 8e9, 4e-11, 700, 12000};  // time constant 0.32 s
    const double frequency = 2 * pi / 0.8, speed = 0.1;
    double last = 0, largest = 0;
    for (int steps : {20, 40, 80}) {
        Tube tube(0.5, 6, 6e-3);
        const double flow =
            speed * tube.drive([&](double t) { return speed * (1 - std::cos(frequency * t)); });
        tube.at("outlet").fixed.kind = FvPatchKind::pressure;
        tube.at("outlet").windkessel = model;
        TransientOptions o;
        o.step = 0.8 / steps, o.steps = steps;
        const TransientResult r = tube.solve(reference_blood, o);
        ASSERT_TRUE(r.status.converged()) << r.status.note;
        double error = 0, relation = 0;
        const std::size_t out = tube.patch("outlet");
        for (const TransientStep& s : r.steps) {
            const double q = flow * (1 - std::cos(frequency * s.time));
            const double exact = model.proximal * q + capacitor(model, flow, frequency, s.time);
            error = std::max(error, std::abs(s.openings[out].pressure - exact));
            largest = std::max(largest, exact);
            const double there = model.proximal * s.openings[out].outflow + s.capacitor_pressures[out];
            relation = std::max(relation, std::abs(s.openings[out].pressure / there - 1));
        }
        const double order = std::log2(last / error);
        std::printf(
            "%d steps: pressure within %.1f Pa of up to %.0f Pa, order %.2f; P = R Q + P_c within %.1e; mass "
            "%.1e, "
            "cell %.1e\n",
            steps, error, largest, last > 0 ? order : 0, relation, r.status.mass_imbalance, r.cell_imbalance);
        if (last > 0) {
            EXPECT_GT(order, 1.8) << steps;
        }
        EXPECT_LT(relation, 1e-6) << steps;
        EXPECT_LT(r.status.mass_imbalance, 1e-7) << steps;
        EXPECT_LT(r.cell_imbalance, 1e-7) << steps;
        last = error;
    }
    EXPECT_LT(last, 2e-3 * largest);
}

// Tube and Windkessel in series under an oscillating pressure: the sum of their impedances. Neither end knows
// its flow, and cycles are repeated until they agree.
TEST(WindkesselOutlet, FormsASeriesOfImpedances) {
    const Womersley w{3, reference_blood};
    constexpr int steps = 64;
    Tube tube(1, 4, 4e-3);
    const double own = 8 * w.fluid.viscosity * tube.length / (pi * std::pow(radius, 4));
    const Windkessel model{0.3 * own, own, 1 / (own * w.frequency()), 0, 0};
    const double amplitude = 2e-6 * pi * radius * radius * own;  // about 1 um/s
    for (const char* name : {"inlet", "outlet"}) tube.at(name).fixed.kind = FvPatchKind::pressure;
    tube.at("inlet").pressure = [&](double t) { return amplitude * std::cos(w.frequency() * t); };
    tube.at("outlet").windkessel = model;
    TransientOptions o;
    o.step = w.period() / steps, o.steps = steps, o.max_cycles = 20;
    const TransientResult r = tube.solve(w.fluid, o);
    ASSERT_TRUE(r.status.converged()) << r.status.note;
    const Complex outlet =
        model.proximal + model.distal / Complex(1, w.frequency() * model.distal * model.capacitance);
    const Complex exact = amplitude / (tube.length / w.flow() + outlet);
    const std::size_t out = tube.patch("outlet");
    const Complex ratio =
        harmonic(r, steps, w.frequency(), [&](const TransientStep& s) { return s.openings[out].outflow; }) /
        exact;
    std::printf("flow: amplitude %.4f, phase %.2f degrees; %d cycles; mass %.1e\n", std::abs(ratio),
                degrees(ratio), r.cycles, r.status.mass_imbalance);
    EXPECT_NEAR(std::abs(ratio), 1, 0.01);
    EXPECT_NEAR(degrees(ratio), 0, 1);
    EXPECT_LT(r.status.mass_imbalance, 1e-9);
}

}  // namespace
}  // namespace ctffr::test
