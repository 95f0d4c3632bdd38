// SPDX-License-Identifier: Apache-2.0
// Fits the reduced model to a known solution of the same tree, so that it can stand in for it.
#pragma once

#include <cstddef>
#include <vector>

#include "flow/network.hpp"

namespace ctffr {

// Sets drop_factor and extra_loss of every branch so that the network, with the flows of `target`, has the
// pressures of `target` at the `knots` (points of each branch: rising, first and last point included).
// Between two knots the march's own pressure change is scaled, by 0.5 to 2; what this cannot explain (a
// junction, a pressure that rises) becomes a loss or gain that grows with the square of the flow. Outlet
// resistances then give the same flows again. Throws Error(not_converged) when the march fails at these
// flows.
void fit_network(Network& network, const NetworkState& target,
                 const std::vector<std::vector<std::size_t>>& knots);

}  // namespace ctffr
