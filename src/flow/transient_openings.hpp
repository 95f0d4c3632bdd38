// SPDX-License-Identifier: Apache-2.0
// What the patches of an unsteady flow prescribe from step to step, and what lies behind them: Windkessels,
// and coronary beds behind outlets and leaking walls. Within a step each is a pressure and a resistance.
#pragma once

#include <optional>
#include <vector>

#include "flow/transient_solver.hpp"

namespace ctffr {

class TransientOpenings {
   public:
    // Refers to both. Throws Error(usage) for Windkessels and beds that make no sense.
    TransientOpenings(const FlowMesh& mesh, const std::vector<TransientCondition>& conditions);

    std::vector<FlowCondition> fixed_parts() const;
    bool leaks() const { return leaks_; }
    // Velocities and outlets at a time (s); the difference is that of the step that ends there. Throws
    // Error(usage) for values that are not finite.
    template <class Exec>
    void prescribe(FlowSystem<Exec>& system, double time, const BackwardDifference& difference);
    // Takes the flows of the new level. `boundary_outflow`: m3/s, per boundary face; read when leaks().
    void accept(const BackwardDifference& difference, double time, const std::vector<OpeningState>& openings,
                const std::vector<double>& boundary_outflow);
    std::vector<double> capacitor_pressures() const;  // Pa, per patch, as in TransientStep

   private:
    template <class Exec>
    void prescribe_leaks(FlowSystem<Exec>& system, double time, const BackwardDifference& difference);
    double ventricle_pressure(std::size_t patch, double time) const;
    double face_area(std::size_t patch, std::size_t face) const;  // m2

    const FlowMesh& mesh_;
    const std::vector<TransientCondition>& conditions_;
    std::vector<std::optional<WindkesselState>> windkessels_;
    std::vector<std::vector<MuscleBed>> beds_;  // per patch
    std::vector<float> boundary_velocity_;
    bool leaks_ = false;
};

}  // namespace ctffr
