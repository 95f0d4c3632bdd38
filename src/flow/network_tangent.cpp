// SPDX-License-Identifier: Apache-2.0
#include "flow/network_tangent.hpp"

#include <algorithm>
#include <cmath>

#include "ctffr/core/units.hpp"

namespace ctffr {

namespace {

constexpr double relative_change = 1e-4;  // of flow, for derivatives
// Negative slopes (pressure recovered behind a throat) may not eat up more than this of what lies behind.
constexpr double least_resistance = 1e-3;
constexpr double least_ratio = 0.1;  // of the flow before a leak to that behind it, per unit of flow

double energy(const NetworkState& state, std::size_t branch, std::size_t point) {
    return state.pressure[branch][point] + state.kinetic[branch][point];
}

// Slope of a quadratic loss.
double quadratic(double loss, double flow) { return flow > 0 ? 2 * loss / flow : 0; }

}  // namespace

std::vector<double> developed_resistance(const NetworkMarch& march) {
    const auto& branches = march.network().branches;
    std::vector<double> behind(branches.size());
    for (std::size_t b = branches.size(); b-- > 0;) {
        double resistance = branches[b].outlet_resistance;
        if (!branches[b].children.empty()) {
            double conductance = 0;
            for (int child : branches[b].children) conductance += 1 / behind[static_cast<std::size_t>(child)];
            resistance = 1 / conductance;
        }
        for (std::size_t i = branches[b].arc.size(); i-- > 1;) {
            const auto& creeping = march.creeping(static_cast<int>(b), i);
            resistance = resistance / (1 + march.leak(static_cast<int>(b), i) * resistance);
            resistance += creeping.at_start + creeping.at_end;
        }
        behind[b] = resistance;
    }
    return behind;
}

NetworkTangent::NetworkTangent(const NetworkMarch& march)
    : march_(march), network_(march.network()), developed_(developed_resistance(march)) {
    for (const NetworkBranch& branch : network_.branches) {
        const std::size_t n = branch.arc.size();
        const std::vector<double> zero(n, 0);
        stretches_.push_back({zero, zero, zero});
        const auto m = static_cast<Eigen::Index>(branch.children.size());
        junction_drop_.push_back(Eigen::VectorXd::Zero(m));
        junction_slope_.push_back(Eigen::MatrixXd::Zero(m, m));
    }
    ostium_drop_.assign(developed_.size(), 0);
}

void NetworkTangent::linearise(const NetworkFlows& flows, const NetworkState& at) {
    move_to(at);
    set_slopes(flows, at);
    if (network_.law == FlowLaw::profile) set_junction_slopes(at);
}

void NetworkTangent::move_to(const NetworkState& at) {
    flow_ = at.flow, kinetic_ = at.kinetic;
    for (std::size_t b = 0; b < network_.branches.size(); ++b) {
        const NetworkBranch& branch = network_.branches[b];
        Stretches& s = stretches_[b];
        for (std::size_t i = 1; i < branch.arc.size(); ++i) {
            s.drop[i] = energy(at, b, i - 1) - energy(at, b, i);
        }
        for (std::size_t c = 0; c < branch.children.size(); ++c)
            junction_drop_[b](static_cast<Eigen::Index>(c)) =
                energy(at, b, branch.arc.size() - 1) -
                energy(at, static_cast<std::size_t>(branch.children[c]), 0);
        if (branch.parent < 0) {
            const auto root = march_.at_root(static_cast<int>(b), 0, flow_[b].front());
            ostium_drop_[b] = -root.pressure - march_.kinetic(static_cast<int>(b), 0, root);
        }
    }
}

void NetworkTangent::take_slopes(const NetworkTangent& other) {
    stretches_ = other.stretches_, junction_slope_ = other.junction_slope_;
}

// All flows move together: this has the derivative of a single vessel exactly, with everything that the
// profile carries downstream, and of a tree up to what a change of the split does to the profiles.
void NetworkTangent::set_slopes(const NetworkFlows& flows, const NetworkState& at) {
    NetworkState moved;
    double change = relative_change;
    for (const double by : {relative_change, -relative_change}) {
        NetworkFlows scaled = flows;
        for (double& q : scaled.outlet) q *= 1 + by;
        for (auto& branch : scaled.leak)
            for (double& q : branch) q *= 1 + by;
        moved =
            march_network(march_, scaled, std::vector<double>(developed_.size(), network_.aortic_pressure));
        change = by;
        if (moved.failed_branch < 0) break;
    }
    for (std::size_t b = 0; b < network_.branches.size(); ++b) {
        const NetworkBranch& branch = network_.branches[b];
        Stretches& s = stretches_[b];
        for (std::size_t i = 1; i < branch.arc.size(); ++i) {
            const auto& creeping = march_.creeping(static_cast<int>(b), i);
            const double more = (energy(moved, b, i - 1) - energy(moved, b, i) - s.drop[i]) / change;
            const double developed = creeping.at_start * flow_[b][i - 1] + creeping.at_end * flow_[b][i];
            // Below this the difference of two pressures is round-off.
            const bool readable = std::abs(more * change) > 1e-10 * std::abs(at.pressure[b][i]);
            const double factor = readable && developed > 0 ? more / developed : 1;
            s.by_start[i] = factor * creeping.at_start, s.by_end[i] = factor * creeping.at_end;
        }
    }
}

void NetworkTangent::set_junction_slopes(const NetworkState& at) {
    for (std::size_t b = 0; b < network_.branches.size(); ++b) {
        const auto& children = network_.branches[b].children;
        const double by = relative_change * at.end[b].flow;
        if (!(by > 0)) continue;
        std::vector<double> flows;
        for (int child : children) flows.push_back(flow_[static_cast<std::size_t>(child)].front());
        for (std::size_t k = 0; k < children.size(); ++k) {
            std::vector<double> changed = flows;
            NetworkMarch::Inflow end = at.end[b];
            changed[k] += by, end.flow += by;
            const auto moved = march_.across_junction(static_cast<int>(b), end, changed);
            const double above = end.pressure + march_.kinetic(static_cast<int>(b), flow_[b].size() - 1, end);
            for (std::size_t c = 0; c < children.size(); ++c) {
                const auto row = static_cast<Eigen::Index>(c);
                const double below = moved[c].pressure + march_.kinetic(children[c], 0, moved[c]);
                junction_slope_[b](row, static_cast<Eigen::Index>(k)) =
                    (above - below - junction_drop_[b](row)) / by;
            }
        }
    }
}

NetworkTangent::Behind NetworkTangent::at_junction(std::size_t b, const std::vector<Behind>& behind,
                                                   Split& split) const {
    const auto& children = network_.branches[b].children;
    const auto m = static_cast<Eigen::Index>(children.size());
    Eigen::VectorXd flow(m), base(m), resistance(m);
    for (Eigen::Index c = 0; c < m; ++c) {
        const auto child = static_cast<std::size_t>(children[static_cast<std::size_t>(c)]);
        flow(c) = flow_[child].front();
        base(c) = behind[child].base, resistance(c) = behind[child].resistance;
    }
    Eigen::MatrixXd matrix = junction_slope_[b];
    matrix.diagonal() += resistance;
    const Eigen::VectorXd right = base + junction_drop_[b] - junction_slope_[b] * flow;
    const auto lu = matrix.partialPivLu();
    split.by_energy = lu.solve(Eigen::VectorXd::Ones(m)), split.offset = lu.solve(right);
    if (!(split.by_energy.minCoeff() > 0) || !split.offset.allFinite()) {
        // More pressure must not mean less flow: leave the losses of the junction as they are.
        split.by_energy = resistance.cwiseInverse();
        split.offset = (base + junction_drop_[b]).cwiseProduct(split.by_energy);
    }
    const double conductance = split.by_energy.sum();
    return {split.offset.sum() / conductance, 1 / conductance};
}

// What lies behind the start of a branch, from what lies behind its end.
NetworkTangent::Behind NetworkTangent::along_branch(std::size_t b, Behind here,
                                                    std::vector<Leak>& leaks) const {
    const NetworkBranch& branch = network_.branches[b];
    const Stretches& s = stretches_[b];
    // The slope is bounded about the marched flow, so that a solution stays one.
    const auto bounded = [&](Behind behind, double marched) {
        const double more = std::max(least_resistance * developed_[b] - behind.resistance, 0.0);
        return Behind{behind.base - more * marched, behind.resistance + more};
    };
    leaks.resize(branch.arc.size());
    for (std::size_t i = branch.arc.size(); i-- > 1;) {
        const double q0 = flow_[b][i - 1], q1 = flow_[b][i];  // marched
        const double d0 = s.by_start[i], d1 = s.by_end[i];
        const double lost = s.drop[i] - d0 * q0 - d1 * q1;  // at no flow
        Leak& leak = leaks[i];
        if (const double g = march_.leak(static_cast<int>(b), i); g > 0) {
            here = bounded(here, q1);
            // Flow in = flow out + g (static pressure - venous), the pressure being part that of the start.
            const double up = march_.creeping(static_cast<int>(b), i).upstream;
            const double k0 = quadratic(kinetic_[b][i - 1], q0), k1 = quadratic(kinetic_[b][i], q1);
            const double own = std::max(1 - g * up * (d0 - k0), least_ratio);
            const double still = here.base + up * (lost - kinetic_[b][i - 1] + k0 * q0) +
                                 (1 - up) * (k1 * q1 - kinetic_[b][i]) - network_.venous_pressure;
            leak.ratio = std::max(1 + g * (here.resistance + up * d1 - (1 - up) * k1), least_ratio) / own;
            leak.offset = g * still / own;
        }
        const double behind = (here.resistance + d1) / leak.ratio;
        here = {here.base + lost - behind * leak.offset, behind + d0};
    }
    return bounded(here, flow_[b].front());
}

NetworkTangent::Answer NetworkTangent::solve() const {
    const std::size_t n = network_.branches.size();
    std::vector<Behind> start(n), end(n);  // behind the start and the end of each branch
    std::vector<std::vector<Leak>> leaks(n);
    std::vector<Split> split(n);
    for (std::size_t b = n; b-- > 0;) {
        if (network_.branches[b].children.empty()) {
            const double marched = flow_[b].back(), kinetic = kinetic_[b].back();
            const double slope = quadratic(kinetic, marched);
            end[b] = {network_.venous_pressure + kinetic - slope * marched,
                      network_.branches[b].outlet_resistance + slope};
        } else {
            end[b] = at_junction(b, start, split[b]);
        }
        start[b] = along_branch(b, end[b], leaks[b]);
    }
    Answer answer;
    answer.flows.outlet.assign(n, 0), answer.flows.leak.resize(n);
    answer.root_pressure.assign(n, 0);
    std::vector<double> flow(n, 0);
    for (std::size_t b = 0; b < n; ++b) {
        const NetworkBranch& branch = network_.branches[b];
        if (branch.parent < 0) {
            const double slope = quadratic(ostium_drop_[b], flow_[b].front());
            const Behind whole{start[b].base + ostium_drop_[b] - slope * flow_[b].front(),
                               start[b].resistance + slope};
            flow[b] = network_.root_flow.value_or((network_.aortic_pressure - whole.base) / whole.resistance);
            answer.root_pressure[b] = whole.base + whole.resistance * flow[b];
        }
        answer.flows.leak[b].assign(branch.arc.size(), 0);
        for (std::size_t i = 1; i < branch.arc.size(); ++i) {
            const Leak& leak = leaks[b][i];
            flow[b] = (flow[b] - leak.offset) / leak.ratio;
            answer.flows.leak[b][i] = (leak.ratio - 1) * flow[b] + leak.offset;
        }
        if (branch.children.empty()) answer.flows.outlet[b] = flow[b];
        const double energy = end[b].base + end[b].resistance * flow[b];
        for (std::size_t c = 0; c < branch.children.size(); ++c)
            flow[static_cast<std::size_t>(branch.children[c])] =
                split[b].by_energy(static_cast<Eigen::Index>(c)) * energy -
                split[b].offset(static_cast<Eigen::Index>(c));
    }
    return answer;
}

}  // namespace ctffr
