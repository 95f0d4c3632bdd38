// SPDX-License-Identifier: Apache-2.0
// Which muscle hangs on which artery.
#pragma once

#include <string>
#include <vector>

#include "ctffr/core/vec3.hpp"

namespace ctffr {

// A small piece of the left ventricle's wall.
struct MusclePiece {
    Vec3 center_lps_mm;
    double mass_g = 0;
};

// LV muscle of every point of the tree (docs/theory/territories.md). Empty `lv_g`: not known, and `why_not`
// says why.
struct MuscleTerritories {
    std::vector<std::vector<double>> lv_g;  // [branch][point], g
    double lv_mass_g = 0;                   // all of it
    double rv_mass_g = 0;                   // of the right ventricle's free wall, by rule
    std::string method;                     // how the muscle was found and parted
    std::string why_not;
    bool splits_flow = false;    // the flow goes by this muscle; else by dominance or by given shares
    std::string split_by;        // "myocardium", "dominance", "option"
    std::string split_fallback;  // why the flow does not go by muscle although that was asked for
    // Per FlowProblem::outlets: muscle (LV and RV) that the outlet feeds, g, and how that was found.
    std::vector<double> outlet_g;
    std::vector<std::string> outlet_origin;

    bool known() const { return !lv_g.empty(); }
};

}  // namespace ctffr
