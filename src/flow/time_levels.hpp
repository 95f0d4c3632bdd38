// SPDX-License-Identifier: Apache-2.0
// The accepted time levels of an unsteady flow on one device: the last two states and flux excesses.
#pragma once

#include "flow/backward_difference.hpp"
#include "flow/flow_system.hpp"

namespace ctffr {

template <class Exec>
class TimeLevels {
   public:
    TimeLevels(const Exec& exec, const FlowSystem<Exec>& system);

    // Starts at rest. start(): starts from the present state and fluxes of the system instead.
    void start(FlowSystem<Exec>& system);
    // The present state and fluxes of the system become the newest level.
    void accept(FlowSystem<Exec>& system);
    // Gives the system the time derivative of the next step, and as first guess its state extrapolated from
    // two levels. `ratio`: next step over the last one.
    void begin(FlowSystem<Exec>& system, const BackwardDifference& difference, double ratio);

   private:
    struct Level {
        Array<double, Exec> state;
        Array<float, Exec> face, boundary;
    };
    static Level make(const Exec& exec, const FlowSystem<Exec>& system);

    Exec exec_;
    Level now_, before_, reference_;
    bool two_ = false;  // more is known than the start
};

}  // namespace ctffr
