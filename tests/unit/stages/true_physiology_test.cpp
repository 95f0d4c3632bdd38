// SPDX-License-Identifier: Apache-2.0
#include "ctffr/stages/true_physiology.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "ctffr/core/error.hpp"
#include "support/coronary_fixture.hpp"

namespace ctffr {
namespace {

PatientFacts man() {
    PatientFacts facts;
    facts.sex = 'M', facts.systolic_mmhg = 135, facts.diastolic_mmhg = 80, facts.heart_rate_bpm = 64;
    facts.hematocrit = 0.43, facts.lv_mass_g = 128;
    return facts;
}

TruePhysiology drawn(std::uint64_t seed) { return draw_physiology(seed, man(), {}, Dominance::right); }

struct Moments {
    double sum = 0, squares = 0;
    int n = 0;
    void add(double x) { sum += x, squares += x * x, ++n; }
    double mean() const { return sum / n; }
    double sd() const { return std::sqrt(squares / n - mean() * mean()); }
};

// Sampling errors of 4000 patients: 1.6 % of a mean in units of its deviation, 1.1 % of a deviation.
TEST(TruePhysiology, DrawsFollowThePriors) {
    Moments flow, pressure, lad, exponent, venous;
    int diseased = 0;
    const BoundaryOptions usual = default_physiology(man(), {}, Dominance::right).boundary;
    constexpr int patients = 4000;
    for (std::uint64_t seed = 1; seed <= patients; ++seed) {
        const BoundaryOptions b = drawn(seed).boundary;
        flow.add(std::log(b.total_flow_ml_min / usual.total_flow_ml_min));
        pressure.add(b.aortic_pressure_mmhg / usual.aortic_pressure_mmhg - 1);
        lad.add(std::log(b.share_lad_pct / b.share_rca_pct / (44.0 / 32)));
        exponent.add(b.outlet_exponent);
        venous.add(b.venous_pressure_mmhg);
        diseased += b.microvascular_factor > 1;
        ASSERT_NEAR(b.share_lad_pct + b.share_lcx_pct + b.share_rca_pct, 100, 1e-9);
        ASSERT_DOUBLE_EQ(b.viscosity_mpa_s, usual.viscosity_mpa_s);
    }
    EXPECT_NEAR(flow.mean(), 0, 0.015);
    EXPECT_NEAR(flow.sd(), 0.20, 0.01);
    EXPECT_NEAR(pressure.sd(), 0.056, 0.003);
    EXPECT_NEAR(lad.sd(), 0.10 * std::sqrt(2.0), 0.007);  // of a ratio of two shares
    EXPECT_NEAR(exponent.mean(), 2.35, 0.015);
    EXPECT_NEAR(exponent.sd(), 0.7 / std::sqrt(12.0), 0.007);
    EXPECT_NEAR(venous.mean(), 5, 0.15);
    EXPECT_NEAR(diseased / double{patients}, 0.22, 0.02);
}

TEST(TruePhysiology, SameSeedSamePatientWhoKnowsNoBlood) {
    const TruePhysiology a = drawn(7), b = drawn(7);
    EXPECT_EQ(a.boundary.total_flow_ml_min, b.boundary.total_flow_ml_min);
    EXPECT_NE(a.boundary.total_flow_ml_min, drawn(8).boundary.total_flow_ml_min);
    EXPECT_FALSE(a.known.hematocrit || a.known.lv_mass_g);
    EXPECT_EQ(a.known.systolic_mmhg, 135);
    EXPECT_DOUBLE_EQ(a.drawn.at("hematocrit"), 0.43);
}

// The numbers that the default rules give lead to the same boundary conditions as the rules.
TEST(TruePhysiology, DefaultIsWhatTheRulesGive) {
    const auto fixture = test::make_fixture({});
    const TruePhysiology usual = default_physiology(man(), {}, fixture.tree.dominance);
    const FlowProblem by_rules = run_boundary(fixture.tree, {}, {}, man(), {}, {});
    const FlowProblem by_numbers = run_boundary(fixture.tree, {}, {}, {}, usual.boundary, {});
    ASSERT_EQ(by_rules.outlets.size(), by_numbers.outlets.size());
    for (std::size_t o = 0; o < by_rules.outlets.size(); ++o)
        EXPECT_NEAR(by_numbers.outlets[o].resistance / by_rules.outlets[o].resistance, 1, 1e-9);
}

TEST(TruePhysiology, MicrovascularDiseaseAndSharesReachTheOutlets) {
    const auto fixture = test::make_fixture({});
    const FlowProblem healthy = run_boundary(fixture.tree, {}, {}, man(), {}, {});
    BoundaryOptions options;
    options.microvascular_factor = 1.5;
    const FlowProblem diseased = run_boundary(fixture.tree, {}, {}, man(), options, {});
    for (std::size_t o = 0; o < healthy.outlets.size(); ++o)
        EXPECT_NEAR(diseased.outlets[o].resistance, 1.5 * healthy.outlets[o].resistance,
                    1e-9 * healthy.outlets[o].resistance);
    for (std::size_t b = 0; b < healthy.leak.size(); ++b)
        for (std::size_t i = 0; i < healthy.leak[b].size(); ++i)
            EXPECT_NEAR(diseased.leak[b][i], healthy.leak[b][i] / 1.5, 1e-9 * healthy.leak[b][i]);

    // Shares are scaled to one: twice those of right dominance change nothing.
    options = {};
    options.share_lad_pct = 88, options.share_lcx_pct = 48, options.share_rca_pct = 64;
    const FlowProblem same = run_boundary(fixture.tree, {}, {}, man(), options, {});
    for (std::size_t o = 0; o < healthy.outlets.size(); ++o)
        EXPECT_NEAR(same.outlets[o].target_flow / healthy.outlets[o].target_flow, 1, 1e-9);
    options.share_lcx_pct = 0;
    EXPECT_THROW((void)run_boundary(fixture.tree, {}, {}, man(), options, {}), Error);
}

}  // namespace
}  // namespace ctffr
