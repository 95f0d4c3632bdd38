// SPDX-License-Identifier: Apache-2.0
// Flow through a network with outlet resistances: Newton on the leaf pressures.
#pragma once

#include <vector>

#include "ctffr/core/run.hpp"
#include "ctffr/data/flow.hpp"
#include "flow/network.hpp"

namespace ctffr {

struct NetworkSolution {
    NetworkState state;
    SolveStatus status;
    std::vector<double> residual_history;
};

// Pressure `aortic_pressure` (or flow `root_flow`) at every root and P = venous + R Q at every leaf. The
// unknowns are the logarithms of the root flows and of the flow shares at each junction: flows stay positive
// and mass is conserved in every iterate, so the residuals are the leaf pressures alone, relative to the
// pressure that drives the flow.
NetworkSolution solve_network(const Network& network, int max_iterations, double tolerance, const Run& run);

}  // namespace ctffr
