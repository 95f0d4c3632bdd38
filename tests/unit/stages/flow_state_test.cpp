// SPDX-License-Identifier: Apache-2.0
// Rest and exercise through boundary conditions, reduced flow and read-out; the split by muscle and its
// fallbacks.
#include <cmath>

#include <gtest/gtest.h>

#include "ctffr/core/error.hpp"
#include "ctffr/core/units.hpp"
#include "ctffr/stages/flow.hpp"
#include "support/coronary_fixture.hpp"

namespace ctffr {
namespace {

struct Solved {
    CoronaryTree tree;
    FlowProblem problem;
    FlowSolution solution;
    FfrOutcome outcome;
};

Solved solve(double narrowing, const BoundaryOptions& options, int samples = 0) {
    Solved s;
    s.tree = test::make_fixture({.narrowings = {{Segment::m_lad, 15, 14, narrowing}}}).tree;
    PatientFacts facts;
    facts.sex = 'M';
    s.problem = run_boundary(s.tree, {}, {}, facts, options, {});
    s.solution = run_solve_reduced(s.tree, {}, s.problem, {}, {});
    FfrOptions ffr;
    ffr.uncertainty_samples = samples;
    s.outcome = run_ffr(s.tree, {}, s.problem, s.solution, ffr, {});
    return s;
}

BoundaryOptions in(const char* state) {
    BoundaryOptions options;
    options.state = state;
    return options;
}

double flow_of(const Solved& s) {
    double flow = 0;
    for (int root : s.tree.roots()) flow += s.solution.flow[static_cast<std::size_t>(root)].front();
    return flow;
}

// The estimate beside an FFR solves tables of the hyperaemic tree and takes the driving pressure for that at
// the bed; the state solves the tree itself. Both regulate: they agree to 0.01.
TEST(FlowState, RestAgreesWithTheRestingEstimate) {
    for (double narrowing : {0.4, 0.55, 0.65}) {
        const Solved hyperaemia = solve(narrowing, in("hyperaemia"), 10), rest = solve(narrowing, in("rest"));
        ASSERT_EQ(rest.outcome.lesions.size(), 1u);
        ASSERT_EQ(hyperaemia.outcome.resting.lesions.size(), 1u);
        EXPECT_NEAR(rest.outcome.lesions[0].ffr_20mm_distal, hyperaemia.outcome.resting.lesions[0], 0.01)
            << narrowing;
        for (std::size_t v = 0; v < rest.outcome.vessels.size(); ++v)
            EXPECT_NEAR(rest.outcome.vessels[v].ffr_distal, hyperaemia.outcome.resting.vessels[v], 0.01);
    }
}

TEST(FlowState, RegulationKeepsTheFlowUntilTheBedIsOpen) {
    const Solved healthy = solve(0, in("rest")), narrowed = solve(0.6, in("rest"));
    EXPECT_NEAR(flow_of(healthy) / healthy.problem.hyperaemia.total_flow, 1, 1e-4);
    EXPECT_NEAR(flow_of(narrowed) / flow_of(healthy), 1, 1e-3);
    const Solved tight = solve(0.85, in("rest"));
    EXPECT_LT(flow_of(tight), 0.95 * flow_of(healthy));
    for (std::size_t o = 0; o < tight.problem.outlets.size(); ++o)
        EXPECT_LE(1 / tight.problem.outlets[o].resistance, tight.problem.reserve.outlet_open[o] * (1 + 1e-9));
}

TEST(FlowState, StatesAreInOrderAndSaySo) {
    const Solved rest = solve(0.55, in("rest"), 200), exercise = solve(0.55, in("exercise"), 200),
                 hyperaemia = solve(0.55, in("hyperaemia"), 200);
    const auto ratio = [](const Solved& s) { return s.outcome.lesions.at(0).ffr_20mm_distal; };
    EXPECT_GT(ratio(rest), ratio(exercise));
    EXPECT_GT(ratio(exercise), ratio(hyperaemia));
    EXPECT_EQ(rest.problem.hyperaemia.state, FlowState::rest);
    EXPECT_GT(exercise.problem.hyperaemia.total_flow, 1.5 * rest.problem.hyperaemia.total_flow);
    for (const Solved* s : {&rest, &exercise, &hyperaemia}) {
        const FfrUncertainty& u = s->outcome.uncertainty;
        EXPECT_EQ(u.state, FfrUncertainty::State::estimated);
        EXPECT_LT(u.lesions.at(0).low_90, ratio(*s));
        EXPECT_GT(u.lesions.at(0).high_90, ratio(*s));
    }
    EXPECT_EQ(rest.outcome.uncertainty.threshold, 0.92);
    EXPECT_TRUE(std::isfinite(rest.outcome.uncertainty.lesions[0].p_below));
    EXPECT_TRUE(std::isnan(exercise.outcome.uncertainty.threshold));
    EXPECT_TRUE(std::isnan(exercise.outcome.uncertainty.lesions[0].p_below));
    EXPECT_TRUE(rest.outcome.resting.lesions.empty());
    EXPECT_TRUE(std::isnan(rest.outcome.vessels[0].ppg));
    EXPECT_THROW((void)solve(0, in("sleep")), Error);
}

// Where the muscle cannot be had, the flow goes by dominance as it always did, and the problem says why.
TEST(FlowSplit, FallsBackToDominanceWithASentence) {
    const CoronaryTree tree = test::make_fixture({}).tree;
    BoundaryOptions options;
    const FlowProblem by_dominance = run_boundary(tree, {}, {}, {}, options, {});
    EXPECT_EQ(by_dominance.muscle.split_by, "dominance");
    EXPECT_TRUE(by_dominance.muscle.split_fallback.empty());
    options.territories = "myocardium";
    Segmentation empty{{{4, 4, 4}, {1, 1, 1}, {}, {}}, std::vector<std::uint8_t>(64, 0), "test"};
    HeartFrame found;
    found.lv_found = true;
    const auto fallback = [&](const CoronaryTree& t, const HeartFrame& heart, const Segmentation* labels) {
        const FlowProblem p = run_boundary(t, {}, heart, {}, options, {}, labels);
        EXPECT_FALSE(p.muscle.splits_flow);
        EXPECT_EQ(p.muscle.split_by, "dominance");
        EXPECT_NE(p.hyperaemia.patient.at("share_lad_pct").source.find("dominance"), std::string::npos);
        return p.muscle.split_fallback;
    };
    EXPECT_NE(fallback(tree, {}, nullptr).find("no heart"), std::string::npos);
    EXPECT_NE(fallback(tree, {}, &empty).find("left ventricle was not found"), std::string::npos);
    EXPECT_NE(fallback(tree, found, &empty).find("no left ventricular muscle"), std::string::npos);
    EXPECT_NE(fallback(test::make_fixture({.right = false}).tree, found, &empty).find("right coronary"),
              std::string::npos);
    options.share_lad_pct = options.share_lcx_pct = options.share_rca_pct = 30;
    EXPECT_THROW((void)run_boundary(tree, {}, {}, {}, options, {}), Error);
    options = {}, options.territories = "voronoi";
    EXPECT_THROW((void)run_boundary(tree, {}, {}, {}, options, {}), Error);
}

// A block of muscle around the tree.
TEST(FlowSplit, ByMuscleConservesFlowAndGivesMuscleAtRisk) {
    const auto fixture = test::make_fixture({.narrowings = {{Segment::m_lad, 15, 14, 0.5}}});
    Segmentation labels{{{140, 130, 60}, {2, 2, 2}, {-140, -100, -60}, {}}, {}, "test"};
    labels.labels.assign(static_cast<std::size_t>(labels.geometry.size.count()),
                         static_cast<std::uint8_t>(Label::lv_myocardium));
    HeartFrame heart;
    heart.lv_found = true;
    BoundaryOptions options;
    options.territories = "myocardium";
    const FlowProblem p = run_boundary(fixture.tree, {}, heart, {}, options, {}, &labels);
    ASSERT_TRUE(p.muscle.splits_flow) << p.muscle.split_fallback;
    double shares = 0;
    for (const char* key : {"share_lad_pct", "share_lcx_pct", "share_rca_pct"})
        shares += p.hyperaemia.patient.at(key).value;
    EXPECT_NEAR(shares, 100, 1e-9);
    EXPECT_EQ(p.muscle.outlet_g.size(), p.outlets.size());
    const FlowSolution solution = run_solve_reduced(fixture.tree, {}, p, {}, {});
    FfrOptions ffr;
    ffr.uncertainty_samples = 200;
    const FfrOutcome outcome = run_ffr(fixture.tree, {}, p, solution, ffr, {});
    EXPECT_EQ(outcome.uncertainty.state, FfrUncertainty::State::estimated);
    ASSERT_EQ(outcome.lesions.size(), 1u);
    EXPECT_GT(outcome.lesions[0].at_risk_lv_pct, 1);
    EXPECT_LT(outcome.lesions[0].at_risk_lv_pct, 60);
    // With the table of dominance the muscle is known all the same.
    options.territories = "dominance";
    const FlowProblem q = run_boundary(fixture.tree, {}, heart, {}, options, {}, &labels);
    EXPECT_TRUE(q.muscle.known());
    EXPECT_FALSE(q.muscle.splits_flow);
    EXPECT_EQ(q.muscle.lv_g, p.muscle.lv_g);
}

}  // namespace
}  // namespace ctffr
