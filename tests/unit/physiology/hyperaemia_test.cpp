// SPDX-License-Identifier: Apache-2.0
#include "physiology/hyperaemia.hpp"

#include <gtest/gtest.h>

#include "ctffr/core/error.hpp"
#include "ctffr/core/units.hpp"

namespace ctffr {
namespace {

// Runs and returns the message of the physiology_out_of_range error; empty when nothing was thrown.
std::string range_error(const PatientFacts& facts, const HyperaemiaChoice& choice = {}) {
    try {
        hyperaemia_of(facts, {}, choice);
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ExitCode::physiology_out_of_range);
        return error.what();
    }
    return {};
}

TEST(Hyperaemia, FlowFollowsMassAsTabulated) {
    // Flows of 16 M^0.75 as published for the calibration of the factor, rounded to 1 mL/min.
    const double mass[] = {80, 100, 120, 130, 150, 200}, flow[] = {428, 506, 580, 616, 686, 851};
    for (int i = 0; i < 6; ++i) EXPECT_NEAR(hyperaemic_flow_ml_min(mass[i], 16), flow[i], 0.6);
}

TEST(Hyperaemia, MeanPressureFromCuff) {
    EXPECT_NEAR(mean_pressure_mmhg(120, 80, 0), 93.333, 1e-3);
    EXPECT_NEAR(mean_pressure_mmhg(130, 76, 62), 76 + (1.0 / 3 + 0.0744) * 54, 1e-9);
}

TEST(Hyperaemia, ViscosityFollowsHematocrit) {
    EXPECT_NEAR(viscosity_of_hematocrit_mpa_s(0.40), 3.27, 0.01);
    EXPECT_NEAR(viscosity_of_hematocrit_mpa_s(0.50), 4.13, 0.01);
}

TEST(Hyperaemia, NothingKnownGivesDefaultsThatSayso) {
    const Hyperaemia h = hyperaemia_of({}, {}, {});
    EXPECT_NEAR(mmhg_from_pa(h.aortic_pressure), 87, 1e-9);
    EXPECT_NEAR(h.viscosity, 3.5e-3, 1e-12);
    for (const char* key : {"aortic_pressure_mmhg", "viscosity_mpa_s", "lv_mass_g", "total_flow_ml_min"})
        EXPECT_EQ(h.patient.at(key).origin, Origin::defaulted) << key;
    EXPECT_GT(ml_min_from_m3_s(h.total_flow), 450);
    EXPECT_LT(ml_min_from_m3_s(h.total_flow), 650);
}

TEST(Hyperaemia, KnownFactsAreUsedAndNamed) {
    PatientFacts facts;
    facts.sex = 'F', facts.height_m = 1.65, facts.weight_kg = 62;
    facts.systolic_mmhg = 128, facts.diastolic_mmhg = 78, facts.heart_rate_bpm = 64, facts.hematocrit = 0.41;
    const Hyperaemia h = hyperaemia_of(facts, {}, {});
    const double rest = 78 + (1.0 / 3 + 0.0012 * 64) * 50;
    EXPECT_NEAR(mmhg_from_pa(h.aortic_pressure), rest - 6, 1e-9);
    const double bsa = std::sqrt(165.0 * 62 / 3600);
    EXPECT_NEAR(h.patient.at("lv_mass_g").value, 53 * bsa, 1e-9);
    EXPECT_EQ(h.patient.at("lv_mass_g").origin, Origin::estimated);
    EXPECT_EQ(h.patient.at("systolic_mmhg").origin, Origin::measured);
    EXPECT_NEAR(ml_min_from_m3_s(h.total_flow), 16 * std::pow(53 * bsa, 0.75), 1e-6);
}

TEST(Hyperaemia, MassComesFromPatientThenCtThenSize) {
    PatientFacts facts;
    facts.sex = 'M', facts.height_m = 1.8, facts.weight_kg = 85;
    HeartFrame heart;
    heart.lv_found = true, heart.lv_mass_g = 141;
    EXPECT_NEAR(hyperaemia_of(facts, heart, {}).patient.at("lv_mass_g").value, 141, 1e-12);
    facts.lv_mass_g = 155;
    EXPECT_NEAR(hyperaemia_of(facts, heart, {}).patient.at("lv_mass_g").value, 155, 1e-12);
    // A segmentation that cannot be a ventricle is not believed.
    facts.lv_mass_g.reset(), heart.lv_mass_g = 12;
    EXPECT_NEAR(hyperaemia_of(facts, heart, {}).patient.at("lv_mass_g").value,
                66 * std::sqrt(180.0 * 85 / 3600), 1e-9);
}

TEST(Hyperaemia, ChoicesWin) {
    HyperaemiaChoice choice;
    choice.aortic_pressure_mmhg = 95, choice.total_flow_ml_min = 500, choice.viscosity_mpa_s = 4;
    const Hyperaemia h = hyperaemia_of({}, {}, choice);
    EXPECT_NEAR(mmhg_from_pa(h.aortic_pressure), 95, 1e-9);
    EXPECT_NEAR(ml_min_from_m3_s(h.total_flow), 500, 1e-9);
    EXPECT_NEAR(h.viscosity, 4e-3, 1e-15);
}

TEST(Hyperaemia, PressureUnderAdenosineStaysInItsBand) {
    PatientFacts low, high;
    low.systolic_mmhg = 75, low.diastolic_mmhg = 45;
    high.systolic_mmhg = 220, high.diastolic_mmhg = 120;
    EXPECT_NEAR(mmhg_from_pa(hyperaemia_of(low, {}, {}).aortic_pressure), 60, 1e-9);
    EXPECT_NEAR(mmhg_from_pa(hyperaemia_of(high, {}, {}).aortic_pressure), 120, 1e-9);
}

TEST(Hyperaemia, ImpossibleValuesAreNamedWithValueRangeAndOrigin) {
    PatientFacts facts;
    facts.systolic_mmhg = 400;
    const std::string message = range_error(facts);
    EXPECT_NE(message.find("systolic_mmhg is 400 mmHg (measured, patient data)"), std::string::npos)
        << message;
    EXPECT_NE(message.find("70 to 250"), std::string::npos) << message;
    facts.systolic_mmhg = 80, facts.diastolic_mmhg = 90;
    EXPECT_NE(range_error(facts).find("80/90"), std::string::npos);
    EXPECT_NE(range_error({}, {.total_flow_ml_min = 9000}).find("9000"), std::string::npos);
    EXPECT_NE(range_error({}, {.viscosity_mpa_s = 40}).find("viscosity"), std::string::npos);
    PatientFacts nan;
    nan.heart_rate_bpm = std::nan("");
    EXPECT_NE(range_error(nan).find("heart_rate_bpm"), std::string::npos);
}

}  // namespace
}  // namespace ctffr
