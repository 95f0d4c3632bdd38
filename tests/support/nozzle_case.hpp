// SPDX-License-Identifier: Apache-2.0
// The FDA benchmark nozzle, flow towards the sudden expansion, throat Reynolds number 500: Hariharan et al.,
// J Biomech Eng 133 (2011) 041002.
#pragma once

#include "support/flow_cases.hpp"

namespace ctffr::test {

struct NozzleReference {
    static constexpr double flow_m3_s = 5.20624e-6, pipe_radius_m = 6e-3;
    static constexpr double density = 1056, viscosity = 3.5e-3;
};

// `level` as in fda_nozzle_mesh; parabolic inflow, pressure 0 at the outlet; solver settings as for patients
// (src/stages/solve_steady.cpp) but for the number of iterations.
FlowCase nozzle_case(double level);

}  // namespace ctffr::test
