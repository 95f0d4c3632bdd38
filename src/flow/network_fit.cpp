// SPDX-License-Identifier: Apache-2.0
#include "flow/network_fit.hpp"

#include <algorithm>
#include <cmath>

#include "ctffr/core/error.hpp"

namespace ctffr {

namespace {

// A factor on a change that is less than this part of all ups and downs in the stretch would blow these up.
constexpr double least_part = 0.5;
constexpr double least_change = 1;  // Pa: a factor on less than this means nothing
constexpr double least_factor = 0.5, largest_factor = 2;

// The flows of a state as flows out of leaves and through walls.
NetworkFlows flows_of(const Network& network, const NetworkState& state) {
    NetworkFlows flows;
    for (std::size_t b = 0; b < network.branches.size(); ++b) {
        const std::vector<double>& flow = state.flow[b];
        flows.outlet.push_back(network.branches[b].children.empty() ? flow.back() : 0.0);
        std::vector<double> leak(flow.size(), 0.0);
        for (std::size_t i = 1; i < flow.size(); ++i) leak[i] = flow[i - 1] - flow[i];
        flows.leak.push_back(std::move(leak));
    }
    return flows;
}

}  // namespace

void fit_network(Network& network, const NetworkState& target,
                 const std::vector<std::vector<std::size_t>>& knots) {
    for (NetworkBranch& branch : network.branches) branch.drop_factor.clear(), branch.extra_loss.clear();
    const NetworkState own = march_prescribed(network, flows_of(network, target));
    for (std::size_t b = 0; b < network.branches.size(); ++b) {
        NetworkBranch& branch = network.branches[b];
        const std::vector<double>&p = own.pressure[b], &wanted = target.pressure[b], &flow = target.flow[b];
        branch.drop_factor.assign(p.size(), 1.0);
        branch.extra_loss.assign(p.size(), 0.0);
        // What the march finds at the start of the branch: its jump at the ostium or junction below the
        // fitted end of the parent.
        const auto parent = static_cast<std::size_t>(std::max(branch.parent, 0));
        const double above = branch.parent < 0 ? network.aortic_pressure : target.pressure[parent].back();
        const double own_above = branch.parent < 0 ? network.aortic_pressure : own.pressure[parent].back();
        double start = above + p.front() - own_above;
        if (flow.front() != 0) {
            branch.extra_loss[0] = (start - wanted.front()) / (flow.front() * std::abs(flow.front()));
            start = wanted.front();
        }
        for (std::size_t k = 0; k + 1 < knots[b].size(); ++k) {
            const std::size_t first = knots[b][k], last = knots[b][k + 1];
            CTFFR_CHECK_OP(first, <, last);
            const double change = p[last] - p[first], needed = wanted[last] - start;
            double squares = 0, ups_and_downs = 0;
            for (std::size_t i = first + 1; i <= last; ++i)
                squares += flow[i] * flow[i], ups_and_downs += std::abs(p[i] - p[i - 1]);
            const bool scales = std::abs(change) > std::max(least_change, least_part * ups_and_downs);
            const double factor = scales ? std::clamp(needed / change, least_factor, largest_factor) : 1.0;
            for (std::size_t i = first + 1; i <= last; ++i) {
                branch.drop_factor[i] = factor;
                branch.extra_loss[i] = squares > 0 ? (factor * change - needed) / squares : 0.0;
            }
            start = wanted[last];
        }
    }
}

}  // namespace ctffr
