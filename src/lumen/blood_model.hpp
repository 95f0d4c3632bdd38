// SPDX-License-Identifier: Apache-2.0
// Attenuation of blood along the arteries: falls slowly with the distance from the ostium.
#pragma once

#include <vector>

#include "lumen/fit_chain.hpp"
#include "lumen/ray_data.hpp"

namespace ctffr::lumen {

// HU = start + slope * path length, for one coronary tree.
struct BloodLine {
    double start_hu = 0, slope_hu_per_mm = 0;
    double at(double path_mm) const { return start_hu + slope_hu_per_mm * path_mm; }
};

// One line per root chain (indexed by chain number, valid where chains[i].root == i), fitted robustly to the
// plateau of sections wide enough to have one; a throat never has. Priors: `aorta_hu` at the ostium, the
// usual fall of 3 to 12 HU per 10 mm.
std::vector<BloodLine> fit_blood_lines(const std::vector<FitChain>& chains,
                                       const std::vector<std::vector<SectionRays>>& rays,
                                       const ScanFacts& scan, double aorta_hu);

// Share of the line's blood that is seen, [chain][section]; 1 but where wide sections within 15 mm agree on
// less than 0.9 of it, as beyond an occlusion that is filled by collaterals. Thin sections, which show no
// plateau, have the share of the vessel before them. A throat is thin, and so never dim by itself.
std::vector<std::vector<double>> dim_blood(const std::vector<FitChain>& chains,
                                           const std::vector<std::vector<SectionRays>>& rays,
                                           const ScanFacts& scan, const std::vector<BloodLine>& lines);

}  // namespace ctffr::lumen
