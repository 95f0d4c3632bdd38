// SPDX-License-Identifier: Apache-2.0
// First-order standard deviation of FFR (docs/theory/uncertainty.md).
#pragma once

#include <vector>

#include "anatomy/lesion_detect.hpp"
#include "anatomy/reference_sections.hpp"
#include "ctffr/core/run.hpp"
#include "ctffr/data/flow.hpp"
#include "ctffr/data/tree.hpp"
#include "flow/network.hpp"

namespace ctffr {

// Relative standard deviations of the inputs that are common to the whole tree; larger where a population
// value stands in for the patient's own.
struct InputSpread {
    double flow = 0.20, pressure = 0.056, viscosity = 0.03;
};
InputSpread input_spread(const Hyperaemia& hyperaemia);

// `base`: the reduced model of the tree. [branch][point]; -1 everywhere when it does not converge.
std::vector<std::vector<double>> ffr_deviation(Network base, const SectionMeasures& sections,
                                               const FlowProblem& problem,
                                               const std::vector<VesselLine>& lines,
                                               const std::vector<PlacedLesion>& lesions, const Run& run);

// Adds what the solution itself leaves open, as independent causes: the error of the mesh and the
// unsteadiness of a 3-D flow. Points without a deviation stay without.
void add_solution_error(const FlowSolution& solution, double aortic_pressure,
                        std::vector<std::vector<double>>& deviation);

}  // namespace ctffr
