// SPDX-License-Identifier: Apache-2.0
// The 3-D heart beat of one region of the mesh (left or right tree): its conditions, and what is summed while
// it runs.
#pragma once

#include <vector>

#include "ctffr/data/mesh_regions.hpp"
#include "flow/cycle_shear.hpp"
#include "flow/transient_solver.hpp"
#include "stages/beat_model.hpp"
#include "stages/steady_readout.hpp"
#include "stages/steady_regions.hpp"

namespace ctffr {

// What the network's beat leaves for the 3-D one: its last moment, with the beds behind outlets by branch and
// behind leaks by point.
struct BeatStart {
    FlowSolution along;  // pressure and flow along the tree
    std::vector<std::optional<CoronaryOutletState>> outlet;
    std::vector<std::vector<std::optional<CoronaryOutletState>>> leak;
    double fastest = 0;  // 1/s: peak velocity over the diameter, the largest along the tree and over the beat
};

// Means over the beat on the whole mesh, into which regions are merged.
struct BeatMeans {
    std::vector<double> pressure, wave_free, velocity;  // sums over the steps, per cell; velocity: three
    std::vector<double> shear, shear_vector;            // Pa, per wall face: TAWSS, magnitude of the mean
    std::vector<BeatMoment> moments;                    // per step
    double largest_courant = 0;
};

class BeatRegion {
   public:
    // Refers to all but the region; `readout` says which places and times are read.
    BeatRegion(MeshRegion region, const MeshProblem& on, const CoronaryTree& tree, const FlowProblem& problem,
               const BeatModel& model, const BeatReadout& readout, int steps);

    const FlowMesh& mesh() const { return region_.mesh; }
    std::vector<TransientCondition> conditions(const BeatStart& start) const;
    std::vector<double> part_of(const std::vector<double>& whole_state) const;
    void observe(const TransientMoment& moment);
    // Adds what the last beat gave.
    void merge(BeatMeans& means) const;

   private:
    std::vector<MuscleBed> leak_beds(const FlowPatch& wall, const BeatStart& start) const;
    void restart();

    MeshRegion region_;
    const MeshProblem& on_;
    const CoronaryTree& tree_;
    const FlowProblem& problem_;
    const BeatModel& model_;
    const BeatReadout& readout_;
    std::vector<std::size_t> places_;  // of the read-out, those in this region
    std::vector<TreePlace> place_of_cell_;
    std::vector<double> now_;  // Pa, per cell: the pressure that the reader sees
    SectionReader reader_;
    CycleShear shear_;
    std::vector<double> pressure_, wave_free_, velocity_;
    std::vector<BeatMoment> moments_;
    std::vector<float> size_;  // m, of each cell
    double step_s_ = 0, courant_ = 0;
};

}  // namespace ctffr
