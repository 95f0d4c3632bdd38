// SPDX-License-Identifier: Apache-2.0
// From "the flow is 20 % higher, this throat 0.1 mm narrower" to the numbers of the fast network.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "anatomy/lesion_detect.hpp"
#include "anatomy/reference_sections.hpp"
#include "ctffr/data/flow.hpp"
#include "ctffr/data/tree.hpp"
#include "flow/flow_surrogate.hpp"
#include "physiology/muscle_territory.hpp"
#include "stages/ffr_priors.hpp"

namespace ctffr {

// Pieces of the tree for lesions with the jets behind them and for all the rest.
SurrogatePlan surrogate_plan(const CoronaryTree& tree, const SectionMeasures& sections,
                             const std::vector<VesselLine>& lines, const std::vector<PlacedLesion>& lesions,
                             double throat_scale);

// Standard deviation (mm) of a section's radius, stated x `scale`; where the lumen does not bring its own:
// 0.11 mm of diameter or 7 %, whichever is larger.
double radius_sd_mm(const SectionMeasures& sections, std::size_t branch, std::size_t point, double scale);

// One choice of everything that can be off. As constructed by FfrCauses::neutral: nothing is.
struct FfrDraw {
    double flow = 1, microvascular = 1, pressure = 1, viscosity = 1;  // factors
    double venous_pressure = 0;                                       // Pa
    double exponent = 2.4;
    std::array<double, 3> share{1, 1, 1};  // factors of LAD, LCX, RCA, before they are made to sum to one
    bool leak = true;                      // false: nothing leaves through the wall
    std::vector<double> outlet;            // per branch, factor on the outlet before territories are balanced
    std::vector<double> shift;             // per lesion, m of radius
    std::vector<double> widening;          // per piece, relative change of radius
    std::vector<double> loss_factor;       // per piece
};

class FfrCauses {
   public:
    FfrCauses(const CoronaryTree& tree, const SectionMeasures& sections,
              const std::vector<std::vector<double>>& reference_mm, const std::vector<PlacedLesion>& lesions,
              const FlowProblem& problem, const FlowSurrogate& surrogate, const FfrPriors& priors);

    FfrDraw neutral() const;
    // Sample number n: the same for the same n, whoever asks and when.
    FfrDraw sample(std::uint64_t n) const;
    SurrogateInput input(const FfrDraw& draw) const;
    // The state of the tree for `input(draw)`, to which `in` is set. Where beds regulate, they are brought to
    // what they want in this draw, or wide open.
    SurrogateState solve(const FfrDraw& draw, SurrogateInput& in) const;
    // Everything wider by this much of radius, lesions and the rest.
    void widen(FfrDraw& draw, double radius_mm) const;
    const FfrPriors& priors() const { return priors_; }
    // Standard normal number of a sample that belongs to no input: `cause` 0 is the mesh, 1 the unsteadiness.
    static double extra(int cause, std::uint64_t n);

   private:
    // Flows of the healthy tree per branch (outlets) and per piece (what leaks in it), m3/s.
    struct Split {
        std::vector<double> outlet, leak;
    };
    Split split(double exponent, bool leak) const;

    const FlowSurrogate& surrogate_;
    FfrPriors priors_;
    Hyperaemia hyperaemia_;
    double exponent_ = 2.4;
    std::array<double, 3> shares_{};
    std::vector<Territory> territory_;  // per branch
    std::array<Split, 3> at_exponent_;  // at exponents 2.0, 2.35, 2.7
    Split without_leak_;
    // Of beds that regulate, wanted flow (m3/s) and open conductance (m3/(s Pa)): per branch, per piece.
    // Empty in hyperaemia.
    Split demand_, open_;
    std::vector<double> throat_sd_, lesion_length_;  // per lesion, m
    std::vector<double> relative_sd_, radius_mm_;    // per piece: of the radius; its mean
};

}  // namespace ctffr
