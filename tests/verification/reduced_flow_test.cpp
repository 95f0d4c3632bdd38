// SPDX-License-Identifier: Apache-2.0
// The reduced solver against three-dimensional solutions (validation/reduced-flow/README.md: cases, source
// and why the tolerances are what they are). No constant of the solver was fitted to them.
#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "ctffr/core/units.hpp"
#include "flow/network_solve.hpp"

namespace ctffr {
namespace {

using Curve = std::vector<std::pair<double, double>>;  // mm, Pa

Curve read_curve(const std::string& name) {
    std::ifstream file(std::string(CTFFR_VALIDATION_DIR) + "/reduced-flow/" + name);
    EXPECT_TRUE(file.good()) << name;
    Curve curve;
    std::string line;
    std::getline(file, line);
    while (std::getline(file, line)) {
        std::replace(line.begin(), line.end(), ',', ' ');
        std::istringstream text(line);
        double x = 0, p = 0;
        text >> x >> p;
        curve.push_back({x, p});
    }
    return curve;
}

// A branch from arc `from_mm` to `to_mm` of radius(mm) in mm.
template <class Radius>
NetworkBranch branch_of(double from_mm, double to_mm, double spacing_mm, const Radius& radius_mm) {
    NetworkBranch branch;
    const int n = static_cast<int>(std::lround((to_mm - from_mm) / spacing_mm));
    for (int i = 0; i <= n; ++i) {
        const double x = from_mm + (to_mm - from_mm) * i / n;
        branch.arc.push_back((x - from_mm) * m_per_mm);
        branch.radius.push_back(radius_mm(x) * m_per_mm);
    }
    branch.shape.assign(branch.arc.size(), 1);
    branch.leak.assign(branch.arc.size(), 0);
    return branch;
}

double pressure_at(const NetworkBranch& branch, const std::vector<double>& pressure, double arc_mm) {
    const auto& arc = branch.arc;
    std::size_t i = 1;
    while (i + 1 < arc.size() && arc[i] < arc_mm * m_per_mm) ++i;
    const double t = (arc_mm * m_per_mm - arc[i - 1]) / (arc[i] - arc[i - 1]);
    return pressure[i - 1] + t * (pressure[i] - pressure[i - 1]);
}

// A smooth stenosis of half the diameter in a 3 mm tube, mean speed 0.3 m/s, Reynolds number 273.
Network stenosis_case(double spacing_mm) {
    Network network;
    network.inlet = InletProfile::developed;
    network.root_flow = 0.3 * pi * 1.5e-3 * 1.5e-3;
    network.branches = {branch_of(-15, 51, spacing_mm, [](double z) {
        return z > 0 && z < 6 ? 1.5 * (1 - 0.25 * (1 - std::cos(2 * pi * z / 6))) : 1.5;
    })};
    return network;
}

TEST(AgainstThreeDimensions, SmoothStenosis) {
    const Network network = stenosis_case(0.25);
    const NetworkSolution s = solve_network(network, 60, 1e-10, {});
    ASSERT_TRUE(s.status.converged());
    const auto p = [&](double z) { return pressure_at(network.branches[0], s.state.pressure[0], z + 15); };
    const double total = p(-15) - p(51), poiseuille = 246.4;
    RecordProperty("excess_pa", std::to_string(total - poiseuille));
    // Grid-converged reference values; 15 % is what is asked for, these are what the law gives.
    EXPECT_NEAR((total - poiseuille) / 473.5, 1, 0.10);
    EXPECT_NEAR(total / 719.9, 1, 0.07);
    EXPECT_NEAR((p(0) - p(6)) / 864.7, 1, 0.08);
    double worst = 0;
    for (const auto& [z, reference] : read_curve("stenosis.csv"))
        worst = std::max(worst, std::abs(p(z) - reference));
    EXPECT_LT(worst / 1000, 0.09);  // of the fall to the throat, 986 Pa
}

TEST(AgainstThreeDimensions, TextbookLawsDoWorse) {
    // Young and Tsai: 1074.6 Pa of excess where three dimensions give 473.5.
    const double a0 = pi * 1.5e-3 * 1.5e-3;
    const StenosisShape shape{a0, a0 / 4, a0, a0, 6e-3, 0};
    EXPECT_NEAR(young_tsai_drop(shape, {}, 0.3 * a0), 1074.6, 150);
    EXPECT_GT(young_tsai_drop(shape, {}, 0.3 * a0), 1.8 * 473.5);
}

// Tapering vessel with a 60 % stenosis and two side branches, all outlets at pressure 0.
Network tree_case(double spacing_mm) {
    const auto main_radius = [](double x) {
        const double taper = 1.75 - 0.75 * x / 60;
        return x > 25 && x < 35 ? taper * (1 - 0.60 * 0.5 * (1 + std::cos(pi * (x - 30) / 5))) : taper;
    };
    Network network;
    network.inlet = InletProfile::developed;
    network.root_flow = 0.25 * pi * 1.75e-3 * 1.75e-3;
    network.branches = {branch_of(0, 15, spacing_mm, main_radius), branch_of(15, 44, spacing_mm, main_radius),
                        branch_of(0, 30, spacing_mm, [](double) { return 1.1; }),
                        branch_of(44, 60, spacing_mm, main_radius),
                        branch_of(0, 30, spacing_mm, [](double) { return 0.9; })};
    const int parents[] = {-1, 0, 0, 1, 1};
    for (int b = 1; b < 5; ++b) {
        network.branches[static_cast<std::size_t>(b)].parent = parents[b];
        network.branches[static_cast<std::size_t>(parents[b])].children.push_back(b);
    }
    network.branches[2].turn_cosine = std::cos(50 * pi / 180);
    network.branches[4].turn_cosine = std::cos(55 * pi / 180);
    return network;
}

TEST(AgainstThreeDimensions, TreeWithStenosisAndSideBranches) {
    const Network network = tree_case(0.5);
    const NetworkSolution s = solve_network(network, 60, 1e-10, {});
    ASSERT_TRUE(s.status.converged());
    const double inlet = s.state.pressure[0].front(), flow = *network.root_flow;
    RecordProperty("inlet_pa", std::to_string(inlet));
    EXPECT_NEAR(inlet / 550.1, 1, 0.05);
    EXPECT_NEAR(s.state.flow[3].back() / flow, 0.272, 0.025);
    EXPECT_NEAR(s.state.flow[2].back() / flow, 0.686, 0.025);
    EXPECT_NEAR(s.state.flow[4].back() / flow, 0.0415, 0.01);
    // Along the main vessel, leaving out the mouths of the side branches, where a section mixes both.
    double worst = 0;
    for (const auto& [x, reference] : read_curve("tree_main.csv")) {
        if (std::abs(x - 16) <= 3 || std::abs(x - 45) <= 2) continue;
        const std::size_t b = x < 15 ? 0 : (x < 44 ? 1 : 3);
        const double start = b == 0 ? 0 : (b == 1 ? 15 : 44);
        worst = std::max(
            worst, std::abs(pressure_at(network.branches[b], s.state.pressure[b], x - start) - reference));
    }
    EXPECT_LT(worst / 550, 0.10);
    worst = 0;
    for (const auto& [x, reference] : read_curve("tree_branch1.csv"))
        if (x >= 4)
            worst = std::max(worst,
                             std::abs(pressure_at(network.branches[2], s.state.pressure[2], x) - reference));
    EXPECT_LT(worst / 550, 0.10);
}

TEST(ReducedFlow, PointSpacingDoesNotMatter) {
    const auto excess = [](double spacing_mm) {
        const Network network = stenosis_case(spacing_mm);
        return solve_network(network, 60, 1e-10, {}).state.pressure[0].front();
    };
    const double fine = excess(0.25);
    EXPECT_NEAR(excess(0.5) / fine, 1, 0.01);
    EXPECT_NEAR(excess(1.0) / fine, 1, 0.03);  // six points over the whole stenosis
    const auto inlet = [](double spacing_mm) {
        return solve_network(tree_case(spacing_mm), 60, 1e-10, {}).state.pressure[0].front();
    };
    EXPECT_NEAR(inlet(1.0) / inlet(0.25), 1, 0.01);
}

}  // namespace
}  // namespace ctffr
