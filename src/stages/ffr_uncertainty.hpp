// SPDX-License-Identifier: Apache-2.0
// Distribution of FFR over samples of its inputs, the changes that would move it across the threshold, and
// the effect of each input (docs/theory/uncertainty.md).
#pragma once

#include <cstddef>
#include <vector>

#include "ctffr/core/run.hpp"
#include "ctffr/data/ffr_uncertainty.hpp"
#include "ctffr/data/flow.hpp"
#include "ctffr/data/resting.hpp"
#include "stages/ffr_causes.hpp"

namespace ctffr {

// Where an FFR is read: between two points of a vessel line.
struct FfrReadPoint {
    VesselPoint before, after;
    double t = 0;
};
FfrReadPoint read_point(const VesselLine& line, double arc_mm);

struct FfrReadings {
    std::vector<FfrReadPoint> lesions, vessels;
};

struct SampledFfr {
    FfrUncertainty uncertainty;
    std::vector<std::vector<double>> sd;  // [branch][point]; -1 where not estimated
    RestingRatio resting;
};

// `network`: the reduced model of the tree, fitted to the 3-D solution where there is one; `ffr`: the values
// that are reported, which the samples scatter about. Same inputs: same bits, on any number of threads.
SampledFfr sample_ffr(const CoronaryTree& tree, const SectionMeasures& sections,
                      const std::vector<std::vector<double>>& reference_mm,
                      const std::vector<VesselLine>& lines, const std::vector<PlacedLesion>& lesions,
                      const FfrReadings& readings, const FlowProblem& problem, const FlowSolution& solution,
                      const std::vector<std::vector<double>>& ffr, const Network& network,
                      const FfrPriors& priors, int samples, const Run& run);

// FFR at places of the tree for one choice of inputs: surrogate plus what it misses of the reported values at
// the base.
class FfrModel {
   public:
    FfrModel(const FlowSurrogate& surrogate, const FfrCauses& causes,
             const std::vector<std::vector<double>>& reported);
    struct Answer {
        SurrogateInput input;
        SurrogateState state;
    };
    Answer answer(const FfrDraw& draw) const;
    double at(const Answer& answer, std::size_t branch, std::size_t point) const;
    // NaN when the surrogate has no answer.
    double read(const Answer& answer, const FfrReadPoint& where) const;
    double read(const FfrDraw& draw, const FfrReadPoint& where) const { return read(answer(draw), where); }
    const FfrCauses& causes() const { return causes_; }
    const FlowSurrogate& surrogate() const { return surrogate_; }

   private:
    const FlowSurrogate& surrogate_;
    const FfrCauses& causes_;
    std::vector<std::vector<double>> missing_;  // reported minus surrogate at the base
};

// Lesions of `which` move together.
FfrFlip find_flip(const FfrModel& model, const FfrReadPoint& where, const std::vector<std::size_t>& which,
                  double threshold);
std::vector<FfrSensitivity> sensitivity_table(const FfrModel& model, const FfrReadings& readings);

// Pressure over aortic pressure at rest. Autoregulation keeps the resting flow of the healthy tree as long as
// the microcirculation can open further: no outlet conducts more than in hyperaemia.
RestingRatio resting_ratio(const FlowSurrogate& surrogate, const FlowProblem& problem,
                           const FfrReadings& readings);

}  // namespace ctffr
