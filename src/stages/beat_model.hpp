// SPDX-License-Identifier: Apache-2.0
// What the reduced and the 3-D heart beat share: the patient's beat, the network under it, and what is read.
#pragma once

#include <functional>
#include <vector>

#include "anatomy/lesion_detect.hpp"
#include "ctffr/core/run.hpp"
#include "ctffr/data/flow.hpp"
#include "ctffr/data/lumen.hpp"
#include "ctffr/data/pulsatile.hpp"
#include "ctffr/data/tree.hpp"
#include "ctffr/stages/pulsatile.hpp"
#include "flow/pulsatile_network.hpp"
#include "physiology/cardiac_cycle.hpp"

namespace ctffr {

struct BeatModel {
    CardiacCycle cycle;
    PulsatileFlow beat;  // facts and times of the patient; no flow yet
    std::vector<VesselLine> lines;
    Network network;                // fitted to the solution where that is a 3-D one
    std::vector<CoronaryBed> beds;  // per branch

    // Throws Error(physiology_out_of_range) for a heart beat that no adult has.
    BeatModel(const CoronaryTree& tree, const LumenSurface& lumen, const FlowProblem& problem,
              const FlowSolution& solution, const std::vector<std::vector<double>>& reference_radius_mm,
              double resistance_index, const Run& run);

    // The beat of the network; `observe` as in ctffr::solve_pulsatile. A network without a steady solution is
    // a status with a note, as are beats that do not agree.
    PulsatileOutcome solve(const BeatOptions& options,
                           const std::function<void(const NetworkMoment&)>& observe, const Run& run) const;
};

// A place that is looked at, and the point of the tree it lies at.
struct BeatPlace {
    PulsatileProbe probe;
    std::size_t point = 0;
};
// Ostia, vessels where they are read, outlets.
std::vector<BeatPlace> beat_places(const CoronaryTree& tree, const std::vector<VesselLine>& lines,
                                   const FlowProblem& problem,
                                   const std::vector<std::vector<double>>& reference_radius_mm);

// One time of the beat; `pressure` (Pa) and `flow` (m3/s) at every place.
struct BeatMoment {
    double time = 0, inflow = 0, outflow = 0;  // s, m3/s
    std::vector<double> pressure, flow;
};

// What is summed over the beat.
class BeatReadout {
   public:
    BeatReadout(const CardiacCycle& cycle, std::vector<BeatPlace> places, const FlowSolution& steady)
        : cycle_(cycle), places_(std::move(places)), steady_(steady) {}

    const std::vector<BeatPlace>& places() const { return places_; }
    bool wave_free(double time) const {
        return time >= cycle_.wave_free_start() && time <= cycle_.wave_free_end();
    }
    void add(const BeatMoment& moment, PulsatileFlow& beat);
    // `pressure`, `wave_free`: sums of the pressure over all times and over those of the wave-free period,
    // [branch][point].
    void finish(PulsatileFlow& beat, std::vector<std::vector<double>> pressure,
                std::vector<std::vector<double>> wave_free);

   private:
    const CardiacCycle& cycle_;
    std::vector<BeatPlace> places_;
    const FlowSolution& steady_;
    double in_ = 0, out_ = 0, aortic_ = 0, wave_free_aortic_ = 0;
};

}  // namespace ctffr
