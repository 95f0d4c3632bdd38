// SPDX-License-Identifier: Apache-2.0
// The coronary network over heart beats: quasi-steady losses with the inertia of the blood in every stretch,
// and a five-element bed behind every outlet and leak (docs/theory/pulsatile-flow.md).
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "ctffr/core/run.hpp"
#include "ctffr/data/flow.hpp"
#include "flow/coronary_outlet.hpp"
#include "flow/network_solve.hpp"

namespace ctffr {

// A bed of any size: parts of its resistance, and its capacitances times its resistance, so that the beds of
// one patient that carry more flow hold more blood.
struct CoronaryBed {
    double artery = 0, micro = 0.8, vein = 0.2;  // add up to 1
    double artery_time = 0, muscle_time = 0;     // s
    double muscle_share = 1;                     // intramyocardial over left ventricular pressure

    CoronaryOutlet of_resistance(double resistance, double venous_pressure) const {
        return {artery * resistance,      micro * resistance,       vein * resistance,
                artery_time / resistance, muscle_time / resistance, venous_pressure};
    }
};

// Over one period; functions of the time in s.
struct PulsatileConditions {
    double period = 0;                                 // s, > 0
    std::function<double(double)> aortic_pressure;     // Pa
    std::function<double(double)> ventricle_pressure;  // Pa, of the left ventricle
    std::vector<CoronaryBed> bed;                      // per branch, of its outlet and its leaks
};

struct PulsatileOptions {
    int steps = 400;  // of one beat
    // Beats are repeated until no flow changes by more than `tolerance` of the inflow, and no pressure by
    // more than that of the aortic pressure, from one to the next.
    int max_cycles = 50;
    double tolerance = 1e-6;
};

// Pressure and flow at every point at one time.
struct NetworkMoment {
    double time = 0;                                  // s, within the period: (0, period]
    std::vector<std::vector<double>> pressure, flow;  // [branch][point], Pa, m3/s
    std::vector<double> outlet_flow;                  // per branch, m3/s; 0 for branches with children
    std::vector<CoronaryOutletState> outlet;          // of branches without children, in order
    // Of the leak before each point, [branch][point]; valid during the call.
    const std::vector<std::vector<std::optional<CoronaryOutletState>>>* leak_bed = nullptr;
    double inflow = 0, leak_flow = 0;  // m3/s, of all roots; of all leaks
};

struct PulsatileOutcome {
    // iterations: Newton steps of all time steps; residual: the last change from beat to beat.
    SolveStatus status;
    int cycles = 0;  // until the beats agreed
};

// Starts from `steady`, the solution under the mean pressures. Once the beats agree, one more is walked
// through and `observe` gets each of its moments; never before. Throws Error(usage) for conditions that make
// no sense; a flow that does not become periodic is a status.
PulsatileOutcome solve_pulsatile(const Network& network, const NetworkSolution& steady,
                                 const PulsatileConditions& conditions, const PulsatileOptions& options,
                                 const std::function<void(const NetworkMoment&)>& observe, const Run& run);

}  // namespace ctffr
