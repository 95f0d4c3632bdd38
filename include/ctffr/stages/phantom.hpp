// SPDX-License-Identifier: Apache-2.0
// Virtual patients: anatomy, coronary tree, disease and scanner, with the exact truth.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ctffr/core/run.hpp"
#include "ctffr/data/flow.hpp"
#include "ctffr/data/heart.hpp"
#include "ctffr/data/image.hpp"
#include "ctffr/data/lumen.hpp"
#include "ctffr/data/quality.hpp"
#include "ctffr/data/tree.hpp"
#include "ctffr/stages/phantom_options.hpp"

namespace ctffr {

// Plaque of one lesion, exact volumes.
struct PlaqueTruth {
    int branch = 0;
    std::string kind;                 // "soft", "fibrous", "calcified", "mixed", "stent"
    double start_mm = 0, end_mm = 0;  // along the branch
    double volume_mm3 = 0, max_arc_deg = 0;
    double calcified_mm3 = 0;      // part of the volume
    double tissue_hu = 0;          // of the rest
    double remodelling_index = 1;  // at its thickest section
    bool spotty = false;           // a calcium body shorter than 3 mm that covers less than 90 degrees
};

struct PhantomTruth {
    CoronaryTree tree;    // exact centerlines, true area-equivalent radii, SCCT labels
    LumenSurface lumen;   // exact sections and closed surface
    Segmentation labels;  // on the volume's grid
    HeartFrame heart;
    ScanModel scan;  // contrast, noise (in the ascending aorta) and PSF as drawn
    std::vector<Ostium> ostia;
    std::vector<Lesion> lesions;  // geometric fields only; FFR when asked for
    std::vector<PlaqueTruth> plaque;
};

struct Phantom {
    Volume volume;
    PatientFacts patient;
    PhantomTruth truth;
    std::string config_toml;  // every parameter as drawn, so that the patient can be made again
};

// Same options and seed: same bits, on any number of threads.
Phantom run_phantom(const PhantomOptions& options, const Run& run);

}  // namespace ctffr
