// SPDX-License-Identifier: Apache-2.0
#include "stages/ffr_uncertainty.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>

#include "ctffr/core/units.hpp"
#include "ctffr/parallel/parallel.hpp"
#include "flow/network_solve.hpp"

namespace ctffr {

namespace {

using PerPoint = std::vector<std::vector<double>>;

// One independent cause of error; `change(network, +1)` and `(network, -1)` move it by one standard
// deviation.
using Cause = std::function<void(Network&, double sign)>;

// Radius error where the lumen does not bring its own: 0.11 mm of diameter or 7 %, whichever is larger.
double radius_sd_mm(double radius_mm, double known_sd_mm) {
    return known_sd_mm >= 0 ? known_sd_mm : std::max(0.055, 0.07 * radius_mm);
}

// Every lesion, and the rest of every branch, has one radius error from end to end: neighbouring sections
// share image and blur, distant ones do not.
std::vector<Cause> radius_causes(const SectionMeasures& sections, const std::vector<VesselLine>& lines,
                                 const std::vector<PlacedLesion>& lesions) {
    std::vector<PerPoint> change;  // mm, one per cause
    PerPoint zero;
    for (const auto& radius : sections.radius_mm) zero.emplace_back(radius.size(), 0.0);
    PerPoint rest = zero;
    for (std::size_t b = 0; b < rest.size(); ++b)
        for (std::size_t i = 0; i < rest[b].size(); ++i)
            rest[b][i] = radius_sd_mm(sections.radius_mm[b][i], sections.sd_mm[b][i]);
    for (const PlacedLesion& lesion : lesions) {
        PerPoint here = zero;
        for (const VesselPoint& p : lines[static_cast<std::size_t>(lesion.line)].points)
            if (p.arc_mm >= lesion.start_arc_mm && p.arc_mm <= lesion.end_arc_mm)
                std::swap(here[static_cast<std::size_t>(p.branch)][static_cast<std::size_t>(p.point)],
                          rest[static_cast<std::size_t>(p.branch)][static_cast<std::size_t>(p.point)]);
        change.push_back(std::move(here));
    }
    for (std::size_t b = 0; b < rest.size(); ++b) {
        PerPoint here = zero;
        here[b] = rest[b];
        change.push_back(std::move(here));
    }
    std::vector<Cause> causes;
    for (PerPoint& by : change)
        causes.push_back([by = std::move(by)](Network& network, double sign) {
            for (std::size_t b = 0; b < by.size(); ++b)
                for (std::size_t i = 0; i < by[b].size(); ++i) {
                    double& radius = network.branches[b].radius[i];
                    radius = std::max(radius + sign * by[b][i] * m_per_mm, 0.1 * radius);
                }
        });
    return causes;
}

// All microvascular conductances by a factor.
void scale_conductance(Network& network, double factor) {
    for (NetworkBranch& branch : network.branches) {
        branch.outlet_resistance /= factor;
        for (double& g : branch.leak) g *= factor;
    }
}

std::vector<Cause> patient_causes(const InputSpread& spread) {
    return {
        [spread](Network& network, double sign) { scale_conductance(network, std::exp(sign * spread.flow)); },
        [spread](Network& network, double sign) {
            // At another pressure the flow of the healthy tree is still the wanted one, so the resistances
            // follow.
            const double before = network.aortic_pressure - network.venous_pressure;
            network.aortic_pressure *= 1 + sign * spread.pressure;
            scale_conductance(network, before / (network.aortic_pressure - network.venous_pressure));
        },
        [spread](Network& network, double sign) { network.viscosity *= 1 + sign * spread.viscosity; },
    };
}

}  // namespace

InputSpread input_spread(const Hyperaemia& hyperaemia) {
    const auto defaulted = [&](const char* key) {
        const auto found = hyperaemia.patient.find(key);
        return found == hyperaemia.patient.end() || found->second.origin == Origin::defaulted;
    };
    InputSpread spread;
    if (defaulted("total_flow_ml_min")) spread.flow = 0.28;         // plus 18 % of LV mass
    if (defaulted("aortic_pressure_mmhg")) spread.pressure = 0.16;  // 15 mmHg between patients
    if (defaulted("viscosity_mpa_s")) spread.viscosity = 0.10;      // hematocrit +- 0.045
    return spread;
}

std::vector<std::vector<double>> ffr_deviation(Network base, const SectionMeasures& sections,
                                               const FlowProblem& problem,
                                               const std::vector<VesselLine>& lines,
                                               const std::vector<PlacedLesion>& lesions, const Run& run) {
    PerPoint deviation;
    for (const auto& radius : sections.radius_mm) deviation.emplace_back(radius.size(), -1.0);
    // Longer steps: they move pressure drops by less than 1 % of themselves, and this marches the tree a
    // hundred times.
    base.max_step *= 2, base.max_radius_change *= 2;
    const NetworkResponse response(base, run);
    if (!response.valid()) return deviation;
    std::vector<Cause> causes = radius_causes(sections, lines, lesions);
    for (Cause& cause : patient_causes(input_spread(problem.hyperaemia))) causes.push_back(std::move(cause));

    // Half the difference between the answers to one standard deviation up and down, per cause; where only
    // one of the two has an answer (a throat closed too far), its difference from the base.
    const auto ffr_of = [](const Network& network, const NetworkState& state) {
        PerPoint ffr = state.pressure;
        for (auto& branch : ffr)
            for (double& p : branch) p /= network.aortic_pressure;
        return ffr;
    };
    const PerPoint base_ffr = ffr_of(base, response.base_state());
    std::vector<PerPoint> effect(causes.size());
    parallel_for_uneven(Cpu{run.profiler}, "flow/uncertainty", static_cast<Index>(causes.size()), 1,
                        [&](Index c) {
                            PerPoint side[2];
                            int answers = 0;
                            for (int k = 0; k < 2; ++k) {
                                Network changed = base;
                                causes[static_cast<std::size_t>(c)](changed, k == 0 ? 1 : -1);
                                const std::optional<NetworkState> state = response.to(changed, run);
                                side[k] = state ? ffr_of(changed, *state) : base_ffr;
                                answers += state ? 1 : 0;
                            }
                            if (answers == 0) return;
                            for (std::size_t b = 0; b < base_ffr.size(); ++b)
                                for (std::size_t i = 0; i < base_ffr[b].size(); ++i)
                                    side[0][b][i] = (side[0][b][i] - side[1][b][i]) / answers;
                            effect[static_cast<std::size_t>(c)] = std::move(side[0]);
                        });
    run.check_cancel();
    // One cause without an answer leaves the deviation unknown rather than too small.
    for (const PerPoint& e : effect)
        if (e.empty()) return deviation;
    for (std::size_t b = 0; b < deviation.size(); ++b)
        for (std::size_t i = 0; i < deviation[b].size(); ++i) {
            double variance = 0;
            for (const PerPoint& e : effect) variance += e[b][i] * e[b][i];
            deviation[b][i] = std::sqrt(variance);
        }
    return deviation;
}

void add_solution_error(const FlowSolution& solution, double aortic_pressure, PerPoint& deviation) {
    for (std::size_t b = 0; b < deviation.size(); ++b)
        for (std::size_t i = 0; i < deviation[b].size(); ++i) {
            double& sd = deviation[b][i];
            if (sd < 0) continue;
            const double mesh = solution.mesh_error.empty() ? 0.0 : solution.mesh_error[b][i];
            sd = std::hypot(sd, mesh / aortic_pressure, solution.unsteadiness / aortic_pressure);
        }
}

}  // namespace ctffr
