// SPDX-License-Identifier: Apache-2.0
// What of a solved flow is not plausible, or less sure than its number looks: one sentence each.
#pragma once

#include <string>
#include <vector>

#include "anatomy/reference_sections.hpp"
#include "ctffr/data/flow.hpp"
#include "ctffr/data/tree.hpp"

namespace ctffr {

// Plausibility guards: one sentence for each that is met.
void guard(const CoronaryTree& tree, const SectionMeasures& sections, const FlowProblem& problem,
           const FlowSolution& solution, std::vector<std::string>& remarks);

// The jet behind a throat can come to lie at the wall where mesh and vessel are oblique, and the drop is then
// too large (docs/theory/flow-solver.md, "Limits"): nobody shall read such an FFR without knowing. For a 3-D
// solution.
void remark_on_jets(const std::vector<Lesion>& lesions, std::vector<std::string>& remarks);

}  // namespace ctffr
