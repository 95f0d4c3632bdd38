// SPDX-License-Identifier: Apache-2.0
// The equations of a network as a vector: unknown flows out of leaves and leaks (and root pressures where the
// root flow is given), and the pressure that is missing at each of them.
#pragma once

#include <cmath>
#include <limits>

#include <Eigen/Dense>

#include "flow/network.hpp"
#include "flow/network_tangent.hpp"

namespace ctffr {

// Unknowns with everything that follows from them.
struct NetworkIterate {
    NetworkTangent::Answer unknowns;
    NetworkState state;
    // Largest missing pressure relative to the one that drives the flow; NaN where the march has no solution.
    double residual = std::numeric_limits<double>::quiet_NaN();

    bool finite() const { return std::isfinite(residual); }
};

class NetworkEquations {
   public:
    // Keeps a reference to `network`.
    explicit NetworkEquations(const Network& network);

    const NetworkMarch& march() const { return march_; }
    NetworkIterate at(NetworkTangent::Answer unknowns) const;
    // Developed flow, scaled down until the march has a solution (it always has at low speed) and does not
    // ask for much more pressure than there is.
    NetworkIterate first() const;

    Eigen::VectorXd pack(const NetworkTangent::Answer& unknowns) const;
    // Outlet flows stay within a factor of 8 of those of `before`.
    NetworkTangent::Answer unpack(const Eigen::VectorXd& x, const NetworkTangent::Answer& before) const;
    // The size of each unknown: what would flow under the whole driving pressure; without outlet resistance,
    // what `guess` has.
    Eigen::VectorXd capacity(const NetworkTangent::Answer& guess) const;

   private:
    template <class Answer, class Body>
    void for_each(Answer& unknowns, const Body& body) const;
    NetworkTangent::Answer developed_flow() const;

    const Network& network_;
    NetworkMarch march_;
    double scale_ = 0;  // Pa, driving pressure
};

}  // namespace ctffr
