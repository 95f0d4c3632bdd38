// SPDX-License-Identifier: Apache-2.0
#include "flow/steady_solver.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>

#include <fmt/format.h>

#include "ctffr/core/error.hpp"
#include "ctffr/core/units.hpp"
#include "flow/anderson.hpp"
#include "flow/mean_flow.hpp"

namespace ctffr {

namespace {

using kernels::FvPatchKind;

// Iterations after which the local time scales are taken anew from the flow found so far.
constexpr int rescale_at[] = {0, 1, 3, 6, 10, 15, 22, 30, 40};

// Largest change of the openings over a window, relative to the pressure scale and to the largest flow.
double largest_change(const std::vector<std::vector<OpeningState>>& history, std::size_t newer,
                      std::size_t older, double pressure_scale) {
    double change = 0, flow_scale = 0;
    for (const OpeningState& o : history[newer]) flow_scale = std::max(flow_scale, std::abs(o.outflow));
    for (std::size_t q = 0; q < history[newer].size(); ++q) {
        change = std::max(change,
                          std::abs(history[newer][q].pressure - history[older][q].pressure) / pressure_scale);
        if (flow_scale > 0)
            change = std::max(change,
                              std::abs(history[newer][q].outflow - history[older][q].outflow) / flow_scale);
    }
    return change;
}

double pressure_range(const std::vector<OpeningState>& openings, const FvTables& tables) {
    double low = 1e300, high = -1e300;
    for (std::size_t q = 0; q < openings.size(); ++q) {
        if (tables.patch_kind[q] != FvPatchKind::velocity && tables.patch_kind[q] != FvPatchKind::pressure)
            continue;
        low = std::min(low, openings[q].pressure), high = std::max(high, openings[q].pressure);
    }
    return high > low ? high - low : 0;
}

// One march to the steady state on one device.
template <class Exec>
class March {
   public:
    March(const Exec& exec, const FlowMesh& mesh, const std::vector<FlowCondition>& conditions,
          const Fluid& fluid, const SteadyOptions& options, const Run& run)
        : exec_(exec),
          fluid_(fluid),
          options_(options),
          run_(run),
          system_(exec, mesh, conditions, fluid, outer_options(options)),
          change_(exec, 4 * system_.rows()),
          mixing_(exec, system_.rows(), system_.mesh().view().volume, options.mixing_depth),
          mean_(exec, options.mean_block > 0 ? 4 * system_.rows() : 0),
          conditions_(conditions) {
        system_.set_body_force(options.body_force);
    }

    SteadyResult go(const std::vector<double>& start) {
        SteadyResult result;
        start_from(start);
        const double worst_allowed = 1e6;
        double& largest = result.residual_scale = options_.residual_scale;
        for (int iteration = 0; iteration < options_.max_iterations; ++iteration) {
            rescale(iteration);
            const OuterReport report = system_.evaluate(change_);
            if (!(options_.residual_scale > 0)) largest = std::max(largest, report.momentum);
            result.residual_history.push_back(largest > 0 ? report.momentum / largest : 0);
            result.opening_history.push_back(system_.openings());
            result.status.iterations = iteration + 1;
            result.status.residual = result.residual_history.back();
            run_.debug("3-D flow: iteration {}, residual {:.2e}, mass {:.2e} m3/s, {} pressure iterations.",
                       iteration + 1, result.status.residual, report.mass, report.pressure_iterations);
            if (!report.finite || !(report.momentum < worst_allowed)) {
                result.status.reason = SolveStatus::Reason::not_finite;
                return result;
            }
            if (hardly_moves(result.residual_history)) mixing_.restart();
            mixing_.advance(std::as_const(change_).view(), system_.state().view());
            run_.progress("3-D flow", progress_of(result));
            if (stands_still(result) || mean_stands_still(result)) {
                finish(result);
                return result;
            }
        }
        result.status.reason = SolveStatus::Reason::max_iterations;
        return result;
    }

   private:
    static OuterOptions outer_options(const SteadyOptions& options) {
        OuterOptions outer = options.outer;
        outer.pressure_tolerance = options.pressure_tolerance;
        return outer;
    }

