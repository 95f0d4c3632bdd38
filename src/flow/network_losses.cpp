// SPDX-License-Identifier: Apache-2.0
#include "flow/network_losses.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

#include "ctffr/core/error.hpp"

namespace ctffr {

namespace {

// Multiples of the steady flow, close enough for the losses between them (a test measures it). Peak flow is
// about twice the mean.
constexpr double multiples[] = {0.02, 0.1, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 2.5, 3};

}  // namespace

FlowTable::FlowTable(const std::vector<double>& scales, double reference, const std::vector<double>& values)
    : scales_(&scales), reference_(reference) {
    for (std::size_t k = 0; k < scales.size(); ++k) ratio_.push_back(values[k] / (scales[k] * reference));
}

FlowTable::Line FlowTable::at(double flow) const {
    const std::vector<double>& s = *scales_;
    const double scale = std::abs(flow) / reference_;
    if (scale <= s.front() || s.size() == 1) return {ratio_.front() * flow, ratio_.front()};
    std::size_t k = 1;
    while (k + 1 < s.size() && s[k] < scale) ++k;
    const double slope = (ratio_[k] - ratio_[k - 1]) / (s[k] - s[k - 1]);
    const double ratio = ratio_[k] + slope * (scale - s[k]);
    return {ratio * flow, ratio + slope * scale};
}

NetworkLosses::NetworkLosses(const NetworkMarch& march, const NetworkFlows& flows,
                             const std::vector<double>& root_pressure) {
    const Network& network = march.network();
    std::vector<NetworkState> states;
    for (double scale : multiples) {
        NetworkFlows scaled = flows;
        for (double& q : scaled.outlet) q *= scale;
        for (auto& branch : scaled.leak)
            for (double& q : branch) q *= scale;
        NetworkState state = march_network(march, scaled, root_pressure);
        if (state.failed_branch >= 0) {
            CTFFR_CHECK(scale != 1);
            continue;
        }
        scales_.push_back(scale), states.push_back(std::move(state));
    }
    const std::vector<std::vector<double>> reference = flows.along(network);
    const auto energy = [](const NetworkState& s, std::size_t b, std::size_t i) {
        return s.pressure[b][i] + s.kinetic[b][i];
    };
    std::vector<double> drop(scales_.size()), kinetic(scales_.size());
    for (std::size_t b = 0; b < network.branches.size(); ++b) {
        const NetworkBranch& branch = network.branches[b];
        drop_.emplace_back(), kinetic_.emplace_back();
        for (std::size_t i = 0; i < branch.arc.size(); ++i) {
            for (std::size_t k = 0; k < scales_.size(); ++k) {
                const auto parent = static_cast<std::size_t>(branch.parent);
                const double before =
                    i > 0               ? energy(states[k], b, i - 1)
                    : branch.parent < 0 ? root_pressure[b]
                                        : energy(states[k], parent, network.branches[parent].arc.size() - 1);
                drop[k] = before - energy(states[k], b, i);
                kinetic[k] = states[k].kinetic[b][i];
            }
            drop_[b].emplace_back(scales_, reference[b][i > 0 ? i - 1 : 0], drop);
            kinetic_[b].emplace_back(scales_, reference[b][i], kinetic);
        }
    }
}

}  // namespace ctffr
