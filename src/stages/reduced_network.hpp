// SPDX-License-Identifier: Apache-2.0
// The network of a patient, as the reduced solver and the uncertainty estimate both use it.
#pragma once

#include "anatomy/lesion_detect.hpp"
#include "anatomy/reference_sections.hpp"
#include "ctffr/core/run.hpp"
#include "ctffr/data/flow.hpp"
#include "ctffr/data/tree.hpp"
#include "flow/network.hpp"

namespace ctffr {

// Geometry of the sections, outlets and leaks of the problem.
Network reduced_network(const CoronaryTree& tree, const SectionMeasures& sections,
                        const FlowProblem& problem);

// The network fitted to a 3-D solution of the same problem in lesions, along the jets behind them and every
// few millimetres elsewhere, and how far it was and is from it anywhere along the tree. Stays as it was, with
// a warning, when it cannot be marched with these flows.
ReducedMisfit fit_to_solution(Network& network, const CoronaryTree& tree, const FlowSolution& solution,
                              const std::vector<VesselLine>& lines, const std::vector<PlacedLesion>& lesions,
                              const Run& run);

}  // namespace ctffr