    void start_from(const std::vector<double>& start) {
        if (start.empty()) {
            system_.start_from_rest();
            return;
        }
        // Patches whose pressure is free to move begin at that of their cells: a jump would drive a huge
        // flow.
        const FvTables& t = system_.tables();
        std::vector<double> patch_pressures;
        for (std::int32_t patch : t.pressure_patch) {
            const auto q = static_cast<std::size_t>(patch);
            double sum = 0, faces = 0;
            for (Index b = t.patch_first[q]; b < t.patch_first[q + 1]; ++b)
                sum += start[static_cast<std::size_t>(4 * t.boundary[static_cast<std::size_t>(b)].cell + 3)],
                    ++faces;
            const bool moves = conditions_[q].resistance > 0 || conditions_[q].loss > 0;
            patch_pressures.push_back(moves ? sum / faces : conditions_[q].base_pressure);
        }
        system_.set_state(start, patch_pressures);
    }

    void rescale(int iteration) {
        const bool due =
            std::find(std::begin(rescale_at), std::end(rescale_at), iteration) != std::end(rescale_at);
        // Small changes are not worth a new matrix and a new memory.
        if (due && system_.rescale(options_.time_scale_factor, 0.1)) mixing_.restart();
    }

    // Bounded convection has kinks; a memory from before a kink misleads the mixing behind it.
    bool hardly_moves(const std::vector<double>& residual) const {
        constexpr std::size_t block = 30;
        constexpr double drop = 0.1;
        const std::size_t n = residual.size() - 1;
        return n > 0 && n % block == 0 && residual[n] > drop * residual[n - block];
    }

    double scale_of(const std::vector<OpeningState>& openings) const {
        return options_.pressure_scale > 0 ? options_.pressure_scale
                                           : pressure_range(openings, system_.tables());
    }

    bool stands_still(SteadyResult& result) const {
        const std::size_t n = result.opening_history.size();
        const auto window = static_cast<std::size_t>(options_.window);
        if (n < static_cast<std::size_t>(options_.min_iterations) || n < 2 * window + 1) return false;
        const double scale = scale_of(result.opening_history.back());
        if (!(scale > 0)) return result.residual_history.back() < options_.residual_drop;  // nothing opens
        double worst = 0;
        for (std::size_t k = 0; k < window; ++k)
            worst = std::max(worst, largest_change(result.opening_history, n - 1, n - 2 - k, scale));
        const double before =
            largest_change(result.opening_history, n - 1 - window, n - 1 - 2 * window, scale);
        // The tail of a geometric decay: what one window changed, times ratio / (1 - ratio).
        const double ratio = before > 0 ? std::clamp(worst / before, 0.0, 0.98) : 0.0;
        result.remaining_error = worst * ratio / (1 - ratio);
        return worst < options_.tolerance && result.remaining_error < options_.tolerance &&
               result.residual_history.back() < options_.residual_drop;
    }

    // After a whole block: is its mean the solution? Then it becomes the state.
    bool mean_stands_still(SteadyResult& result) {
        const std::size_t n = result.opening_history.size();
        if (options_.mean_block <= 0 || n <= static_cast<std::size_t>(options_.min_iterations)) return false;
        mean_.add(std::as_const(system_.state()).view());
        if (mean_.count() < options_.mean_block) return false;
        const auto block = static_cast<std::size_t>(options_.mean_block);
        const double scale = scale_of(result.opening_history.back());
        if (scale > 0) blocks_.push_back(block_of(result.opening_history, n - block, block, scale));
        if (blocks_.size() >= 3) {
            const BlockOfOpenings* last = &blocks_.back();
            const double open = remaining_change(last[-2], last[-1], last[0]);
            const double deviation = *std::max_element(last->deviation.begin(), last->deviation.end());
            if (open < options_.mean_tolerance && deviation < options_.most_unsteady) {
                mean_.take(system_.state().view());
                result.remaining_error = open;
                result.unsteadiness = deviation;
                return true;
            }
        }
        mean_.clear();
        return false;
    }

