// SPDX-License-Identifier: Apache-2.0
#include "physiology/flow_states.hpp"

#include <gtest/gtest.h>

#include "ctffr/core/error.hpp"
#include "ctffr/core/units.hpp"
#include "physiology/hyperaemia.hpp"

namespace ctffr {
namespace {

Hyperaemia man() {
    PatientFacts facts;
    facts.sex = 'M';
    return hyperaemia_of(facts, {}, {});
}

TEST(FlowStates, RestTakesPressureBackAndFiveSixteenthsOfTheFlow) {
    const Hyperaemia rest = in_state(man(), FlowState::rest, 5);
    EXPECT_NEAR(mmhg_from_pa(rest.aortic_pressure), 93, 1e-9);
    EXPECT_NEAR(ml_min_from_m3_s(rest.total_flow), 5.0 * std::pow(130, 0.75), 1e-9);
    EXPECT_EQ(rest.state, FlowState::rest);
    EXPECT_NEAR(rest.patient.at("total_flow_ml_min").value, 192.5, 0.05);
}

// Moderate exercise in patients: rate and pressure of Gobel et al. 1978, whose measured flow rose by 71 %
// from rest; METs that double the rate-pressure product double the flow (Duncker and Bache 2008).
TEST(FlowStates, ExerciseGoesWithTheRatePressureProduct) {
    const ExerciseLoad none = exercise_load(1, 70, 130, 75);
    EXPECT_DOUBLE_EQ(none.flow_ratio, 1);
    EXPECT_DOUBLE_EQ(none.mean_rise_mmhg, 0);
    const ExerciseLoad five = exercise_load(5, 70, 130, 75);
    EXPECT_DOUBLE_EQ(five.heart_rate_bpm, 110);
    EXPECT_DOUBLE_EQ(five.systolic_mmhg, 170);
    EXPECT_NEAR(five.flow_ratio, (0.7 * 18.7 - 0.4) / (0.7 * 9.1 - 0.4), 1e-12);
    EXPECT_GT(five.mean_rise_mmhg, 10);
    EXPECT_LT(five.mean_rise_mmhg, 30);
    EXPECT_LE(exercise_load(15, 100, 130, 75).heart_rate_bpm, 200);
    EXPECT_THROW((void)in_state(man(), FlowState::exercise, 0.5), Error);
}

TEST(FlowStates, Names) {
    for (FlowState s : {FlowState::hyperaemia, FlowState::rest, FlowState::exercise})
        EXPECT_EQ(flow_state_from_name(flow_state_name(s)), s);
    EXPECT_FALSE(flow_state_from_name("sleep"));
    EXPECT_EQ(ratio_threshold(FlowState::rest), 0.92);
    EXPECT_FALSE(ratio_threshold(FlowState::exercise));
}

}  // namespace
}  // namespace ctffr
