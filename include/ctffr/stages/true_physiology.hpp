// SPDX-License-Identifier: Apache-2.0
// What a virtual patient's heart and blood really do, against what a department knows of them.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "ctffr/data/heart.hpp"
#include "ctffr/data/image.hpp"
#include "ctffr/data/tree.hpp"
#include "ctffr/stages/flow.hpp"

namespace ctffr {

// Spread of the truth between patients of whom the same is known: the priors of docs/theory/uncertainty.md,
// so that intervals can be checked against it.
struct PhysiologyPriors {
    double flow = 0.20;       // relative (log-normal) of the hyperaemic flow at a given LV mass
    double pressure = 0.056;  // relative, of the hyperaemic aortic pressure against that from the cuff
    double share = 0.10;      // relative (log-normal), of each territory's share
    double venous_mmhg = 5, venous_sd_mmhg = 2;
    double exponent_low = 2.0, exponent_high = 2.7;
    double microvascular_chance = 0.22, microvascular_factor = 1.5;  // patients with microvascular disease
};

struct TruePhysiology {
    BoundaryOptions boundary;             // everything fixed: nothing is left to estimate
    PatientFacts known;                   // what is known before the scan
    std::map<std::string, double> drawn;  // the draws behind `boundary`; empty when nothing was drawn
};

// The physiology that the default rules give this patient, as numbers. `facts` is everything that is true of
// the patient and stays known.
TruePhysiology default_physiology(const PatientFacts& facts, const HeartFrame& heart, Dominance dominance);

// A draw from the priors around it: same seed, same patient. Of the facts, hematocrit and LV mass are no
// longer known: no department has them before a CT angiogram.
TruePhysiology draw_physiology(std::uint64_t seed, const PatientFacts& facts, const HeartFrame& heart,
                               Dominance dominance, const PhysiologyPriors& priors = {});

}  // namespace ctffr
