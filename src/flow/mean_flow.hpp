// SPDX-License-Identifier: Apache-2.0
// Mean over blocks of iterations, for flows that do not come to rest. Behind a tight stenosis the flow is
// unsteady also under steady conditions; then the iteration goes round a mean as the flow does in time, and
// the mean is what a slow pressure wire reads.
#pragma once

#include <vector>

#include "ctffr/kernels/flow.hpp"
#include "flow/flow_system.hpp"

namespace ctffr {

// Openings over one block; pressures relative to `pressure_scale`, flows to the largest flow.
struct BlockOfOpenings {
    std::vector<double> mean, deviation;  // pressures of all patches, then their outflows
};
BlockOfOpenings block_of(const std::vector<std::vector<OpeningState>>& history, std::size_t first,
                         std::size_t count, double pressure_scale);

// What is still open after three blocks in a row: the last change of the means, with the tail of a geometric
// decay where both changes have the same sign (a drift; noise has none). The largest over all openings.
double remaining_change(const BlockOfOpenings& first, const BlockOfOpenings& second,
                        const BlockOfOpenings& third);

// Sum of the states of the present block, on the device.
template <class Exec>
class MeanState {
   public:
    MeanState(const Exec& exec, Index size);

    void add(View<const double> state);
    void clear();
    // The mean of what was added since the last clear.
    void take(View<double> state) const;
    int count() const { return count_; }

   private:
    Exec exec_;
    Array<double, Exec> sum_;
    int count_ = 0;
};

}  // namespace ctffr
