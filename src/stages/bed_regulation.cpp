// SPDX-License-Identifier: Apache-2.0
#include "stages/bed_regulation.hpp"

#include <algorithm>
#include <cmath>

#include "ctffr/core/error.hpp"
#include "flow/network_solve.hpp"
#include "stages/reduced_network.hpp"

namespace ctffr {

double regulated_conductance(double demand, double open, double driving) {
    if (!(open > 0)) return 0;
    return driving > 0 ? std::min(open, demand / driving) : open;
}

// Conductances only rise from round to round (a bed that opens lowers the pressure of the others), and they
// are bounded: the rounds end.
void regulate_beds(const CoronaryTree& tree, const SectionMeasures& sections, FlowProblem& problem,
                   const Run& run) {
    constexpr int most_rounds = 100, newton_steps = 60;
    constexpr double settled = 1e-6, residual = 1e-9;
    const double venous = problem.hyperaemia.venous_pressure;
    for (int round = 0; round < most_rounds; ++round) {
        const NetworkSolution solved =
            solve_network(reduced_network(tree, sections, problem), newton_steps, residual, run);
        if (!solved.status.converged()) break;
        double change = 0;
        for (std::size_t o = 0; o < problem.outlets.size(); ++o) {
            Outlet& outlet = problem.outlets[o];
            const double pressure = solved.state.pressure[static_cast<std::size_t>(outlet.branch)].back();
            const double wanted =
                regulated_conductance(outlet.target_flow, problem.reserve.outlet_open[o], pressure - venous);
            change = std::max(change, std::abs(wanted * outlet.resistance - 1));
            outlet.resistance = 1 / wanted;
        }
        for (std::size_t b = 0; b < problem.leak.size(); ++b)
            for (std::size_t i = 0; i < problem.leak[b].size(); ++i) {
                const double open = problem.reserve.leak_open[b][i];
                if (open <= 0) continue;
                const double wanted = regulated_conductance(problem.reserve.leak_demand[b][i], open,
                                                            solved.state.leak_pressure[b][i] - venous);
                change = std::max(change, std::abs(wanted - problem.leak[b][i]) / open);
                problem.leak[b][i] = wanted;
            }
        if (change <= settled) return;
    }
    throw Error(
        ExitCode::not_converged,
        "The flow in the state '{}' did not settle: beds and lesions of this tree find no balance; use "
        "--state hyperaemia.",
        flow_state_name(problem.hyperaemia.state));
}

}  // namespace ctffr
