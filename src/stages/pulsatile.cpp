// SPDX-License-Identifier: Apache-2.0
#include "ctffr/stages/pulsatile.hpp"

#include <cstddef>
#include <utility>

#include "ctffr/core/error.hpp"
#include "stages/beat_model.hpp"

namespace ctffr {

PulsatileFlow run_pulsatile(const CoronaryTree& tree, const LumenSurface& lumen, const FlowProblem& problem,
                            const FlowSolution& solution,
                            const std::vector<std::vector<double>>& reference_radius_mm,
                            const BeatOptions& options, const Run& run) {
    run.progress("pulsatile flow", 0);
    CTFFR_CHECK(solution.status.converged());
    BeatModel model(tree, lumen, problem, solution, reference_radius_mm, options.resistance_index, run);
    PulsatileFlow& beat = model.beat;
    beat.model = "network";
    BeatReadout readout(model.cycle, beat_places(tree, model.lines, problem, reference_radius_mm), solution);
    std::vector<std::vector<double>> sum;
    for (const auto& branch : solution.pressure) sum.emplace_back(branch.size(), 0.0);
    std::vector<std::vector<double>> wave_free = sum;
    // Only a beat that agrees with the one before is ever observed; one that then breaks off leaves nothing.
    const PulsatileFlow bare = beat;
    const PulsatileOutcome outcome = model.solve(
        options,
        [&](const NetworkMoment& m) {
            BeatMoment moment;
            moment.time = m.time, moment.inflow = m.inflow, moment.outflow = m.leak_flow;
            for (double q : m.outlet_flow) moment.outflow += q;
            for (const BeatPlace& place : readout.places()) {
                const auto b = static_cast<std::size_t>(place.probe.branch);
                moment.pressure.push_back(m.pressure[b][place.point]);
                moment.flow.push_back(m.flow[b][place.point]);
            }
            readout.add(moment, beat);
            const bool free = readout.wave_free(m.time);
            for (std::size_t b = 0; b < sum.size(); ++b)
                for (std::size_t i = 0; i < sum[b].size(); ++i) {
                    sum[b][i] += m.pressure[b][i];
                    if (free) wave_free[b][i] += m.pressure[b][i];
                }
        },
        run);
    if (!outcome.status.converged()) beat = bare;
    beat.status = outcome.status, beat.cycles = outcome.cycles;
    if (beat.converged()) readout.finish(beat, std::move(sum), std::move(wave_free));
    run.progress("pulsatile flow", 1);
    return std::move(beat);
}

}  // namespace ctffr
