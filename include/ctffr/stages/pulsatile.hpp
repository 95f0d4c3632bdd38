// SPDX-License-Identifier: Apache-2.0
// Stage: steady solution -> flow and pressure over a heart beat (docs/theory/pulsatile-flow.md).
#pragma once

#include <string>

#include "ctffr/core/run.hpp"
#include "ctffr/data/flow.hpp"
#include "ctffr/data/lumen.hpp"
#include "ctffr/data/pulsatile.hpp"
#include "ctffr/data/tree.hpp"
#include "ctffr/stages/flow.hpp"

namespace ctffr {

struct BeatOptions {
    int steps = 400;          // time steps of a beat
    int max_cycles = 50;      // beats until they must agree
    double tolerance = 1e-6;  // change of flow and pressure from beat to beat, of inflow and aortic pressure
    // Resistance of the bed over that at rest: 0.29 in hyperaemia, 1 at rest.
    double resistance_index = 0.29;
    ReducedOptions network;  // of its steady flow, the start
};

// On the network of the patient, fitted to `solution` where that is a 3-D one. Heart rate and cuff pressure
// come from the patient's facts in `problem`, or are those of the population. `reference_radius_mm`: healthy
// radii, as in FfrMap. A network without a steady solution, and a flow that does not become periodic, are a
// status with a note and without numbers. Throws Error(physiology_out_of_range) for a heart beat that no
// adult has.
PulsatileFlow run_pulsatile(const CoronaryTree& tree, const LumenSurface& lumen, const FlowProblem& problem,
                            const FlowSolution& solution,
                            const std::vector<std::vector<double>>& reference_radius_mm,
                            const BeatOptions& options, const Run& run);

}  // namespace ctffr
