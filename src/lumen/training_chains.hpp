// SPDX-License-Identifier: Apache-2.0
// Chains of sections along a known lumen, displaced as centerlines found in an image are.
#pragma once

#include <cstdint>
#include <vector>

#include "lumen/fit_chain.hpp"
#include "lumen/lumen_field.hpp"

namespace ctffr::lumen {

// Smooth random shift of the centres across the vessel: sum of waves of 3 to 20 mm, standard deviation
// shift_mm per direction, at most 0.6 of the local half width; and excursions, as of a path that runs in the
// blur of calcium or along the wall, one per excursion_every_mm on average, rather at narrowings: to one side
// by up to excursion_mm, out of the lumen too, fading in and out over 2 to 6 mm.
struct Displacement {
    std::uint64_t seed = 0;
    double shift_mm = 0.2;
    double excursion_every_mm = 20, excursion_mm = 2;
};

// Sections every section_mm along each chain of the field, frames filled, `fit` holding the chain's mean
// radius.
std::vector<FitChain> displaced_chains(const LumenField& field, double section_mm,
                                       const Displacement& displacement);

}  // namespace ctffr::lumen
