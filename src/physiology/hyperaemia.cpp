// SPDX-License-Identifier: Apache-2.0
#include "physiology/hyperaemia.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

#include "ctffr/core/error.hpp"
#include "ctffr/core/units.hpp"
#include "ctffr/data/patient_facts.hpp"

namespace ctffr {

namespace {

// Population figures where the patient's own are missing (docs/theory/hyperaemia.md).
constexpr double default_mean_pressure_mmhg = 93;
constexpr double hyperaemic_fall_mmhg = 6, lowest_mean_mmhg = 60, highest_mean_mmhg = 120;
constexpr double default_viscosity_mpa_s = 3.5;
constexpr double mass_per_bsa_man = 66, mass_per_bsa_woman = 53;   // g/m2
constexpr double default_mass_man = 130, default_mass_woman = 95;  // g

const char* const given = "patient data";
const char* const chosen = "option";

PatientValue rest_pressure(const Hyperaemia& h) {
    const auto systolic = h.patient.find("systolic_mmhg"), diastolic = h.patient.find("diastolic_mmhg");
    if (systolic == h.patient.end() || diastolic == h.patient.end())
        return {default_mean_pressure_mmhg, Origin::defaulted, "population mean, no cuff pressure"};
    if (systolic->second.value < diastolic->second.value + least_pulse_mmhg)
        throw Error(ExitCode::physiology_out_of_range,
                    "Blood pressure {:.0f}/{:.0f} mmHg (patient data): systolic must be at least {:.0f} mmHg "
                    "above diastolic; correct the values or leave them out.",
                    systolic->second.value, diastolic->second.value, least_pulse_mmhg);
    const auto rate = h.patient.find("heart_rate_bpm");
    if (rate == h.patient.end())
        return {mean_pressure_mmhg(systolic->second.value, diastolic->second.value, 0), Origin::estimated,
                "cuff pressure, diastolic + pulse/3"};
    return {mean_pressure_mmhg(systolic->second.value, diastolic->second.value, rate->second.value),
            Origin::estimated, "cuff pressure with heart-rate correction (Razminia 2004)"};
}

PatientValue aortic_pressure(const Hyperaemia& h, const HyperaemiaChoice& choice) {
    if (choice.aortic_pressure_mmhg != 0) return {choice.aortic_pressure_mmhg, Origin::measured, chosen};
    PatientValue rest = rest_pressure(h);
    const double fallen = rest.value - hyperaemic_fall_mmhg;
    return {std::clamp(fallen, lowest_mean_mmhg, highest_mean_mmhg), rest.origin,
            rest.source + ", less 6 mmHg under adenosine"};
}

PatientValue viscosity(const Hyperaemia& h, const HyperaemiaChoice& choice) {
    if (choice.viscosity_mpa_s != 0) return {choice.viscosity_mpa_s, Origin::measured, chosen};
    if (const auto hematocrit = h.patient.find("hematocrit"); hematocrit != h.patient.end())
        return {viscosity_of_hematocrit_mpa_s(hematocrit->second.value), Origin::estimated,
                "1.3 exp(2.31 hematocrit)"};
    return {default_viscosity_mpa_s, Origin::defaulted, "hematocrit not known"};
}

PatientValue lv_mass(Hyperaemia& h, const PatientFacts& facts, const HeartFrame& heart) {
    if (facts.lv_mass_g) return {*facts.lv_mass_g, Origin::measured, given};
    // A mass that no living adult has was not measured right.
    double low = 0, high = 0;
    visit_facts(facts, [&](const std::string& key, auto&, const char*, double from, double to, auto...) {
        if (key == "lv_mass_g") low = from, high = to;
    });
    if (heart.lv_mass_g >= low && heart.lv_mass_g <= high)
        return {heart.lv_mass_g, Origin::estimated, "CT, 1.05 g/mL x segmented myocardium"};
    const bool woman = facts.sex == 'F', man = facts.sex == 'M';
    const double per_bsa = woman ? mass_per_bsa_woman
                           : man ? mass_per_bsa_man
                                 : (mass_per_bsa_man + mass_per_bsa_woman) / 2;
    if (facts.height_m && facts.weight_kg) {
        const double bsa = body_surface_m2(*facts.height_m, *facts.weight_kg);
        h.patient["body_surface_m2"] = {bsa, Origin::estimated, "Mosteller"};
        return {per_bsa * bsa, Origin::estimated, "body surface (no LV mass from CT)"};
    }
    const double mass = woman ? default_mass_woman
                        : man ? default_mass_man
                              : (default_mass_man + default_mass_woman) / 2;
    return {mass, Origin::defaulted, "population mean (no LV mass, height or weight)"};
}

}  // namespace

void require_range(const char* name, const PatientValue& value, double low, double high, const char* unit) {
    if (value.value >= low && value.value <= high) return;
    throw Error(ExitCode::physiology_out_of_range,
                "{} is {:g} {} ({}, {}), expected {:g} to {:g}: correct it or leave it out.", name,
                value.value, unit, origin_name(value.origin), value.source, low, high);
}

double mean_pressure_mmhg(double systolic_mmhg, double diastolic_mmhg, double heart_rate_bpm) {
    const double systolic_part = heart_rate_bpm > 0 ? 1.0 / 3 + 0.0012 * heart_rate_bpm : 1.0 / 3;
    return diastolic_mmhg + systolic_part * (systolic_mmhg - diastolic_mmhg);
}

double viscosity_of_hematocrit_mpa_s(double hematocrit) { return 1.3 * std::exp(2.31 * hematocrit); }

double body_surface_m2(double height_m, double weight_kg) {
    return std::sqrt(height_m * 100 * weight_kg / 3600);
}

double hyperaemic_flow_ml_min(double lv_mass_g, double factor) { return factor * std::pow(lv_mass_g, 0.75); }

Hyperaemia hyperaemia_of(const PatientFacts& facts, const HeartFrame& heart, const HyperaemiaChoice& choice) {
    Hyperaemia h;
    visit_facts(facts, [&](const char* key, const std::optional<double>& value, const char* unit, double low,
                           double high, auto...) {
        if (!value) return;
        const PatientValue entry{*value, Origin::measured, given};
        require_range(key, entry, low, high, unit);
        h.patient[key] = entry;
    });
    h.patient["aortic_pressure_mmhg"] = aortic_pressure(h, choice);
    h.patient["venous_pressure_mmhg"] = {choice.venous_pressure_mmhg, Origin::defaulted, chosen};
    h.patient["viscosity_mpa_s"] = viscosity(h, choice);
    h.patient["density_kg_m3"] = {choice.density_kg_m3, Origin::defaulted, chosen};
    require_range("aortic_pressure_mmhg", h.patient["aortic_pressure_mmhg"], 40, 160, "mmHg");
    require_range("venous_pressure_mmhg", h.patient["venous_pressure_mmhg"], 0, 30, "mmHg");
    require_range("viscosity_mpa_s", h.patient["viscosity_mpa_s"], 1.5, 9, "mPa s");
    require_range("density_kg_m3", h.patient["density_kg_m3"], 1000, 1100, "kg/m3");
    if (choice.total_flow_ml_min != 0) {
        h.patient["total_flow_ml_min"] = {choice.total_flow_ml_min, Origin::measured, chosen};
    } else {
        const PatientValue mass = lv_mass(h, facts, heart);
        require_range("flow_factor", {choice.flow_factor, Origin::defaulted, chosen}, 2, 60, "mL/min/g^0.75");
        h.patient["lv_mass_g"] = mass;
        h.patient["total_flow_ml_min"] = {hyperaemic_flow_ml_min(mass.value, choice.flow_factor), mass.origin,
                                          "factor x LV mass^0.75, LV mass from " + mass.source};
    }
    require_range("total_flow_ml_min", h.patient["total_flow_ml_min"], 50, 2000, "mL/min");
    h.aortic_pressure = pa_from_mmhg(h.patient["aortic_pressure_mmhg"].value);
    h.venous_pressure = pa_from_mmhg(choice.venous_pressure_mmhg);
    h.density = choice.density_kg_m3;
    h.viscosity = h.patient["viscosity_mpa_s"].value * 1e-3;
    h.total_flow = m3_s_from_ml_min(h.patient["total_flow_ml_min"].value);
    return h;
}

}  // namespace ctffr
