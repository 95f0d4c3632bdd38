// SPDX-License-Identifier: Apache-2.0
// Flow through a network with outlet resistances.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "ctffr/core/run.hpp"
#include "ctffr/data/flow.hpp"
#include "flow/network.hpp"

namespace ctffr {

struct NetworkSolution {
    NetworkFlows flows;
    std::vector<double> root_pressure;  // per branch, Pa
    NetworkState state;
    SolveStatus status;
    std::vector<double> residual_history;
};

// Pressure `aortic_pressure` (or flow `root_flow`) at every root, P = venous + R Q at every leaf, and
// flow = conductance (P - venous) through the wall. The unknowns are the flows of leaves and leaks, so mass
// is conserved to round-off in every iterate; the residual is the largest pressure that is missing at a leaf
// or a leak, relative to the pressure that drives the flow.
NetworkSolution solve_network(const Network& network, int max_iterations, double tolerance, const Run& run);

// Answers of a solved network to changed numbers, each solved from the flows of the base. Threads may share
// it.
class NetworkResponse {
   public:
    NetworkResponse(const Network& base, const Run& run);
    // False when `base` did not converge; `to` must not be called then.
    bool valid() const { return solution_.status.converged(); }
    const NetworkState& base_state() const { return solution_.state; }
    // The state of a network with the same branches and points; empty when it does not converge.
    std::optional<NetworkState> to(const Network& changed, const Run& run) const;

   private:
    struct Slopes;
    NetworkSolution solution_;
    std::shared_ptr<const Slopes> slopes_;
};

}  // namespace ctffr
