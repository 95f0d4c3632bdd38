// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "ctffr/core/units.hpp"
#include "physiology/flow_states.hpp"
#include "stages/bed_regulation.hpp"
#include "stages/ffr_uncertainty.hpp"

namespace ctffr {

namespace {

// Flow of the healthy tree over what its open outlets would carry under the pressure at the ostia. Leaks are
// taken to have the same. Microvascular disease lowers the conductances and not the flow that is wanted.
double healthy_part(const FlowProblem& problem) {
    double healthy = 0, open = 0;
    const Hyperaemia& h = problem.hyperaemia;
    for (const Outlet& outlet : problem.outlets)
        healthy += outlet.target_flow, open += (h.aortic_pressure - h.venous_pressure) / outlet.resistance;
    return healthy / open;
}

}  // namespace

RestingRatio resting_ratio(const FlowSurrogate& surrogate, const FlowProblem& problem,
                           const FfrReadings& readings) {
    constexpr int rounds = 60;
    constexpr double settled = 1e-6, step = 0.7;
    const SurrogateInput open = surrogate.base_input();
    SurrogateInput in = open;
    in.aortic_pressure += pa_from_mmhg(hyperaemic_fall_mmhg);
    // What each outlet and each wall takes in the healthy tree.
    const double driving = healthy_part(problem) * (open.aortic_pressure - open.venous_pressure);
    std::vector<double> outlet_flow(open.outlet.size(), 0.0);
    for (const Outlet& outlet : problem.outlets)
        outlet_flow[static_cast<std::size_t>(outlet.branch)] = outlet.target_flow;
    const auto& pieces = surrogate.plan().pieces;
    SurrogateState state;
    double change = 1;
    for (int round = 0; round < rounds && change > settled; ++round) {
        state = surrogate.solve(in);
        if (!state.converged) break;
        change = 0;
        const auto regulate = [&](double& conductance, double most, double hyperaemic_flow, double pressure) {
            if (most <= 0) return;
            const double left = pressure - in.venous_pressure;
            const double wanted = regulated_conductance(resting_share * hyperaemic_flow, most, left);
            change = std::max(change, std::abs(wanted - conductance) / most);
            conductance += step * (wanted - conductance);
        };
        for (std::size_t p = 0; p < pieces.size(); ++p) {
            const auto b = static_cast<std::size_t>(pieces[p].branch);
            const double pressure = surrogate.pressure(in, state, b, pieces[p].last);
            regulate(in.leak[p], open.leak[p], driving * open.leak[p], pressure);
            if (p + 1 == pieces.size() || pieces[p + 1].branch != pieces[p].branch)
                regulate(in.outlet[b], open.outlet[b], outlet_flow[b], pressure);
        }
    }
    const bool known = state.converged && change <= settled;
    RestingRatio resting;
    resting.flow_ml_min = resting_share * ml_min_from_m3_s(problem.hyperaemia.total_flow);
    const auto read = [&](const FfrReadPoint& where) {
        if (!known) return no_number;
        const auto at = [&](const VesselPoint& p) {
            return surrogate.pressure(in, state, static_cast<std::size_t>(p.branch),
                                      static_cast<std::size_t>(p.point)) /
                   in.aortic_pressure;
        };
        return at(where.before) + where.t * (at(where.after) - at(where.before));
    };
    for (const FfrReadPoint& where : readings.lesions) resting.lesions.push_back(read(where));
    for (const FfrReadPoint& where : readings.vessels) resting.vessels.push_back(read(where));
    return resting;
}

}  // namespace ctffr
