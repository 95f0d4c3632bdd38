// SPDX-License-Identifier: Apache-2.0
// Flow through a network with outlet resistances: Newton on the leaf pressures.
#pragma once

#include <optional>
#include <vector>

#include "ctffr/core/run.hpp"
#include "ctffr/data/flow.hpp"
#include "flow/network.hpp"

namespace ctffr {

struct NetworkSolution {
    NetworkState state;
    SolveStatus status;
    std::vector<double> residual_history;
    std::vector<double> unknowns;  // as solved for
};

// Pressure `aortic_pressure` (or flow `root_flow`) at every root and P = venous + R Q at every leaf. The
// unknowns are the logarithms of the root flows and of the flow shares at each junction: flows stay positive
// and mass is conserved in every iterate, so the residuals are the leaf pressures alone, relative to the
// pressure that drives the flow.
NetworkSolution solve_network(const Network& network, int max_iterations, double tolerance, const Run& run);

// First-order answer of a solved network to changed numbers: the flows move by one Newton step with the
// derivatives of the base network, the pressures are then marched. Threads may share it.
class NetworkResponse {
   public:
    // Solves `base`, without the finer march that solve_network falls back to: a network that needs it has no
    // useful first order.
    NetworkResponse(const Network& base, const Run& run);
    // False when `base` did not converge; `to` must not be called then.
    bool valid() const { return solution_.status.converged(); }
    const NetworkState& base_state() const { return solution_.state; }
    // The state of a network with the same branches and points; empty when the march fails.
    std::optional<NetworkState> to(const Network& changed) const;

   private:
    Network base_;
    const Run& run_;
    NetworkSolution solution_;
    std::vector<double> inverse_;  // of the Jacobian, row by row
};

}  // namespace ctffr
