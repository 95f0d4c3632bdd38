// SPDX-License-Identifier: Apache-2.0
// What a perfect reader would report of the lesions: stenosis figures, plaque volumes, flags on the branches.
#pragma once

#include <vector>

#include "ctffr/data/flow.hpp"
#include "ctffr/stages/phantom.hpp"
#include "phantom/disease_plan.hpp"
#include "phantom/tree_branches.hpp"

namespace ctffr::phantom {

// Volume (mm3) between lumen and outer side of a plaque without the parts inside other lumens, in curved
// coordinates: dV = (1 - rho kappa cos psi) rho drho dtheta ds. `max_arc_rad`: largest angle around the
// vessel with plaque.
struct PlaqueSize {
    double volume_mm3 = 0, max_arc_rad = 0;
    double calcified_mm3 = 0;  // part of the volume
    double remodelling_index =
        1;  // area within the outer wall over the healthy one, where plaque is thickest
};
PlaqueSize plaque_size(const TubeField& field, int tube, const Plaque& plaque);

std::vector<Lesion> lesion_truth(const std::vector<Course>& courses, const TubeField& field,
                                 const CutTree& cut, const std::vector<LesionPlan>& lesions);
std::vector<PlaqueTruth> plaque_truth(const TubeField& field, const CutTree& cut);
// Calcium, stents, occlusions and muscle bridges as flags of the branches they lie on.
void flag_branches(const std::vector<Course>& courses, const TubeField& field,
                   const std::vector<LesionPlan>& lesions, CutTree& cut);

}  // namespace ctffr::phantom
