// SPDX-License-Identifier: Apache-2.0
// The unsteady 3-D flow before coronary beds of five elements, behind outlets and leaking walls, and the wall
// shear over a cycle against the solution of Womersley, J. Physiol. 127 (1955) 553.
#include <algorithm>
#include <cmath>
#include <complex>
#include <cstdio>
#include <functional>
#include <vector>

#include <gtest/gtest.h>

#include "ctffr/core/error.hpp"
#include "ctffr/core/units.hpp"
#include "flow/cycle_shear.hpp"
#include "flow/pulsatile_network.hpp"
#include "support/womersley_tube.hpp"

namespace ctffr::test {
namespace {

// Shear a + b cos(w t) with a = ratio * b, ratio <= 1: mean magnitude over b, by integration.
double mean_magnitude(double ratio) {
    return 2 / pi * (ratio * std::asin(ratio) + std::sqrt(1 - ratio * ratio));
}

struct Shear {
    double magnitude = 0, index = 0, spread = 0;  // TAWSS over the exact one, OSI, its range over the faces
    TransientResult solved;
};

// A tube under a pressure gradient that oscillates about `ratio` times (in terms of wall shear) its
// amplitude.
Shear shear_of(const Womersley& w, double ratio, double level, int steps) {
    Tube tube(level, 4, 4e-3);
    const double gradient = 1e-6 * 8 * w.fluid.viscosity / (radius * radius);
    const double amplitude = gradient * std::abs(w.wall_shear()), mean = 2 * ratio * amplitude / radius;
    for (const char* name : {"inlet", "outlet"}) tube.at(name).fixed.kind = FvPatchKind::pressure;
    tube.at("inlet").pressure = [&](double t) {
        return tube.length * (mean + gradient * std::cos(w.frequency() * t));
    };
    TransientOptions o;
    o.step = w.period() / steps, o.steps = steps, o.max_cycles = 20, o.cycle_tolerance = 5e-4;
    CycleShear shear;
    o.observe_walls = true;
    o.observe = [&](const TransientMoment& m) {
        if (m.step == 0) shear.restart(m.wall_shear.size() / 3);
        shear.add(m.wall_shear);
    };
    Shear s;
    s.solved = tube.solve(w.fluid, o);
    if (!s.solved.status.converged()) return s;
    const FlowPatch& wall = tube.mesh.patches[tube.patch("wall")];
    double low = 1, high = 0;
    for (Index n = 0; n < wall.faces; ++n) {
        const auto b = static_cast<std::size_t>(wall.first_face - tube.mesh.internal_faces() + n);
        const double index = oscillatory_shear_index(shear.mean_vector(b), shear.mean_magnitude(b));
        s.magnitude += shear.mean_magnitude(b), s.index += index;
        low = std::min(low, index), high = std::max(high, index);
    }
    s.magnitude /= static_cast<double>(wall.faces) * amplitude * mean_magnitude(ratio);
    s.index /= static_cast<double>(wall.faces), s.spread = high - low;
    return s;
}

TEST(CycleShear, OscillationInATubeIsWomersleys) {
    const Womersley w{3, reference_blood};
    for (double ratio : {0.0, 0.5}) {
        const double exact = 0.5 * (1 - ratio / mean_magnitude(ratio));
        const Shear coarse = shear_of(w, ratio, 0.5, 32), fine = shear_of(w, ratio, 1, 64);
        ASSERT_TRUE(coarse.solved.status.converged() && fine.solved.status.converged()) << ratio;
        const double order = std::log2(std::abs(coarse.magnitude - 1) / std::abs(fine.magnitude - 1));
        std::printf(
            "mean / oscillation %g: TAWSS %.4f, %.4f of the exact one, order %.2f; OSI %.4f, %.4f (exact "
            "%.4f), "
            "over the wall within %.1e; mass %.1e\n",
            ratio, coarse.magnitude, fine.magnitude, order, coarse.index, fine.index, exact, fine.spread,
            fine.solved.status.mass_imbalance);
        // As the flow of the same tube: within 1 %, order above 1.5.
        EXPECT_NEAR(fine.magnitude, 1, 0.01) << ratio;
        EXPECT_GT(order, 1.5) << ratio;
        EXPECT_NEAR(fine.index, exact, 0.005) << ratio;
        EXPECT_LE(std::abs(fine.index - exact), std::abs(coarse.index - exact) + 1e-4) << ratio;
        EXPECT_LT(fine.solved.status.mass_imbalance, 1e-8) << ratio;
    }
}

TEST(CycleShear, SteadyShearDoesNotOscillateAndNoShearIsNoNumberLost) {
    CycleShear shear;
    shear.restart(2);
    for (int n = 0; n < 3; ++n) shear.add({3, 0, 4, 0, 0, 0});
    EXPECT_DOUBLE_EQ(shear.mean_magnitude(0), 5);
    EXPECT_DOUBLE_EQ(shear.mean_vector(0), 5);
    EXPECT_DOUBLE_EQ(oscillatory_shear_index(shear.mean_vector(0), shear.mean_magnitude(0)), 0);
    EXPECT_DOUBLE_EQ(oscillatory_shear_index(shear.mean_vector(1), shear.mean_magnitude(1)), 0);
}

// A bed of the given resistance that answers to the angular frequency w.
CoronaryBed bed_for(double w) { return {0.2, 0.3, 0.5, 0.1 / w, 0.8 / w, 1}; }

// Impedance of a bed to its outlet pressure, and its pressure per muscle pressure at an outlet without flow.
Complex impedance(const CoronaryOutlet& m, double w) {
    const Complex node = 1.0 / (Complex(0, w * m.muscle_capacitance) + 1 / m.vein);
    return m.artery + 1.0 / (Complex(0, w * m.artery_capacitance) + 1.0 / (m.micro + node));
}
Complex push(const CoronaryOutlet& m, double w) {
    const Complex arterial = m.micro + 1.0 / Complex(0, w * m.artery_capacitance);
    const Complex charge(0, w * m.muscle_capacitance);
    return charge / (charge + 1 / m.vein + 1.0 / arterial) * (1.0 - m.micro / arterial);
}

// Tube and bed under two harmonics of pressure and two of the muscle: the network of the same tube. What
// differs is known: the network's inertia is the first term of Womersley's impedance in alpha^2.
TEST(CoronaryBed3d, ATubeFollowsTheNetwork) {
    const Womersley w{2, reference_blood}, twice{2 * std::sqrt(2.0), reference_blood};
    constexpr int steps = 64;
    Tube tube(1, 4, 20e-3);
    const double own = 8 * w.fluid.viscosity * tube.length / (pi * std::pow(radius, 4));
    const double omega = w.frequency(), unit = 1e-6 * pi * radius * radius * own;  // a mean of about 1 um/s
    Network network;
    network.aortic_pressure = 5 * unit, network.venous_pressure = 0;
    network.density = w.fluid.density, network.viscosity = w.fluid.viscosity;
    NetworkBranch branch;
    for (int i = 0; i <= 40; ++i) branch.arc.push_back(tube.length * i / 40), branch.radius.push_back(radius);
    branch.shape.assign(41, 1), branch.leak.assign(41, 0);
    branch.outlet_resistance = 4 * own;
    network.branches = {branch};
    PulsatileConditions conditions;
    conditions.period = w.period(), conditions.bed = {bed_for(omega)};
    conditions.aortic_pressure = [&](double t) {
        return unit * (5 + 2 * std::cos(omega * t) + std::sin(2 * omega * t));
    };
    conditions.ventricle_pressure = [&](double t) {
        return unit * (2 - 2 * std::cos(omega * t) + 0.5 * std::cos(2 * omega * t));
    };
    const NetworkSolution steady = solve_network(network, 60, 1e-12, {});
    std::vector<NetworkMoment> beat;
    const PulsatileOutcome reduced = solve_pulsatile(network, steady, conditions, {steps, 50, 1e-9},
                                                     [&](const NetworkMoment& m) { beat.push_back(m); }, {});
    ASSERT_TRUE(reduced.status.converged()) << reduced.status.note;

    for (const char* name : {"inlet", "outlet"}) tube.at(name).fixed.kind = FvPatchKind::pressure;
    tube.at("inlet").pressure = conditions.aortic_pressure;
    tube.at("outlet").beds = {{beat.back().outlet.front(), 1}};
    tube.at("outlet").ventricle_pressure = conditions.ventricle_pressure;
    TransientOptions o;
    o.step = w.period() / steps, o.steps = steps, o.max_cycles = 12, o.cycle_tolerance = 5e-4;
    const TransientResult r = tube.solve(w.fluid, o);
    ASSERT_TRUE(r.status.converged()) << r.status.note;

    // Flow of each harmonic, and by how much the impedances of tube and network differ.
    const CoronaryOutlet model = bed_for(omega).of_resistance(4 * own, 0);
    double bound = 0, largest = 0, flow_error = 0, pressure_error = 0;
    const Complex aortic[2] = {2 * unit, Complex(0, -unit)}, muscle[2] = {-2 * unit, 0.5 * unit};
    const Womersley* wave[2] = {&w, &twice};
    for (int k = 0; k < 2; ++k) {
        const double f = (k + 1) * omega, alpha2 = wave[k]->alpha * wave[k]->alpha;
        const Complex exact = tube.length / wave[k]->flow(), network_own = own * Complex(1, alpha2 / 6);
        const Complex total = exact + impedance(model, f);
        const Complex q = (aortic[k] - push(model, f) * muscle[k]) / total;
        bound += std::abs(q) * (std::abs(exact - network_own) + 0.005 * std::abs(exact)) / std::abs(total);
    }
    bound +=
        0.005 * 0.2 * network.aortic_pressure / (5 * own);  // the mean: 0.5 % of a fifth of the resistance
    const std::size_t out = tube.patch("outlet"), first = r.steps.size() - steps;
    for (std::size_t n = 0; n < steps; ++n) {
        const OpeningState& state = r.steps[first + n].openings[out];
        largest = std::max(largest, std::abs(beat[n].inflow));
        flow_error = std::max(flow_error, std::abs(state.outflow - beat[n].inflow));
        pressure_error = std::max(pressure_error, std::abs(state.pressure - beat[n].pressure[0].back()));
    }
    std::printf(
        "flow within %.2e of its largest (bound %.2e), outlet pressure within %.2e of the inlet's mean; %d "
        "beats; mass %.1e, cell %.1e\n",
        flow_error / largest, bound / largest, pressure_error / network.aortic_pressure, r.cycles,
        r.status.mass_imbalance, r.cell_imbalance);
    EXPECT_LT(flow_error, bound);
    EXPECT_LT(pressure_error, bound * (own + 4 * own));
    EXPECT_LT(bound, 0.02 * largest);  // so it says something
    EXPECT_LT(r.status.mass_imbalance, 1e-8);
}

// dP_a/dt and d(P_m - P_im)/dt of the bed by Runge and Kutta's method.
struct BedOde {
    CoronaryOutlet m;
    std::function<double(double)> flow, muscle;
    double artery, transmural;  // at time 0

