// SPDX-License-Identifier: Apache-2.0
// The coronary arteries of a virtual patient: tree, disease, exact field and the truth about them.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ctffr/core/run.hpp"
#include "ctffr/data/flow.hpp"
#include "ctffr/data/heart.hpp"
#include "ctffr/data/lumen.hpp"
#include "ctffr/data/tree.hpp"
#include "ctffr/stages/phantom.hpp"
#include "ctffr/stages/phantom_options.hpp"
#include "phantom/heart_anatomy.hpp"
#include "phantom/vessel_field.hpp"

namespace ctffr::phantom {

struct Coronaries {
    CoronaryTree tree;   // exact centerlines every 0.5 mm, area-equivalent lumen radii, SCCT labels, flags
    LumenSurface lumen;  // exact sections, one per centerline point; the surface mesh is left empty
    std::vector<Ostium> ostia;
    std::vector<Lesion> lesions;
    std::vector<PlaqueTruth> plaque;
    std::unique_ptr<VesselField> field;
    // Everything drawn, for the config record: dotted key ("tree.dominance") and value as TOML would write
    // it.
    std::vector<std::pair<std::string, std::string>> record;
};

// Pure function of its arguments and `options.seed`. `aorta_hu`: attenuation of the blood at the ostia.
Coronaries make_coronaries(const HeartAnatomy& anatomy, const PhantomOptions& options, const BodySize& body,
                           double aorta_hu, const Run& run);

}  // namespace ctffr::phantom
