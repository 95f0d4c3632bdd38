// SPDX-License-Identifier: Apache-2.0
#include "flow/pulsatile_network.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "ctffr/core/error.hpp"
#include "ctffr/core/units.hpp"
#include "flow/network_losses.hpp"

namespace ctffr {

namespace {

// Apparent mass of slowly changing developed flow over that of a plug (the limit of Womersley's solution for
// a low frequency).
constexpr double developed_mass = 4.0 / 3;
constexpr int most_newton_steps = 40;
constexpr double newton_tolerance = 1e-10;  // change of any flow over the inflow

void check(const Network& network, const PulsatileConditions& c, const PulsatileOptions& o) {
    if (!(c.period > 0) || o.steps < 2 || o.max_cycles < 2 || !(o.tolerance > 0))
        throw Error(
            ExitCode::usage,
            "Pulsatile flow needs a period and a tolerance above zero, and at least two steps and two "
            "beats; found {} s, {}, {} steps, {} beats.",
            c.period, o.tolerance, o.steps, o.max_cycles);
    CTFFR_CHECK_OP(c.bed.size(), ==, network.branches.size());
    CTFFR_CHECK(!network.root_flow);
    for (const CoronaryBed& bed : c.bed)
        if (!(bed.artery >= 0) || !(bed.micro > 0) || !(bed.vein > 0) || !(bed.artery_time >= 0) ||
            !(bed.muscle_time >= 0) || !(std::abs(bed.artery + bed.micro + bed.vein - 1) < 1e-9))
            throw Error(
                ExitCode::usage,
                "A coronary bed needs parts of its resistance that add up to 1 and time constants that "
                "are not below zero; found {} + {} + {}, {} s and {} s.",
                bed.artery, bed.micro, bed.vein, bed.artery_time, bed.muscle_time);
}

double mean_of(const std::function<double(double)>& f, const PulsatileConditions& c, int steps) {
    double sum = 0;
    for (int n = 1; n <= steps; ++n) sum += f(c.period * n / steps);
    return sum / steps;
}

// energy = base + slope * flow behind a place.
struct Line {
    double base = 0, slope = 0;
};

class Beats {
   public:
    Beats(const Network& network, const NetworkSolution& steady, const PulsatileConditions& conditions,
          const PulsatileOptions& options)
        : network_(network),
          march_(network),
          losses_(march_, steady.flows, steady.root_pressure),
          conditions_(conditions),
          options_(options),
          flow_(steady.state.flow),
          leak_(steady.flows.leak),
          pressure_(steady.state.pressure) {
        const double ventricle = mean_of(conditions.ventricle_pressure, conditions, options.steps);
        for (std::size_t b = 0; b < network.branches.size(); ++b) {
            const NetworkBranch& branch = network.branches[b];
            const CoronaryBed& bed = conditions.bed[b];
            const double muscle = bed.muscle_share * ventricle, venous = network.venous_pressure;
            if (branch.parent < 0) inflow_ += flow_[b].front();
            outlet_.emplace_back();
            if (branch.children.empty() && branch.outlet_resistance > 0)
                outlet_[b].emplace(bed.of_resistance(branch.outlet_resistance, venous), flow_[b].back(),
                                   muscle);
            bed_.emplace_back(branch.arc.size()), inertance_.emplace_back(branch.arc.size(), 0.0);
            for (std::size_t i = 1; i < branch.arc.size(); ++i) {
                inertance_[b][i] = developed_mass * network.density * (branch.arc[i] - branch.arc[i - 1]) /
                                   (pi * branch.radius[i - 1] * branch.radius[i]);
                const double conductance = march_.leak(static_cast<int>(b), i);
                if (conductance > 0)
                    bed_[b][i].emplace(bed.of_resistance(1 / conductance, venous), leak_[b][i], muscle);
            }
        }
        flow_before_ = flow_;
        behind_.resize(network.branches.size());
        into_.resize(network.branches.size());
        for (std::size_t b = 0; b < behind_.size(); ++b) {
            behind_[b].resize(network.branches[b].arc.size());
            leak_line_.emplace_back(network.branches[b].arc.size());
        }
    }

    double inflow() const { return inflow_; }

    // To the end of step `n` of a beat, n from 1; `first`: of the whole run. False when it has no solution.
    bool step(int n, bool first) {
        const double h = conditions_.period / options_.steps;
        time_ = h * n;
        difference_ = BackwardDifference::of(h, first ? 0 : h);
        aortic_ = conditions_.aortic_pressure(time_);
        ventricle_ = conditions_.ventricle_pressure(time_);
        if (!std::isfinite(aortic_) || !std::isfinite(ventricle_))
            throw Error(ExitCode::usage, "The aortic or ventricular pressure at {} s is not a finite number.",
                        time_);
        auto reference = flow_;  // what the time derivative is taken from
        for (std::size_t b = 0; b < flow_.size(); ++b)
            for (std::size_t i = 0; i < flow_[b].size(); ++i) {
                const double now = flow_[b][i], before = flow_before_[b][i];
                reference[b][i] = difference_.now * now + difference_.before * before;
                flow_before_[b][i] = now;
                flow_[b][i] += now - before;  // the first guess
            }
        for (int k = 0; k < most_newton_steps; ++k) {
            ++iterations_;
            eliminate(reference);
            const double change = substitute();
            if (!std::isfinite(change)) return false;
            if (change < newton_tolerance * inflow_) {
                accept();
                return true;
            }
        }
        return false;
    }
    int iterations() const { return iterations_; }

