// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "ctffr/core/units.hpp"
#include "stages/ffr_uncertainty.hpp"

namespace ctffr {

namespace {

// Resting over hyperaemic flow of a healthy tree (5 against 16 mL/min/g^0.75), and the fall of the mean
// aortic pressure under adenosine (docs/theory/hyperaemia.md).
constexpr double resting_share = 5.0 / 16;
constexpr double hyperaemic_fall_mmhg = 6;

}  // namespace

RestingRatio resting_ratio(const FlowSurrogate& surrogate, const Hyperaemia& hyperaemia,
                           const FfrReadings& readings) {
    constexpr int rounds = 60;
    constexpr double settled = 1e-6, step = 0.7;
    const SurrogateInput open = surrogate.base_input();
    SurrogateInput in = open;
    in.aortic_pressure += pa_from_mmhg(hyperaemic_fall_mmhg);
    // What each outlet and each wall takes in the healthy tree: its hyperaemic conductance under the pressure
    // that drives it there, which is nearly the aortic one.
    const double driving = open.aortic_pressure - open.venous_pressure;
    const auto& pieces = surrogate.plan().pieces;
    SurrogateState state;
    double change = 1;
    for (int round = 0; round < rounds && change > settled; ++round) {
        state = surrogate.solve(in);
        if (!state.converged) break;
        change = 0;
        const auto regulate = [&](double& conductance, double most, double pressure) {
            if (most <= 0) return;
            const double left = pressure - in.venous_pressure;
            const double wanted = left > 0 ? std::min(most, resting_share * most * driving / left) : most;
            change = std::max(change, std::abs(wanted - conductance) / most);
            conductance += step * (wanted - conductance);
        };
        for (std::size_t p = 0; p < pieces.size(); ++p) {
            const auto b = static_cast<std::size_t>(pieces[p].branch);
            const double pressure = surrogate.pressure(in, state, b, pieces[p].last);
            regulate(in.leak[p], open.leak[p], pressure);
            if (p + 1 == pieces.size() || pieces[p + 1].branch != pieces[p].branch)
                regulate(in.outlet[b], open.outlet[b], pressure);
        }
    }
    const bool known = state.converged && change <= settled;
    RestingRatio resting;
    resting.flow_ml_min = resting_share * ml_min_from_m3_s(hyperaemia.total_flow);
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
