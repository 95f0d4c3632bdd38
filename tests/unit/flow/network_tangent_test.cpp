// SPDX-License-Identifier: Apache-2.0
#include "flow/network_tangent.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "ctffr/core/units.hpp"
#include "flow/krylov.hpp"
#include "flow/mixing.hpp"
#include "flow/network_solve.hpp"

namespace ctffr {
namespace {

NetworkBranch tube(double length, double radius) {
    NetworkBranch branch;
    for (int i = 0; i <= 20; ++i) branch.arc.push_back(length * i / 20), branch.radius.push_back(radius);
    branch.shape.assign(branch.arc.size(), 1);
    branch.leak.assign(branch.arc.size(), 0);
    return branch;
}

TEST(NetworkTangent, SolvesCreepingFlowInOnePass) {
    // Honey in a fork: no inertia, so the linear network is the network.
    Network network;
    network.inlet = InletProfile::developed;
    network.aortic_pressure = pa_from_mmhg(90), network.venous_pressure = pa_from_mmhg(5);
    network.viscosity = 100;
    network.branches = {tube(0.02, 2e-3), tube(0.03, 1.2e-3), tube(0.03, 0.8e-3)};
    network.branches[0].children = {1, 2};
    for (std::size_t b : {1u, 2u})
        network.branches[b].parent = 0, network.branches[b].outlet_resistance = 1e13;
    for (double& g : network.branches[1].leak) g = 2e-16;
    const NetworkSolution s = solve_network(network, 60, 1e-10, {});
    ASSERT_TRUE(s.status.converged());
    EXPECT_LE(s.status.iterations, 1);
    const auto r = [&](double radius, double length) {
        return 8 * network.viscosity * length / (pi * std::pow(radius, 4));
    };
    // The branch without leaks by hand: its two resistances in series.
    const double end = network.venous_pressure + 1e13 * s.state.flow[2].back();
    EXPECT_NEAR((s.state.pressure[2].front() - end) / (r(0.8e-3, 0.03) * s.state.flow[2].back()), 1, 1e-9);
    EXPECT_NEAR(s.state.pressure[2].back() / end, 1, 1e-9);
}

TEST(NetworkTangent, LeaksStayPositiveInAThroatThatIsAllButClosed) {
    // Conductance of the leaks times resistance of the throat is some thousand: marching the pressure down
    // with the leaks would lose every digit.
    Network network;
    network.aortic_pressure = pa_from_mmhg(90), network.venous_pressure = pa_from_mmhg(5);
    network.branches = {tube(0.04, 1.5e-3)};
    network.branches[0].outlet_resistance = 6e9;
    for (std::size_t i = 6; i < 16; ++i) network.branches[0].radius[i] = 0.02e-3;
    for (double& g : network.branches[0].leak) g = 3e-12;
    const NetworkSolution s = solve_network(network, 60, 1e-10, {});
    ASSERT_TRUE(s.status.converged()) << s.status.residual;
    for (std::size_t i = 1; i < 21; ++i) {
        EXPECT_GE(s.flows.leak[0][i], 0);
        EXPECT_LE(s.state.flow[0][i], s.state.flow[0][i - 1]);
    }
    EXPECT_NEAR(s.state.pressure[0].back(), network.venous_pressure, 1);
}

TEST(NetworkResponse, AgreesWithSolvingAgain) {
    Network network;
    network.aortic_pressure = pa_from_mmhg(90), network.venous_pressure = pa_from_mmhg(5);
    network.branches = {tube(0.04, 1.5e-3)};
    network.branches[0].outlet_resistance = 6e9;
    for (double throat : {0.9e-3, 0.5e-3, 0.1e-3}) {
        network.branches[0].radius[10] = throat;
        const NetworkResponse response(network, {});
        ASSERT_TRUE(response.valid());
        Network changed = network;
        changed.branches[0].radius[10] *= 0.85;
        const auto answer = response.to(changed, {});
        ASSERT_TRUE(answer.has_value());
        const NetworkSolution again = solve_network(changed, 60, 1e-10, {});
        EXPECT_NEAR(answer->pressure[0].back(), again.state.pressure[0].back(),
                    1e-3 * network.aortic_pressure);
    }
}

TEST(Mixing, LinearMapOfFewDimensionsIsSolvedInAsManySteps) {
    const Eigen::Matrix3d a{{0.3, 0.9, 0.1}, {-0.4, 0.2, 0.5}, {0.2, -0.7, 1.4}};
    const Eigen::Vector3d b{1, 2, 3};
    Mixing mixing;
    Eigen::VectorXd x = Eigen::Vector3d::Zero();
    for (int step = 0; step < 4; ++step) {
        const Eigen::VectorXd f = a * x + b - x;
        mixing.add(x, f);
        x = mixing.ready() ? mixing.next() : Eigen::VectorXd(x + f);
    }
    EXPECT_LT((a * x + b - x).norm(), 1e-9);  // plain iteration would diverge
}

TEST(Krylov, NewtonDirectionOfALinearSystem) {
    Eigen::MatrixXd a = Eigen::MatrixXd::Identity(12, 12);
    for (int i = 0; i < 12; ++i)
        for (int j = 0; j < 12; ++j) a(i, j) += 0.3 * std::sin(3.0 * i + 5.0 * j);
    const Eigen::VectorXd f = Eigen::VectorXd::LinSpaced(12, -1, 2);
    const auto derivative = [&](const Eigen::VectorXd& v) { return Eigen::VectorXd(a * v); };
    EXPECT_LT((f + a * newton_krylov(f, derivative, 12, 1e-12)).norm(), 1e-9);
    const Eigen::VectorXd rough = newton_krylov(f, derivative, 12, 0.1);
    EXPECT_LE((f + a * rough).norm(), 0.1 * f.norm());
}

}  // namespace
}  // namespace ctffr