    NetworkMoment moment() const {
        NetworkMoment m;
        m.time = time_, m.pressure = pressure_, m.flow = flow_, m.leak_bed = &bed_;
        m.outlet_flow.assign(flow_.size(), 0.0);
        for (std::size_t b = 0; b < flow_.size(); ++b) {
            const NetworkBranch& branch = network_.branches[b];
            if (branch.parent < 0) m.inflow += flow_[b].front();
            if (branch.children.empty()) m.outlet_flow[b] = flow_[b].back();
            if (outlet_[b]) m.outlet.push_back(*outlet_[b]);
            for (std::size_t i = 1; i < branch.arc.size(); ++i)
                if (bed_[b][i]) m.leak_flow += leak_[b][i];
        }
        return m;
    }
    // Flow into every branch and pressure at its end, which say whether beats agree.
    void signature(std::vector<double>& flows, std::vector<double>& pressures) const {
        for (std::size_t b = 0; b < flow_.size(); ++b)
            flows.push_back(flow_[b].front()), pressures.push_back(pressure_[b].back());
    }

   private:
    double muscle(std::size_t b) const { return conditions_.bed[b].muscle_share * ventricle_; }

    // From the leaves up: what lies behind every point, linear about the present flows.
    void eliminate(const std::vector<std::vector<double>>& reference) {
        for (std::size_t b = network_.branches.size(); b-- > 0;) {
            const NetworkBranch& branch = network_.branches[b];
            Line here = branch.children.empty() ? at_leaf(b) : at_junction(branch);
            for (std::size_t i = branch.arc.size(); i-- > 1;) {
                behind_[b][i] = here;
                here = before_stretch(b, i, here, reference[b][i - 1]);
            }
            behind_[b][0] = here;
            const FlowTable::Line entry = losses_.drop(b, 0, flow_[b][0]);
            into_[b] = {here.base + entry.value - entry.slope * flow_[b][0], here.slope + entry.slope};
        }
    }

    Line at_leaf(std::size_t b) const {
        CoronaryOutletState::Relation outlet{network_.venous_pressure, 0};
        if (outlet_[b]) outlet = outlet_[b]->relation(difference_, muscle(b));
        const std::size_t end = flow_[b].size() - 1;
        const double flow = flow_[b][end], slope = losses_.kinetic_slope(b, end, flow);
        return {outlet.base + losses_.kinetic(b, end, flow) - slope * flow, outlet.resistance + slope};
    }

    Line at_junction(const NetworkBranch& branch) const {
        double conductance = 0, driven = 0;
        for (int child : branch.children) {
            const Line& line = into_[static_cast<std::size_t>(child)];
            conductance += 1 / line.slope, driven += line.base / line.slope;
        }
        return {driven / conductance, 1 / conductance};
    }

    // The stretch before point i: loss and inertia by the flow at its start, then the leak.
    Line before_stretch(std::size_t b, std::size_t i, const Line& end, double reference) {
        const double flow = flow_[b][i - 1], mass = inertance_[b][i] * difference_.rate;
        const FlowTable::Line loss = losses_.drop(b, i, flow);
        const Line lost{loss.value - loss.slope * flow - mass * reference, loss.slope + mass};
        Line& leak = leak_line_[b][i];
        leak = {};
        if (bed_[b][i]) {
            // The leak is driven by static pressure between the two ends. The kinetic energy at the end
            // follows the flow at the start here, as if the leak stayed the same.
            const double upstream = march_.creeping(static_cast<int>(b), i).upstream;
            const double slope = upstream * losses_.kinetic_slope(b, i - 1, flow) +
                                 (1 - upstream) * losses_.kinetic_slope(b, i, flow_[b][i]);
            const double kinetic = upstream * losses_.kinetic(b, i - 1, flow) +
                                   (1 - upstream) * losses_.kinetic(b, i, flow_[b][i]) - slope * flow;
            const CoronaryOutletState::Relation bed = bed_[b][i]->relation(difference_, muscle(b));
            const double sum = bed.resistance + end.slope;
            leak = {(end.base + upstream * lost.base - kinetic - bed.base) / sum,
                    (end.slope + upstream * lost.slope - slope) / sum};
        }
        return {end.base - end.slope * leak.base + lost.base, end.slope * (1 - leak.slope) + lost.slope};
    }

