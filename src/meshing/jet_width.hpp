// SPDX-License-Identifier: Apache-2.0
// The width that the mesh spacing follows: that of the lumen, except behind a throat, where a jet as narrow
// as the throat runs on into the wider vessel.
#pragma once

#include <vector>

namespace ctffr::meshing {

// How fast the width may grow per length: downstream slowly (a jet spreads over tens of throat diameters, and
// the nearest power of two doubles the spacing 8 throat diameters behind the throat), upstream as fast as the
// vessel contracts.
constexpr double jet_growth = 0.05, approach_growth = 0.5;

// Limits `width_mm` along one vessel in the direction of flow; `arc_mm` ascends. `incoming_mm`: what arrives
// at the start from the vessel before (0: nothing). No threshold: what is not behind a narrower place stays.
void limit_by_throats(const std::vector<double>& arc_mm, std::vector<double>& width_mm, double incoming_mm);

// Linear between the values, constant beyond the ends.
double value_at(const std::vector<double>& arc_mm, const std::vector<double>& value, double arc);

}  // namespace ctffr::meshing
