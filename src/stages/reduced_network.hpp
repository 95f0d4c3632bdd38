// SPDX-License-Identifier: Apache-2.0
// The network of a patient, as the reduced solver and the uncertainty estimate both use it.
#pragma once

#include "anatomy/reference_sections.hpp"
#include "ctffr/data/flow.hpp"
#include "ctffr/data/tree.hpp"
#include "flow/network.hpp"

namespace ctffr {

// Geometry of the sections, outlets and leaks of the problem.
Network reduced_network(const CoronaryTree& tree, const SectionMeasures& sections,
                        const FlowProblem& problem);

}  // namespace ctffr
