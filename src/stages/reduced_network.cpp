// SPDX-License-Identifier: Apache-2.0
#include "stages/reduced_network.hpp"

#include "ctffr/core/error.hpp"
#include "flow/tree_network.hpp"

namespace ctffr {

Network reduced_network(const CoronaryTree& tree, const SectionMeasures& sections,
                        const FlowProblem& problem) {
    Network network = network_of(tree, sections.radius_mm, sections.shape, problem.hyperaemia);
    CTFFR_CHECK_OP(problem.leak.size(), ==, tree.branches.size());
    for (std::size_t b = 0; b < problem.leak.size(); ++b) {
        CTFFR_CHECK_OP(problem.leak[b].size(), ==, tree.branches[b].points.size());
        network.branches[b].leak = problem.leak[b];
    }
    for (const Outlet& outlet : problem.outlets)
        network.branches[static_cast<std::size_t>(outlet.branch)].outlet_resistance = outlet.resistance;
    return network;
}

}  // namespace ctffr
