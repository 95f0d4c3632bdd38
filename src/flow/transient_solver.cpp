// SPDX-License-Identifier: Apache-2.0
#include "flow/transient_solver.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

#include <fmt/format.h>

#include "ctffr/core/error.hpp"
#include "flow/anderson.hpp"
#include "flow/time_levels.hpp"
#include "flow/transient_openings.hpp"

namespace ctffr {

namespace {

using kernels::FvPatchKind;

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

void check(const TransientOptions& options) {
    if (!(options.step > 0) || options.steps < 1 || options.max_cycles < 1)
        throw Error(
            ExitCode::usage,
            "Unsteady flow needs a time step above zero and at least one step and cycle; found {} s, {} "
            "steps, {} cycles.",
            options.step, options.steps, options.max_cycles);
}

// Range of pressure and of flow over all steps from `first` and all openings; tight walls have neither.
struct Ranges {
    double pressure = 0, flow = 0;
};
Ranges ranges(const std::vector<TransientStep>& steps, std::size_t first,
              const std::vector<FvPatchKind>& kind) {
    double low = 1e300, high = -1e300;
    Ranges r;
    for (std::size_t n = first; n < steps.size(); ++n)
        for (std::size_t q = 0; q < kind.size(); ++q) {
            if (kind[q] == FvPatchKind::wall) continue;
            const OpeningState& o = steps[n].openings[q];
            low = std::min(low, o.pressure), high = std::max(high, o.pressure);
            r.flow = std::max(r.flow, std::abs(o.outflow));
        }
    r.pressure = high > low ? high - low : 0;
    return r;
}

// One run through time on one device.
template <class Exec>
class TimeMarch {
   public:
    TimeMarch(const Exec& exec, const FlowMesh& mesh, const std::vector<TransientCondition>& conditions,
              const Fluid& fluid, const TransientOptions& options, const Run& run)
        : fluid_(fluid),
          options_(options),
          run_(run),
          exec_(exec),
          openings_(mesh, conditions),
          system_(exec, mesh, openings_.fixed_parts(), fluid, outer_options(options)),
          levels_(exec, system_),
          change_(exec, 4 * system_.rows()),
          mixing_(exec, system_.rows(), system_.mesh().view().volume, options.mixing_depth) {
        system_.set_body_force(options.body_force);
    }

    TransientResult go(const std::vector<double>& start) {
        TransientResult result;
        begin(start);
        const auto steps = static_cast<std::size_t>(options_.steps);
        for (result.cycles = 1; result.cycles <= options_.max_cycles; ++result.cycles) {
            for (std::size_t n = 0; n < steps; ++n)
                if (!step(result)) return result;
            if (options_.max_cycles == 1) return finish(result);
            if (result.cycles == 1) continue;
            result.cycle_change = cycle_change(result.steps);
            if (result.cycle_change < options_.cycle_tolerance) return finish(result);
        }
        --result.cycles;
        result.status.reason = SolveStatus::Reason::max_iterations;
        result.status.note =
            fmt::format("not periodic after {} cycles, change {:.2e}", result.cycles, result.cycle_change);
        return result;
    }

   private:
    static OuterOptions outer_options(const TransientOptions& options) {
        OuterOptions outer = options.outer;
        outer.pressure_tolerance = options.pressure_tolerance;
        return outer;
    }

    void begin(const std::vector<double>& start) {
        openings_.prescribe(system_, options_.start_time, BackwardDifference::of(options_.step, 0));
        at_rest_ = start.empty();
        if (at_rest_) return;
        if (start.size() != at(4 * system_.cells()) ||
            !std::all_of(start.begin(), start.end(), [](double v) { return std::isfinite(v); }))
            throw Error(ExitCode::usage,
                        "The start of an unsteady flow needs {} finite values, four a cell; found {}.",
                        4 * system_.cells(), start.size());
        // Patches whose pressure is free to move begin at that of their cells: a jump would drive a huge
        // flow.
        const FvTables& t = system_.tables();
        std::vector<double> patch_pressures;
        for (std::int32_t patch : t.pressure_patch) {
            const Index first = t.patch_first[at(patch)], last = t.patch_first[at(patch) + 1];
            double sum = 0;
            for (Index b = first; b < last; ++b) sum += start[at(4 * t.boundary[at(b)].cell + 3)];
            patch_pressures.push_back(sum / static_cast<double>(last - first));
        }
        system_.set_state(start, patch_pressures);
        system_.fix_pressures();
        system_.rescale(options_.time_scale_factor, 0);
        // The fluxes of the start; those of the first evaluation knew no convection.
        system_.evaluate(change_);
        system_.evaluate(change_);
        levels_.start(system_);
    }

    // The scales follow the flow: at the first steps, then every eighth.
    bool rescale_due(std::size_t taken) const { return taken < 3 || taken % 8 == 0; }

