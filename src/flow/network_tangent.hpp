// SPDX-License-Identifier: Apache-2.0
// A network linearised at given flows: every stretch, junction and ostium loses marched energy (static
// pressure plus kinetic energy of the profile) plus a slope times the change of flow; energy only falls
// downstream, so the slopes are resistances. Outlets and leaks stay in the equations, so the linear network
// is solved by one pass up the tree and one down, and stays well posed whatever a throat does: marching
// pressure down a tight throat with leaks behind it would grow every error exponentially.
#pragma once

#include <vector>

#include <Eigen/Dense>

#include "flow/network.hpp"

namespace ctffr {

// Resistance of everything behind the start of each branch with developed flow, Pa s/m3: positive, and far
// enough from zero to bound what the linearised network may do.
std::vector<double> developed_resistance(const NetworkMarch& march);

class NetworkTangent {
   public:
    explicit NetworkTangent(const NetworkMarch& march);
    // `at` is the state that the march gives for `flows`.
    void linearise(const NetworkFlows& flows, const NetworkState& at);
    // The same with the slopes of before, which saves a march.
    void move_to(const NetworkState& at);

    // The slopes of another network with the same branches and points.
    void take_slopes(const NetworkTangent& other);

    struct Answer {
        NetworkFlows flows;
        std::vector<double> root_pressure;  // per branch, Pa; 0 where there is no root
    };
    // Flows and root pressures that solve the linearised network.
    Answer solve() const;

   private:
    // Over the stretch before each point: energy lost at the marched flow, and its derivatives by the flow at
    // its start and at its end.
    struct Stretches {
        std::vector<double> drop, by_start, by_end;
    };
    // What lies behind a place: energy = base + resistance * flow.
    struct Behind {
        double base = 0, resistance = 0;
    };
    // Flows into the children: by_energy * (energy at the end of the parent) - offset.
    struct Split {
        Eigen::VectorXd by_energy, offset;
    };

    // Flow before a leak: ratio * (flow behind it) + offset.
    struct Leak {
        double ratio = 1, offset = 0;
    };

    void set_slopes(const NetworkFlows& flows, const NetworkState& at);
    void set_junction_slopes(const NetworkState& at);
    Behind at_junction(std::size_t branch, const std::vector<Behind>& behind, Split& split) const;
    Behind along_branch(std::size_t branch, Behind here, std::vector<Leak>& leaks) const;

    const NetworkMarch& march_;
    const Network& network_;
    std::vector<double> developed_;
    std::vector<std::vector<double>> flow_, kinetic_;  // [branch][point], marched
    std::vector<Stretches> stretches_;
    std::vector<double> ostium_drop_;              // per branch; roots only
    std::vector<Eigen::VectorXd> junction_drop_;   // per parent: energy lost into each child
    std::vector<Eigen::MatrixXd> junction_slope_;  // per parent: by the flow into each child
};

}  // namespace ctffr