    // From the roots down: flows and pressures; returns the largest change of a flow.
    double substitute() {
        double most = 0;
        const auto put = [&](double& value, double now) {
            const double change = std::abs(now - value);
            most = change <= most ? most : change;  // a NaN stays one
            value = now;
        };
        std::vector<double> energy(network_.branches.size(), aortic_);  // before the entry of each branch
        for (std::size_t b = 0; b < network_.branches.size(); ++b) {
            const NetworkBranch& branch = network_.branches[b];
            put(flow_[b][0], (energy[b] - into_[b].base) / into_[b].slope);
            double here = behind_[b][0].base + behind_[b][0].slope * flow_[b][0];
            pressure_[b][0] = here - losses_.kinetic(b, 0, flow_[b][0]);
            for (std::size_t i = 1; i < branch.arc.size(); ++i) {
                const Line& leak = leak_line_[b][i];
                leak_[b][i] = leak.base + leak.slope * flow_[b][i - 1];
                put(flow_[b][i], flow_[b][i - 1] - leak_[b][i]);
                here = behind_[b][i].base + behind_[b][i].slope * flow_[b][i];
                pressure_[b][i] = here - losses_.kinetic(b, i, flow_[b][i]);
            }
            for (int child : branch.children) energy[static_cast<std::size_t>(child)] = here;
        }
        return most;
    }

    void accept() {
        for (std::size_t b = 0; b < flow_.size(); ++b) {
            if (outlet_[b]) outlet_[b]->accept(difference_, muscle(b), flow_[b].back());
            for (std::size_t i = 1; i < flow_[b].size(); ++i)
                if (bed_[b][i]) bed_[b][i]->accept(difference_, muscle(b), leak_[b][i]);
        }
    }

    using PerPoint = std::vector<std::vector<double>>;
    const Network& network_;
    NetworkMarch march_;
    NetworkLosses losses_;
    const PulsatileConditions& conditions_;
    const PulsatileOptions& options_;
    PerPoint flow_, leak_, pressure_, flow_before_, inertance_;         // [branch][point]
    std::vector<std::optional<CoronaryOutletState>> outlet_;            // per branch
    std::vector<std::vector<std::optional<CoronaryOutletState>>> bed_;  // of the leak before each point
    std::vector<std::vector<Line>> behind_,
        leak_line_;           // [branch][point]; leak = base + slope * flow before it
    std::vector<Line> into_;  // behind the entry of each branch
    BackwardDifference difference_;
    double time_ = 0, aortic_ = 0, ventricle_ = 0, inflow_ = 0;
    int iterations_ = 0;
};

double largest_change(const std::vector<double>& now, const std::vector<double>& before) {
    double most = 0;
    for (std::size_t k = 0; k < now.size(); ++k) most = std::max(most, std::abs(now[k] - before[k]));
    return most;
}

}  // namespace

PulsatileOutcome solve_pulsatile(const Network& network, const NetworkSolution& steady,
                                 const PulsatileConditions& conditions, const PulsatileOptions& options,
                                 const std::function<void(const NetworkMoment&)>& observe, const Run& run) {
    check(network, conditions, options);
    CTFFR_CHECK(steady.status.converged());
    Beats beats(network, steady, conditions, options);
    PulsatileOutcome outcome;
    std::vector<double> flows, pressures, flows_before, pressures_before;
    double change = 0;
    const auto beat = [&](bool first, bool seen) {
        flows.clear(), pressures.clear();
        for (int n = 1; n <= options.steps; ++n) {
            if (!beats.step(n, first && n == 1)) {
                outcome.status.reason = SolveStatus::Reason::not_finite;
                outcome.status.note = fmt::format("in step {} of beat {}", n, outcome.cycles);
                return false;
            }
            beats.signature(flows, pressures);
            if (seen && observe) observe(beats.moment());
        }
        return true;
    };
    bool agreed = false;
    for (outcome.cycles = 1; outcome.cycles <= options.max_cycles && !agreed; ++outcome.cycles) {
        run.check_cancel();
        std::swap(flows, flows_before), std::swap(pressures, pressures_before);
        if (!beat(outcome.cycles == 1, false)) break;
        run.progress("pulsatile flow", static_cast<double>(outcome.cycles) / options.max_cycles);
        if (outcome.cycles == 1) continue;
        change = std::max(largest_change(flows, flows_before) / beats.inflow(),
                          largest_change(pressures, pressures_before) / network.aortic_pressure);
        agreed = change < options.tolerance;
    }
    --outcome.cycles;
    outcome.status.residual = change;
    if (agreed && beat(false, true)) outcome.status.reason = SolveStatus::Reason::converged;
    outcome.status.iterations = beats.iterations();
    if (!agreed && outcome.status.note.empty())
        outcome.status.note =
            fmt::format("not periodic after {} beats, change {:.1e}", outcome.cycles, change);
    run.info("Pulsatile network: {} after {} beats, change {:.1e}.", reason_name(outcome.status.reason),
             outcome.cycles, outcome.status.residual);
    return outcome;
}

}  // namespace ctffr
