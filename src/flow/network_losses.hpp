// SPDX-License-Identifier: Apache-2.0
// What a network loses at any flow: marched at multiples of the flows of one solution and kept as tables, so
// that flow that changes, or turns, over a heart beat has a law without a march in every time step.
#pragma once

#include <vector>

#include "flow/network.hpp"

namespace ctffr {

// An odd function of a flow: value = flow * ratio(|flow| / reference), ratio linear between the knots,
// constant below the first and linear beyond the last: viscous at rest, quadratic in a jet.
class FlowTable {
   public:
    FlowTable() = default;
    // values[k] at flow scales[k] * reference; all > 0, scales rising.
    FlowTable(const std::vector<double>& scales, double reference, const std::vector<double>& values);

    struct Line {
        double value = 0, slope = 0;
    };
    Line at(double flow) const;

   private:
    const std::vector<double>* scales_ = nullptr;
    double reference_ = 0;
    std::vector<double> ratio_;
};

// Energy (static pressure plus kinetic energy of the profile) lost between neighbouring points, each by the
// flow at its start, and the kinetic energy at each point by the flow there.
class NetworkLosses {
   public:
    // Marches multiples of `flows`, the solution of the network; multiples that cannot be marched are left
    // out. The losses at the flows themselves are exact. `root_pressure` as in NetworkSolution.
    NetworkLosses(const NetworkMarch& march, const NetworkFlows& flows,
                  const std::vector<double>& root_pressure);
    NetworkLosses(const NetworkLosses&) = delete;
    NetworkLosses& operator=(const NetworkLosses&) = delete;

    // From `point` - 1 to `point`; of point 0: the ostium, or the junction before the branch.
    FlowTable::Line drop(std::size_t branch, std::size_t point, double flow) const {
        return drop_[branch][point].at(flow);
    }
    // Kinetic energy, the same for both directions of flow.
    double kinetic(std::size_t branch, std::size_t point, double flow) const {
        const double value = kinetic_[branch][point].at(flow).value;
        return value < 0 ? -value : value;
    }
    double kinetic_slope(std::size_t branch, std::size_t point, double flow) const {
        const double slope = kinetic_[branch][point].at(flow).slope;
        return flow < 0 ? -slope : slope;
    }
    const std::vector<double>& scales() const { return scales_; }

   private:
    std::vector<double> scales_;
    std::vector<std::vector<FlowTable>> drop_, kinetic_;  // [branch][point]
};

}  // namespace ctffr
