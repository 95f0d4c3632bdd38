// SPDX-License-Identifier: Apache-2.0
#include "flow/network_fit.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "flow/network_solve.hpp"

namespace ctffr {
namespace {

NetworkBranch tube(int parent, double length_mm, double radius_mm, double narrowing, double resistance) {
    NetworkBranch branch;
    branch.parent = parent;
    const int n = static_cast<int>(2 * length_mm);
    for (int i = 0; i <= n; ++i) {
        const double x = 0.5 * i - length_mm / 2;
        branch.arc.push_back(0.5e-3 * i);
        branch.radius.push_back(1e-3 * radius_mm * (1 - narrowing * std::exp(-x * x / 4)));
    }
    branch.shape.assign(branch.arc.size(), 1.0);
    branch.leak.assign(branch.arc.size(), parent < 0 ? 0.0 : 2e-13);
    branch.outlet_resistance = resistance;
    return branch;
}

Network small_network() {
    Network network;
    network.aortic_pressure = 11'600, network.venous_pressure = 667;
    network.branches.push_back(tube(-1, 12, 2, 0, 0));
    network.branches.push_back(tube(0, 22, 1.6, 0.45, 5e9));
    network.branches.push_back(tube(0, 18, 1.4, 0, 8e9));
    network.branches[0].children = {1, 2};
    return network;
}

TEST(NetworkFit, StandsInForAnotherModel) {
    // The other model: thicker blood, a rougher ostium, sharper turns.
    Network other = small_network();
    other.viscosity *= 1.3, other.ostium_loss = 1.5;
    other.branches[2].turn_cosine = 0.4;
    const NetworkSolution target = solve_network(other, 60, 1e-10, {});
    ASSERT_TRUE(target.status.converged());
    Network network = small_network();
    const double aortic = network.aortic_pressure;
    const NetworkSolution before = solve_network(network, 60, 1e-10, {});
    EXPECT_GT(std::abs(before.state.pressure[1].back() - target.state.pressure[1].back()), 0.005 * aortic);
    fit_network(network, target.state, {{0, 24}, {0, 12, 32, 44}, {0, 36}});
    const NetworkSolution after = solve_network(network, 60, 1e-10, {});
    ASSERT_TRUE(after.status.converged());
    for (const auto& [branch, point] :
         {std::pair{0, 0}, {0, 24}, {1, 0}, {1, 12}, {1, 32}, {1, 44}, {2, 0}, {2, 36}})
        EXPECT_NEAR(after.state.pressure[branch][point], target.state.pressure[branch][point], 2e-5 * aortic)
            << branch << " " << point;
    EXPECT_NEAR(after.state.flow[0].front() / target.state.flow[0].front(), 1, 1e-4);
    // Between the knots it is near, not exact.
    for (std::size_t i = 0; i < 45; ++i)
        EXPECT_NEAR(after.state.pressure[1][i], target.state.pressure[1][i], 0.01 * aortic) << i;
}

TEST(NetworkFit, ItsOwnSolutionChangesNothing) {
    Network network = small_network();
    const NetworkSolution own = solve_network(network, 60, 1e-10, {});
    fit_network(network, own.state, {{0, 24}, {0, 44}, {0, 36}});
    for (const NetworkBranch& branch : network.branches)
        for (std::size_t i = 1; i < branch.arc.size(); ++i) {
            EXPECT_NEAR(branch.drop_factor[i], 1, 2e-3);
            EXPECT_NEAR(branch.extra_loss[i] * std::pow(own.state.flow[0].front(), 2), 0, 0.05);  // Pa
        }
}

}  // namespace
}  // namespace ctffr
