// SPDX-License-Identifier: Apache-2.0
// Beds that keep their flow against the lesions above them, as long as they can open further.
#pragma once

#include "anatomy/reference_sections.hpp"
#include "ctffr/core/run.hpp"
#include "ctffr/data/flow.hpp"
#include "ctffr/data/tree.hpp"

namespace ctffr {

// Conductance that a bed takes: that which carries `demand` (m3/s) under `driving` (Pa, over the pressure
// behind it), and never more than `open`, m3/(s Pa).
double regulated_conductance(double demand, double open, double driving);

// Sets resistances and leaks of a problem with a reserve to those at which the reduced flow through these
// sections gives every bed what it wants or finds it wide open. Throws Error(not_converged).
void regulate_beds(const CoronaryTree& tree, const SectionMeasures& sections, FlowProblem& problem,
                   const Run& run);

}  // namespace ctffr
