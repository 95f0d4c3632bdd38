// SPDX-License-Identifier: Apache-2.0
#include "physiology/flow_states.hpp"

#include <algorithm>

#include "ctffr/core/units.hpp"
#include "physiology/hyperaemia.hpp"

namespace ctffr {

namespace {

// Of an adult whose cuff pressure or heart rate nobody gave; its mean is that of rest without a cuff.
constexpr double usual_systolic_mmhg = 130, usual_diastolic_mmhg = 75, usual_rate_bpm = 70;
constexpr double rate_per_met = 10, systolic_per_met = 10;  // 1/min, mmHg
constexpr double highest_rate_bpm = 200;

double value_or(const Hyperaemia& h, const char* key, double otherwise) {
    const auto found = h.patient.find(key);
    return found == h.patient.end() ? otherwise : found->second.value;
}

}  // namespace

double oxygen_demand(double heart_rate_bpm, double systolic_mmhg) {
    return 0.7 * (heart_rate_bpm * systolic_mmhg * 1e-3) - 0.4;
}

ExerciseLoad exercise_load(double mets, double heart_rate_bpm, double systolic_mmhg, double diastolic_mmhg) {
    ExerciseLoad load;
    load.heart_rate_bpm = std::min(heart_rate_bpm + rate_per_met * (mets - 1), highest_rate_bpm);
    load.systolic_mmhg = systolic_mmhg + systolic_per_met * (mets - 1);
    load.mean_rise_mmhg = mean_pressure_mmhg(load.systolic_mmhg, diastolic_mmhg, load.heart_rate_bpm) -
                          mean_pressure_mmhg(systolic_mmhg, diastolic_mmhg, heart_rate_bpm);
    load.flow_ratio =
        oxygen_demand(load.heart_rate_bpm, load.systolic_mmhg) / oxygen_demand(heart_rate_bpm, systolic_mmhg);
    return load;
}

Hyperaemia in_state(Hyperaemia h, FlowState state, double exercise_mets) {
    h.state = state;
    if (state == FlowState::hyperaemia) return h;
    PatientValue pressure = h.patient.at("aortic_pressure_mmhg"), flow = h.patient.at("total_flow_ml_min");
    pressure.value += hyperaemic_fall_mmhg, flow.value *= resting_share;
    pressure.source += "; 6 mmHg back at rest", flow.source += "; 5/16 of it at rest";
    if (state == FlowState::exercise) {
        require_range("exercise_mets", {exercise_mets, Origin::measured, "option"}, 1, 15, "MET");
        const ExerciseLoad load = exercise_load(exercise_mets, value_or(h, "heart_rate_bpm", usual_rate_bpm),
                                                value_or(h, "systolic_mmhg", usual_systolic_mmhg),
                                                value_or(h, "diastolic_mmhg", usual_diastolic_mmhg));
        const char* const rises = "10 per MET above rest";
        h.patient["exercise_mets"] = {exercise_mets, Origin::measured, "option"};
        h.patient["exercise_heart_rate_bpm"] = {load.heart_rate_bpm, Origin::estimated, rises};
        h.patient["exercise_systolic_mmhg"] = {load.systolic_mmhg, Origin::estimated, rises};
        pressure.value += load.mean_rise_mmhg, flow.value *= load.flow_ratio;
        pressure.source += ", more in exercise",
            flow.source += ", times the rate-pressure demand in exercise";
    }
    // Given for hyperaemia, and what it is here is derived.
    if (pressure.origin == Origin::measured) pressure.origin = Origin::estimated;
    if (flow.origin == Origin::measured) flow.origin = Origin::estimated;
    require_range("aortic_pressure_mmhg", pressure, 40, 200, "mmHg");
    require_range("total_flow_ml_min", flow, 15, 2000, "mL/min");
    h.patient["aortic_pressure_mmhg"] = pressure, h.patient["total_flow_ml_min"] = flow;
    h.aortic_pressure = pa_from_mmhg(pressure.value), h.total_flow = m3_s_from_ml_min(flow.value);
    return h;
}

}  // namespace ctffr
