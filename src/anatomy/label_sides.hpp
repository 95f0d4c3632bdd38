// SPDX-License-Identifier: Apache-2.0
// Which branches of LAD, LCX and RCA have names, and where the segments of the main arteries end. Each
// function lists the readings that come into question, with the logarithm of their likelihood.
#pragma once

#include <vector>

#include "anatomy/label_names.hpp"
#include "anatomy/label_paths.hpp"

namespace ctffr::anatomy {

// A tree with the frame and the main arteries under which it is read.
struct View {
    const CoronaryTree& tree;
    const HeartAxes& axes;
    const MainWays& mains;
    bool apex_known = false;  // the LV apex was found
};

// LM, LAD, diagonals and ramus.
std::vector<Reading> lad_readings(const View& view);
// LCX, marginals, and what it supplies of the inferior wall under a dominance.
std::vector<Reading> lcx_readings(const View& view, Dominance dominance);
// RCA, PDA and posterolateral branch.
std::vector<Reading> rca_readings(const View& view, Dominance dominance);

// Angle of the posterior interventricular groove at the base (HeartAxes::angle_deg).
inline constexpr double crux_deg = -82;

// Log odds that all of several things hold, each with its own log odds.
double all_of(std::initializer_list<double> log_odds);
// Log odds that an offshoot is large enough for a named branch.
double size_odds(const Offshoot& offshoot);
// Point of an offshoot `mm` along its way, or its end.
Vec3 point_out(const Offshoot& offshoot, double mm);

}  // namespace ctffr::anatomy