    bool step(TransientResult& result) {
        const std::size_t taken = result.steps.size();
        const double time = options_.start_time + options_.step * static_cast<double>(taken + 1);
        const auto difference = BackwardDifference::of(options_.step, taken > 0 ? options_.step : 0);
        openings_.prescribe(system_, time, difference);
        levels_.begin(system_, difference, 1);
        if (taken == 0 && at_rest_) system_.start_from_rest();
        system_.fix_pressures();
        if (rescale_due(taken)) system_.rescale(options_.time_scale_factor, 0);
        mixing_.restart();
        TransientStep now;
        now.time = time;
        double change = 0;
        for (now.iterations = 1; now.iterations <= options_.max_iterations; ++now.iterations) {
            const OuterReport report = system_.evaluate(change_);
            ++result.status.iterations;
            change = relative_change();
            if (!report.finite || !std::isfinite(change)) {
                result.status.reason = SolveStatus::Reason::not_finite;
                return fail(result, time);
            }
            if (change < options_.tolerance) break;
            if (options_.forget_after > 0 && now.iterations % options_.forget_after == 0) mixing_.restart();
            mixing_.advance(std::as_const(change_).view(), system_.state().view());
        }
        result.status.residual = std::max(result.status.residual, change);
        if (now.iterations > options_.max_iterations) {
            result.status.reason = SolveStatus::Reason::max_iterations;
            return fail(result, time);
        }
        const bool finite = system_.settle().finite;
        levels_.accept(system_);
        now.openings = system_.openings();
        const std::vector<double> boundary_outflow =
            openings_.leaks() || options_.observe_walls ? system_.boundary_outflow() : std::vector<double>{};
        openings_.accept(difference, time, now.openings, boundary_outflow);
        now.capacitor_pressures = openings_.capacitor_pressures();
        double net = 0, inflow = 0;
        for (const OpeningState& o : now.openings) net += o.outflow, inflow += std::max(0.0, -o.outflow);
        if (!finite || !std::isfinite(net)) {
            result.status.reason = SolveStatus::Reason::not_finite;
            return fail(result, time);
        }
        inflow_ = std::max(inflow_, inflow);
        if (inflow_ > 0)
            result.status.mass_imbalance = std::max(result.status.mass_imbalance, std::abs(net) / inflow_);
        result.steps.push_back(std::move(now));
        if (options_.observe)
            options_.observe(
                {time, static_cast<int>(taken) % options_.steps, cell_state(), result.steps.back().openings,
                 options_.observe_walls ? system_.wall_shear() : std::vector<float>{}, boundary_outflow});
        const double all = static_cast<double>(options_.steps) * options_.max_cycles;
        run_.progress("3-D unsteady flow", static_cast<double>(result.steps.size()) / all);
        return true;
    }

    static bool fail(TransientResult& result, double time) {
        result.status.note = fmt::format("in the step to {} s", time);
        return false;
    }

    // Change of velocity and pressure by the outer iteration, root mean square over the largest of the run.
    double relative_change() {
        const kernels::FvMeshView mesh = system_.mesh().view();
        const auto now =
            kernels::fv_flow_sums<Exec, double>(exec_, mesh, std::as_const(system_.state()).view());
        const auto change = kernels::fv_flow_sums<Exec, float>(exec_, mesh, std::as_const(change_).view());
        const auto spread = [](const kernels::FlowSums& s) {
            return s.pressure2 - s.pressure * s.pressure / s.volume;
        };
        speed2_ = std::max(speed2_, now.speed2);
        // Where the pressure hardly differs, the velocity head is its scale.
        const double head = fluid_.density * speed2_ / now.volume;
        pressure2_ = std::max({pressure2_, spread(now), head * head * now.volume});
        if (!(speed2_ > 0)) return 0;
        // Where no opening fixes the level of the pressure, it does not matter.
        const bool level = !system_.tables().pressure_patch.empty();
        return std::sqrt(
            std::max(change.speed2 / speed2_, (level ? change.pressure2 : spread(change)) / pressure2_));
    }

    double cycle_change(const std::vector<TransientStep>& steps) const {
        const auto n = static_cast<std::size_t>(options_.steps);
        const std::size_t first = steps.size() - n;
        const Ranges scale = ranges(steps, first, system_.tables().patch_kind);
        double worst = 0;
        for (std::size_t k = first; k < steps.size(); ++k)
            for (std::size_t q = 0; q < steps[k].openings.size(); ++q) {
                const OpeningState &a = steps[k].openings[q], &b = steps[k - n].openings[q];
                if (scale.pressure > 0)
                    worst = std::max(worst, std::abs(a.pressure - b.pressure) / scale.pressure);
                if (scale.flow > 0) worst = std::max(worst, std::abs(a.outflow - b.outflow) / scale.flow);
            }
        return worst;
    }

    std::vector<double> cell_state() {
        std::vector<double> state = system_.state().to_host();
        state.resize(at(4 * system_.cells()));
        return state;
    }

    TransientResult finish(TransientResult& result) {
        result.state = cell_state();
        result.wall_shear = system_.wall_shear();
        result.cell_imbalance = inflow_ > 0 ? system_.worst_cell_imbalance() / inflow_ : 0;
        result.status.reason = SolveStatus::Reason::converged;
        return std::move(result);
    }

    Fluid fluid_;
    const TransientOptions& options_;
    const Run& run_;
    Exec exec_;
    TransientOpenings openings_;
    FlowSystem<Exec> system_;
    TimeLevels<Exec> levels_;
    Array<float, Exec> change_;
    Anderson<Exec> mixing_;
    bool at_rest_ = true;
    double speed2_ = 0, pressure2_ = 0, inflow_ = 0;  // largest of the run
};

}  // namespace

TransientResult solve_transient(const FlowMesh& mesh, const std::vector<TransientCondition>& conditions,
                                const Fluid& fluid, const TransientOptions& options,
                                const std::vector<double>& start, const Run& run) {
    check(options);
    return on_device(run, [&](const auto& exec) {
        using Exec = std::decay_t<decltype(exec)>;
        TimeMarch<Exec> march(exec, mesh, conditions, fluid, options, run);
        return march.go(start);
    });
}

}  // namespace ctffr
