// SPDX-License-Identifier: Apache-2.0
// What bends of the axis add to the friction of laminar flow (docs/theory/reduced-flow.md).
#pragma once

namespace ctffr {

// Friction of developed flow in a long bend over that in a straight tube, at the Dean number
// Re sqrt(tube radius / bend radius), Re on diameter and mean speed. White, Proc. R. Soc. A 123 (1929); 1
// below 11.6. The three-dimensional solver meets it within 4 % (`test_bend_flow`).
double bend_friction(double dean);

// Radii downstream over which secondary flow comes and goes, at a ratio of tube radius to bend radius. The
// centrifugal acceleration U^2 / R moves fluid by one tube radius a within a distance of sqrt(2 a R); what is
// left in a straight tube dies out over ten radii, half as long as a profile takes to develop at Re 200.
double bend_turnover(double radius_over_bend);

}  // namespace ctffr