    void advance(double from, double to, int steps) {
        const double h = (to - from) / steps;
        for (int n = 0; n < steps; ++n) {
            const double t = from + n * h;
            const auto slope = [&](double time, double a, double p) {
                const double node = p + muscle(time), through = (a - node) / m.micro;
                return std::pair{(flow(time) - through) / m.artery_capacitance,
                                 (through - (node - m.venous_pressure) / m.vein) / m.muscle_capacitance};
            };
            const auto [a1, p1] = slope(t, artery, transmural);
            const auto [a2, p2] = slope(t + h / 2, artery + h / 2 * a1, transmural + h / 2 * p1);
            const auto [a3, p3] = slope(t + h / 2, artery + h / 2 * a2, transmural + h / 2 * p2);
            const auto [a4, p4] = slope(t + h, artery + h * a3, transmural + h * p3);
            artery += h / 6 * (a1 + 2 * a2 + 2 * a3 + a4);
            transmural += h / 6 * (p1 + 2 * p2 + 2 * p3 + p4);
        }
    }
};

// A bed of coronary size whose flow is known, squeezed by a muscle. The start is out of balance:
// artery and microcirculation come to it within 0.02 s, which the first step, backward Euler, resolves badly.
// So the order is that of the second half of the beat.
TEST(CoronaryBed3d, FollowsItsDifferentialEquation) {
    const CoronaryOutlet model{1.7e9, 2.8e9, 5.5e9, 1e-11, 8e-11, 700};
    const double frequency = 2 * pi / 0.8, speed = 0.1;
    const auto muscle = [&](double t) { return 4000 * (1 - std::cos(frequency * t)); };
    double last = 0, largest = 0;
    for (int steps : {80, 160, 320}) {
        Tube tube(0.5, 4, 6e-3);
        const double flow =
            speed * tube.drive([&](double t) { return speed * (1 - std::cos(frequency * t)); });
        tube.at("outlet").fixed.kind = FvPatchKind::pressure;
        tube.at("outlet").beds = {{CoronaryOutletState::charged(model, 6000, 6000), 1}};
        tube.at("outlet").ventricle_pressure = muscle;
        TransientOptions o;
        o.step = 0.8 / steps, o.steps = steps;
        const TransientResult r = tube.solve(reference_blood, o);
        ASSERT_TRUE(r.status.converged()) << r.status.note;
        BedOde exact{model, [&](double t) { return flow * (1 - std::cos(frequency * t)); }, muscle, 6000,
                     6000};
        double error = 0, whole = 0, relation = 0, time = 0;
        const std::size_t out = tube.patch("outlet");
        for (const TransientStep& s : r.steps) {
            exact.advance(time, s.time, 200);
            time = s.time;
            const double pressure = model.artery * exact.flow(time) + exact.artery;
            const double off = std::abs(s.openings[out].pressure - pressure);
            whole = std::max(whole, off);
            if (time > 0.4 + o.step / 2) error = std::max(error, off);
            largest = std::max(largest, pressure);
            const double there = model.artery * s.openings[out].outflow + s.capacitor_pressures[out];
            relation = std::max(relation, std::abs(s.openings[out].pressure / there - 1));
        }
        const double order = std::log2(last / error);
        std::printf(
            "%d steps: pressure within %.1f Pa of up to %.0f Pa; in the second half %.2f Pa, order "
            "%.2f; P = R Q + P_a within %.1e; mass %.1e\n",
            steps, whole, largest, error, last > 0 ? order : 0, relation, r.status.mass_imbalance);
        if (last > 0) {
            EXPECT_NEAR(order, 2, 0.05) << steps;
        }
        EXPECT_LT(whole, 2e-3 * largest) << steps;
        EXPECT_LT(relation, 1e-6) << steps;
        EXPECT_LT(r.status.mass_imbalance, 1e-7) << steps;  // prescribed velocities are in single precision
        last = error;
    }
}

// A closed tube whose wall alone lets blood through, into beds that together are one: the flow of one bed
// under the pressure of the inlet, but for what the tube itself takes.
TEST(CoronaryBed3d, ALeakingWallIsOneBed) {
    const Womersley w{2, reference_blood};
    constexpr int steps = 48;
    Tube tube(0.5, 6, 6e-3);
    const double own = 8 * w.fluid.viscosity * tube.length / (pi * std::pow(radius, 4));
    const double omega = w.frequency(), unit = 1e-3, whole = 1000 * own;
    const CoronaryOutlet model = bed_for(omega).of_resistance(whole, 0);
    const auto muscle = [&](double t) { return unit * (1 - std::cos(omega * t)); };
    const std::size_t wall = tube.patch("wall");
    const FlowPatch& patch = tube.mesh.patches[wall];
    double area = 0;
    const auto face_area = [&](Index n) {
        return norm(tube.mesh.face_area[static_cast<std::size_t>(patch.first_face + n)]);
    };
    for (Index n = 0; n < patch.faces; ++n) area += face_area(n);
    TransientCondition& leaking = tube.conditions[wall];
    leaking.fixed.kind = FvPatchKind::velocity;
    leaking.ventricle_pressure = muscle;
    for (Index n = 0; n < patch.faces; ++n)
        leaking.beds.push_back(
            {CoronaryOutletState::charged(bed_for(omega).of_resistance(whole * area / face_area(n), 0),
                                          2 * unit, unit),
             1});
    tube.at("inlet").fixed.kind = FvPatchKind::pressure;
    tube.at("inlet").pressure = [&](double t) { return unit * (3 + std::cos(omega * t)); };
    TransientOptions o;
    o.step = w.period() / steps, o.steps = 2 * steps;
    const TransientResult r = tube.solve(w.fluid, o);
    ASSERT_TRUE(r.status.converged()) << r.status.note;
    auto alone = CoronaryOutletState::charged(model, 2 * unit, unit);
    double error = 0, largest = 0, flow = 0;
    int n = 0;
    for (const TransientStep& s : r.steps) {
        const auto d = BackwardDifference::of(o.step, n++ > 0 ? o.step : 0);
        const auto relation = alone.relation(d, muscle(s.time));
        flow = (tube.at("inlet").pressure(s.time) - relation.base) / relation.resistance;
        alone.accept(d, muscle(s.time), flow);
        largest = std::max(largest, std::abs(flow));
        error = std::max(error, std::abs(s.openings[wall].outflow - flow));
    }
    // The tube takes at most its impedance times the flow from a bed that answers with its first resistance.
    const double bound = own * (1 + w.alpha * w.alpha / 6) / model.artery;
    std::printf("leak within %.1e of its largest flow (bound %.1e); mass %.1e, cell %.1e, %d iterations\n",
                error / largest, bound, r.status.mass_imbalance, r.cell_imbalance, r.status.iterations);
    EXPECT_LT(error, bound * largest);
    EXPECT_LT(r.status.mass_imbalance, 1e-8);
}

TEST(CoronaryBed3d, RefusesWhatMakesNoSense) {
    Tube tube(0.5, 2, 4e-3);
    tube.at("inlet").fixed.kind = tube.at("outlet").fixed.kind = FvPatchKind::pressure;
    const CoronaryOutlet model{1e9, 2e9, 4e9, 1e-11, 8e-11, 700};
    TransientOptions o;
    o.step = 0.01, o.steps = 1;
    tube.at("outlet").beds = {{CoronaryOutletState(model, 0, 0), 1}};
    EXPECT_THROW(tube.solve(reference_blood, o), Error);  // no ventricular pressure
    tube.at("outlet").ventricle_pressure = [](double) { return 0.0; };
    tube.at("outlet").beds.push_back(tube.at("outlet").beds.front());
    EXPECT_THROW(tube.solve(reference_blood, o), Error);  // two beds at one outlet
    tube.at("outlet").beds = {{CoronaryOutletState({1e9, 0, 4e9, 0, 0, 0}, 0, 0), 1}};
    EXPECT_THROW(tube.solve(reference_blood, o), Error);  // no microcirculation
    tube.at("outlet").beds = {{CoronaryOutletState(model, 0, 0), 1}};
    EXPECT_NO_THROW(tube.solve(reference_blood, o));
}

}  // namespace
}  // namespace ctffr::test