    double progress_of(const SteadyResult& result) const {
        const double drop = std::log10(std::max(result.residual_history.back(), 1e-8));
        return std::clamp(drop / std::log10(options_.residual_drop * 1e-1), 0.02, 0.98);
    }

    void finish(SteadyResult& result) {
        const OuterReport last = system_.settle();
        result.openings = system_.openings();
        double inflow = 0, net = 0;
        for (const OpeningState& o : result.openings) net += o.outflow, inflow += std::max(0.0, -o.outflow);
        result.cell_imbalance = inflow > 0 ? system_.worst_cell_imbalance() / inflow : 0;
        result.status.mass_imbalance = inflow > 0 ? std::abs(net) / inflow : std::abs(net);
        result.state = system_.state().to_host();
        result.wall_shear = system_.wall_shear();
        if (options_.keep_gradient) result.gradient = system_.gradients();
        result.state.resize(static_cast<std::size_t>(4 * system_.cells()));
        const bool finite = last.finite && std::all_of(result.state.begin(), result.state.end(),
                                                       [](double v) { return std::isfinite(v); });
        result.status.reason = finite ? SolveStatus::Reason::converged : SolveStatus::Reason::not_finite;
    }

    Exec exec_;
    Fluid fluid_;
    SteadyOptions options_;
    const Run& run_;
    FlowSystem<Exec> system_;
    Array<float, Exec> change_;
    Anderson<Exec> mixing_;
    MeanState<Exec> mean_;
    std::vector<BlockOfOpenings> blocks_;
    std::vector<FlowCondition> conditions_;
};

}  // namespace

SteadyResult solve_steady(const FlowMesh& mesh, const std::vector<FlowCondition>& conditions,
                          const Fluid& fluid, const SteadyOptions& options, const std::vector<double>& start,
                          const Run& run) {
    return on_device(run, [&](const auto& exec) {
        using Exec = std::decay_t<decltype(exec)>;
        const auto attempt = [&](const SteadyOptions& with, const std::vector<double>& from) {
            return March<Exec>(exec, mesh, conditions, fluid, with, run).go(from);
        };
        SteadyResult direct;
        if (!options.from_first_order) {
            direct = attempt(options, start);
            if (direct.status.converged()) return direct;
            run.info("3-D flow: {} after {} iterations; going on with first-order convection.",
                     reason_name(direct.status.reason), direct.status.iterations);
        }
        // First-order convection comes to rest where little else does, and its solution is near enough for
        // stronger convection to find its own from there.
        SteadyOptions with = options;
        with.outer.extrapolation_bound = 0;
        SteadyResult best = attempt(with, start);
        best.convection = Convection::first_order;
        int all = direct.status.iterations + best.status.iterations;
        std::string of = convection_name(best.convection);
        if (!best.status.converged() && options.from_first_order)
            return attempt(options, start);  // then the direct way after all
        with.residual_scale = std::max(options.residual_scale, best.residual_scale);
        std::vector<double> bounds = options.damped_bounds;
        bounds.push_back(options.outer.extrapolation_bound);
        for (std::size_t i = 0; best.status.converged() && i < bounds.size();) {
            const bool full = i + 1 == bounds.size();
            with.outer.extrapolation_bound = bounds[i];
            SteadyResult stronger = attempt(with, best.state);
            stronger.convection = full ? Convection::second_order : Convection::damped;
            std::string name = convection_name(stronger.convection);
            if (!full) name += fmt::format(" (bound {})", bounds[i]);
            run.info("3-D flow: {} convection, {} after {} iterations from the solution of {}.", name,
                     reason_name(stronger.status.reason), stronger.status.iterations, of);
            all += stronger.status.iterations;
            if (stronger.status.converged()) {
                best = std::move(stronger);
                of = std::move(name);
                ++i;
            } else if (full && !options.weaker_last) {
                return stronger;
            } else {
                // A step between may fail where the last does not: what extrapolates less is not always
                // calmer.
                i = full ? bounds.size() : bounds.size() - 1;
            }
        }
        best.status.note =
            fmt::format("{} convection, after {} other iterations", of, all - best.status.iterations);
        return best;
    });
}

}  // namespace ctffr
