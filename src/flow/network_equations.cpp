// SPDX-License-Identifier: Apache-2.0
#include "flow/network_equations.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace ctffr {

namespace {

using Answer = NetworkTangent::Answer;

void scale_flows(Answer& a, double factor) {
    for (double& q : a.flows.outlet) q *= factor;
    for (auto& branch : a.flows.leak)
        for (double& q : branch) q *= factor;
}

}  // namespace

NetworkEquations::NetworkEquations(const Network& network) : network_(network), march_(network) {
    if (!network.root_flow) {
        scale_ = network.aortic_pressure - network.venous_pressure;
        return;
    }
    const std::vector<double> behind = developed_resistance(march_);
    for (std::size_t b = 0; b < behind.size(); ++b)
        if (network.branches[b].parent < 0) scale_ = std::max(scale_, *network.root_flow * behind[b]);
}

// body(value, whether it is the flow of an outlet).
template <class A, class Body>
void NetworkEquations::for_each(A& unknowns, const Body& body) const {
    for (std::size_t b = 0; b < network_.branches.size(); ++b) {
        const NetworkBranch& branch = network_.branches[b];
        if (branch.children.empty()) body(unknowns.flows.outlet[b], true);
        for (std::size_t i = 1; i < branch.arc.size(); ++i)
            if (branch.leak_before(i) > 0) body(unknowns.flows.leak[b][i], false);
        if (branch.parent < 0 && network_.root_flow) body(unknowns.root_pressure[b], false);
    }
}

NetworkIterate NetworkEquations::at(Answer unknowns) const {
    NetworkIterate it;
    it.unknowns = std::move(unknowns);
    it.state = march_network(march_, it.unknowns.flows, it.unknowns.root_pressure);
    if (it.state.failed_branch >= 0) return it;
    it.residual = 0;
    const auto add = [&](double missing_pa) {
        const double relative = std::abs(missing_pa) / scale_;
        it.residual = relative <= it.residual ? it.residual : relative;  // a NaN stays one
    };
    for (std::size_t b = 0; b < network_.branches.size(); ++b) {
        const NetworkBranch& branch = network_.branches[b];
        const double venous = network_.venous_pressure;
        for (std::size_t i = 1; i < branch.arc.size(); ++i)
            if (branch.leak_before(i) > 0)
                add(it.state.leak_pressure[b][i] - venous -
                    it.unknowns.flows.leak[b][i] / march_.leak(static_cast<int>(b), i));
        if (branch.children.empty())
            add(it.state.pressure[b].back() - venous -
                branch.outlet_resistance * it.unknowns.flows.outlet[b]);
        if (branch.parent < 0 && network_.root_flow)
            add((it.state.flow[b].front() / *network_.root_flow - 1) * scale_);
    }
    return it;
}

NetworkIterate NetworkEquations::first() const {
    constexpr double most = 1.5;  // no flow at all misses 1
    NetworkIterate it = at(developed_flow());
    for (int tries = 0; tries < 40 && !(it.residual < most) && !network_.root_flow; ++tries) {
        Answer less = std::move(it.unknowns);
        scale_flows(less, 0.6);
        it = at(std::move(less));
    }
    return it;
}

Eigen::VectorXd NetworkEquations::pack(const Answer& unknowns) const {
    std::vector<double> x;
    for_each(unknowns, [&](double value, bool) { x.push_back(value); });
    return Eigen::Map<Eigen::VectorXd>(x.data(), static_cast<Eigen::Index>(x.size()));
}

Answer NetworkEquations::unpack(const Eigen::VectorXd& x, const Answer& before) const {
    constexpr double widest = 8;
    Answer a = before;
    Eigen::Index k = 0;
    for_each(a, [&](double& value, bool outlet) {
        const double wanted = x(k++);
        value = outlet && value > 0 ? std::clamp(wanted, value / widest, value * widest) : wanted;
    });
    return a;
}

Eigen::VectorXd NetworkEquations::capacity(const Answer& guess) const {
    Answer a = guess;
    for (std::size_t b = 0; b < network_.branches.size(); ++b) {
        const NetworkBranch& branch = network_.branches[b];
        if (branch.outlet_resistance > 0) a.flows.outlet[b] = scale_ / branch.outlet_resistance;
        for (std::size_t i = 1; i < branch.arc.size(); ++i)
            a.flows.leak[b][i] = scale_ * march_.leak(static_cast<int>(b), i);
        a.root_pressure[b] = scale_;
    }
    return pack(a);
}

// What the linear network takes in which all flow creeps.
Answer NetworkEquations::developed_flow() const {
    NetworkState still;
    for (const NetworkBranch& branch : network_.branches)
        still.pressure.emplace_back(branch.arc.size(), network_.venous_pressure);
    still.leak_pressure = still.pressure;
    for (const NetworkBranch& branch : network_.branches) still.flow.emplace_back(branch.arc.size(), 0);
    still.kinetic = still.flow;
    still.end.resize(network_.branches.size());
    NetworkTangent tangent(march_);
    tangent.linearise({std::vector<double>(network_.branches.size(), 0), still.flow}, still);
    return tangent.solve();
}

}  // namespace ctffr
