// SPDX-License-Identifier: Apache-2.0
// Territories of the arteries from the muscle itself: every piece of the left ventricle's wall hangs on the
// nearest point of the tree, and flow is proportional to mass (docs/theory/territories.md).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ctffr/core/run.hpp"
#include "ctffr/data/image.hpp"
#include "ctffr/data/muscle.hpp"
#include "ctffr/data/tree.hpp"
#include "physiology/territory.hpp"

namespace ctffr {

// Coarse enough for speed: a piece is far smaller than the distance between arteries.
inline constexpr double muscle_spacing_mm = 1.5;
// Thinner points of the healthy vessel claim no muscle, so that stubs do not.
inline constexpr double least_claiming_diameter_mm = 1.0;
// Mass of the right ventricle's free wall over that of the left ventricle.
inline constexpr double rv_over_lv_mass = 0.25;

// The voxels of lv_myocardium, gathered in blocks of about `spacing_mm`; LPS mm, 1.05 g/mL. The mass of all
// pieces is that of all voxels.
std::vector<MusclePiece> muscle_pieces(const Segmentation& labels, double spacing_mm);

// Mass (g) of the pieces nearest (Euclidean) to each point, [branch][point]. The first point of a child is
// the last of its parent and claims nothing; pieces at exactly equal distances are shared. The right coronary
// before the crux (pRCA, mRCA and the unnamed branches on them) lies on the right ventricle and claims none.
// Empty when no point may claim any.
std::vector<std::vector<double>> part_muscle(const CoronaryTree& tree,
                                             const std::vector<std::vector<double>>& reference_radius_mm,
                                             const std::vector<MusclePiece>& pieces, const Run& run);

// Flow of the healthy tree by mass, mL/min/g equal everywhere. Muscle of a leaf branch goes to its outlet and
// its leak by the diameter law; that of an inner branch to its leak, and with it to outlets on it that have
// no muscle of their own; without a leak, to all that lies below, by the diameter law. The right ventricle's
// mass goes likewise to the right coronary before the crux.
struct MuscleFlows {
    TargetFlows targets;
    std::vector<double> outlet_g;              // per branch; 0 for branches with children
    std::vector<std::string> outlet_origin;    // per branch, how the outlet came to its muscle
    std::optional<int> outlet_without_muscle;  // a branch whose outlet got none: the split cannot be used
};
MuscleFlows muscle_flows(const CoronaryTree& tree,
                         const std::vector<std::vector<double>>& reference_radius_mm, double total_flow,
                         double exponent, bool leak, const MuscleTerritories& muscle);

// By the muscle where it splits the flow, else by the shares.
TargetFlows healthy_flows(const CoronaryTree& tree,
                          const std::vector<std::vector<double>>& reference_radius_mm, double total_flow,
                          double exponent, bool leak, const TerritoryShares& shares,
                          const MuscleTerritories& muscle);

// LV muscle (g) nearest to what lies below this place of a branch: the rest of the branch and all behind it.
double muscle_below_g(const CoronaryTree& tree, const MuscleTerritories& muscle, int branch, double arc_mm);

}  // namespace ctffr
