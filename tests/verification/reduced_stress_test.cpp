// SPDX-License-Identifier: Apache-2.0
// A user must get an answer for any lumen: random networks and virtual patients with lesions of any severity
// up to 99 % must converge, balance, and have less flow the tighter the lesions are.
#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "ctffr/core/units.hpp"
#include "ctffr/stages/flow.hpp"
#include "flow/network_solve.hpp"
#include "phantom/coronaries.hpp"
#include "phantom/patient.hpp"
#include "support/coronary_fixture.hpp"
#include "support/random_networks.hpp"

namespace ctffr {
namespace {

// Residuals are relative to the driving pressure; near an occlusion round-off is allowed to end the descent.
constexpr double worst_residual = 1e-7;

void expect_balanced(const Network& network, const NetworkSolution& s) {
    const double driving = network.aortic_pressure - network.venous_pressure;
    double in = 0, out = 0;
    for (std::size_t b = 0; b < network.branches.size(); ++b) {
        const NetworkBranch& branch = network.branches[b];
        if (branch.parent < 0) in += s.state.flow[b].front();
        if (branch.children.empty()) {
            const double behind = network.venous_pressure + branch.outlet_resistance * s.state.flow[b].back();
            EXPECT_NEAR(s.state.pressure[b].back(), behind, worst_residual * driving);
            EXPECT_GE(s.state.flow[b].back(), -1e-12 * driving / branch.outlet_resistance);
            out += s.state.flow[b].back();
        }
        for (double leak : s.flows.leak[b]) out += leak;
        for (double p : s.state.pressure[b]) ASSERT_TRUE(std::isfinite(p));
    }
    EXPECT_NEAR(out / in, 1, 1e-12);
}

class RandomNetworks : public testing::TestWithParam<int> {};

// Each round: networks of one to thirteen branches; severities from healthy to all but closed.
TEST_P(RandomNetworks, ConvergeBalanceAndFallWithSeverity) {
    constexpr int networks = 30;
    for (int i = 0; i < networks; ++i) {
        const auto seed = static_cast<std::uint64_t>(GetParam() * networks + i);
        const test::RandomNetwork random(seed);
        double flow_before = 1;
        for (double severity : {0.0, 0.75, 0.92, 0.99}) {
            const Network network = random.at(severity);
            const NetworkSolution s = solve_network(network, 60, 1e-10, {});
            ASSERT_TRUE(s.status.converged()) << "network " << seed << ", severity " << severity << ": "
                                              << reason_name(s.status.reason) << " " << s.status.residual;
            EXPECT_LE(s.status.residual, worst_residual);
            expect_balanced(network, s);
            const double flow = s.state.flow[0].front();
            EXPECT_LT(flow, flow_before * (1 + worst_residual)) << "network " << seed << ", " << severity;
            flow_before = flow;
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Rounds, RandomNetworks, testing::Range(1, 4));

struct Reading {
    FlowProblem problem;
    FlowSolution solution;
};

Reading solve(const CoronaryTree& tree, const LumenSurface& lumen, const BoundaryOptions& options) {
    Reading r;
    r.problem = run_boundary(tree, lumen, {}, {}, options, {});
    r.solution = run_solve_reduced(tree, lumen, r.problem, {}, {});
    return r;
}

void expect_answer(const Reading& r, const std::string& what) {
    ASSERT_TRUE(r.solution.status.converged()) << what << ": " << r.solution.status.note;
    EXPECT_LT(r.solution.status.mass_imbalance, 1e-10) << what;
    for (std::size_t o = 0; o < r.problem.outlets.size(); ++o) {
        const Outlet& outlet = r.problem.outlets[o];
        const double behind =
            r.problem.hyperaemia.venous_pressure + outlet.resistance * r.solution.outlet_flow[o];
        EXPECT_NEAR(r.solution.pressure[static_cast<std::size_t>(outlet.branch)].back(), behind,
                    worst_residual * r.problem.hyperaemia.aortic_pressure)
            << what;
    }
}

TEST(AnyLesion, FfrFallsWithSeverityInAWholeTree) {
    using test::Narrowing;
    // Single, serial, ostial and at a fork; short, long, and whole segments.
    const std::vector<std::vector<Narrowing>> cases = {
        {{Segment::m_lad, 15, 8, 1}},
        {{Segment::m_rca, 20, 40, 1}},
        {{Segment::lm, 0, 8, 1}},
        {{Segment::p_rca, 0, 12, 1}},
        {{Segment::p_lad, 25, 12, 1}, {Segment::m_lad, 0, 10, 1}, {Segment::d1, 0, 10, 1}},
        {{Segment::p_cx, 8, 10, 0.8}, {Segment::d_cx, 10, 12, 1}, {Segment::om1, 12, 8, 1}},
    };
    for (std::size_t c = 0; c < cases.size(); ++c) {
        const BoundaryOptions options{.aortic_pressure_mmhg = 60 + 16 * static_cast<double>(c),
                                      .total_flow_ml_min = 1200 - 200 * static_cast<double>(c)};
        const CoronaryTree healthy = test::make_fixture({}).tree;
        const Reading base = solve(healthy, {}, options);
        const auto below = static_cast<std::size_t>(test::branch_of(healthy, cases[c].back().segment));
        double before = 2;
        for (double severity : {0.0, 0.4, 0.6, 0.8, 0.92, 0.99}) {
            std::vector<Narrowing> lesions = cases[c];
            for (Narrowing& lesion : lesions) lesion.fraction *= severity;
            const CoronaryTree tree = test::make_fixture({.narrowings = lesions}).tree;
            // The outlets of the healthy tree: what changes is the lumen alone.
            Reading r = base;
            r.solution = run_solve_reduced(tree, {}, base.problem, {}, {});
            expect_answer(r, "case " + std::to_string(c) + ", severity " + std::to_string(severity));
            const double ffr = r.solution.pressure[below].back() / r.problem.hyperaemia.aortic_pressure;
            EXPECT_LT(ffr, before) << "case " << c << ", severity " << severity;
            before = ffr;
        }
        const double venous = base.problem.hyperaemia.venous_pressure;
        EXPECT_NEAR(before, venous / base.problem.hyperaemia.aortic_pressure, 0.05) << "case " << c;
    }
}

TEST(AnyLesion, VirtualPatientsWithTightLesionsConvergeAndHaveAStandardDeviation) {
    for (std::uint64_t seed = 5001; seed < 5007; ++seed) {
        PhantomOptions options = phantom_preset("training");
        options.seed = seed;
        options.disease.lesions_mean = 4;
        options.disease.diameter_stenosis_pct = {70, 98};
        options.disease.length_mm = {4, 35};
        options.disease.serial_chance = options.disease.bifurcation_chance = 0.5;
        options.disease.occlusion_chance = 0.2;
        const phantom::DrawnPatient patient = phantom::draw_patient(options);
        const phantom::HeartAnatomy heart(patient.body, seed);
        const phantom::Coronaries truth =
            phantom::make_coronaries(heart, options, patient.body, patient.tissue.aorta, {});
        const Reading r = solve(truth.tree, truth.lumen, {});
        expect_answer(r, "patient " + std::to_string(seed));
        if (!r.solution.status.converged() || seed > 5002) continue;
        const FfrOutcome outcome = run_ffr(truth.tree, truth.lumen, r.problem, r.solution, {}, {});
        // All but what lies beyond an occlusion, which has no FFR.
        const OpenTree open = open_tree(truth.tree);
        for (std::size_t b = 0; b < outcome.map.ffr_sd.size(); ++b)
            for (std::size_t i = 0; i < outcome.map.ffr_sd[b].size(); ++i) {
                EXPECT_EQ(std::isfinite(outcome.map.ffr[b][i]), open.reaches(b, i));
                EXPECT_EQ(outcome.map.ffr_sd[b][i] >= 0, open.reaches(b, i));
            }
    }
}

}  // namespace
}  // namespace ctffr
