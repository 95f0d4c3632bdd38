// SPDX-License-Identifier: Apache-2.0
// Boundary conditions, solution, FFR and lesions in the case file.
#include <array>

#include <nlohmann/json.hpp>

#include "ctffr/io/case_codec.hpp"
#include "io/case_arrays.hpp"
#include "io/case_text.hpp"

namespace ctffr {

namespace {

using Json = nlohmann::json;

std::array<double*, 5> numbers_of(Hyperaemia& h) {
    return {&h.aortic_pressure, &h.venous_pressure, &h.density, &h.viscosity, &h.total_flow};
}

std::array<double*, 18> numbers_of(Lesion& l) {
    return {&l.start_mm,          &l.end_mm,
            &l.throat_mm,         &l.diameter_stenosis_pct,
            &l.area_stenosis_pct, &l.mld_mm,
            &l.mla_mm2,           &l.reference_diameter_mm,
            &l.length_mm,         &l.smallest_diameter_mm,
            &l.eccentricity,      &l.remodelling_index,
            &l.ffr_proximal,      &l.ffr_20mm_distal,
            &l.delta_ffr,         &l.distal_read_mm,
            &l.at_risk_g,         &l.at_risk_lv_pct};
}
std::array<double*, 5> numbers_of(VesselSummary& v) {
    return {&v.ffr_distal, &v.min_ffr, &v.length_mm, &v.lowest_lesion_ffr, &v.ppg};
}

}  // namespace

void pack(StageRecord& record, const FlowProblem& problem) {
    Hyperaemia hyperaemia = problem.hyperaemia;
    ArrayWriter<double> values, patient, outlets;
    for (const double* value : numbers_of(hyperaemia)) values.add(*value);
    values.store(record, "hyperaemia_pa_pv_density_viscosity_flow_si");
    Json names = Json::array();
    for (const auto& [name, item] : problem.hyperaemia.patient) {
        names.push_back({name, static_cast<int>(item.origin), item.source});
        patient.add(item.value);
    }
    patient.store(record, "hyperaemia_patient_values");
    record.texts["hyperaemia_patient"] = names.dump(-1, ' ', false, Json::error_handler_t::replace);
    for (const Outlet& outlet : problem.outlets)
        for (double value : {static_cast<double>(outlet.branch), outlet.resistance, outlet.target_flow,
                             outlet.reference_radius_mm})
            outlets.add(value);
    outlets.store(record, "outlet_branch_resistance_flow_radius", 4);
    pack_ragged(record, "leak_m3_s_pa", problem.leak);
    pack_ragged(record, "reserve_leak_open_m3_s_pa", problem.reserve.leak_open);
    pack_ragged(record, "reserve_leak_demand_m3_s", problem.reserve.leak_demand);
    const MuscleTerritories& muscle = problem.muscle;
    pack_ragged(record, "muscle_lv_g", muscle.lv_g);
    pack_ragged(record, "reserve_outlet_open_muscle_outlet_g_masses",
                {problem.reserve.outlet_open, muscle.outlet_g, {muscle.lv_mass_g, muscle.rv_mass_g}});
    record.texts["flow_state_muscle"] = Json{
        {"state", static_cast<int>(problem.hyperaemia.state)},
        {"method", muscle.method},
        {"why_not", muscle.why_not},
        {"splits_flow", muscle.splits_flow},
        {"split_by", muscle.split_by},
        {"split_fallback", muscle.split_fallback},
        {"outlet_origin",
         muscle.outlet_origin}}.dump();
}

void unpack(const StageRecord& record, FlowProblem& problem) {
    problem = {};
    ArrayReader<double> values(record, "hyperaemia_pa_pv_density_viscosity_flow_si");
    for (double* value : numbers_of(problem.hyperaemia)) *value = values.next();
    ArrayReader<double> patient(record, "hyperaemia_patient_values");
    for (const Json& item : parsed_text(record, "hyperaemia_patient"))
        problem.hyperaemia.patient[item.at(0).get<std::string>()] = {
            patient.next(), static_cast<Origin>(item.at(1).get<int>()), item.at(2).get<std::string>()};
    ArrayReader<double> outlets(record, "outlet_branch_resistance_flow_radius");
    while (!outlets.at_end()) {
        Outlet outlet;
        outlet.branch = static_cast<int>(outlets.next());
        outlet.resistance = outlets.next();
        outlet.target_flow = outlets.next();
        outlet.reference_radius_mm = outlets.next();
        problem.outlets.push_back(outlet);
    }
    problem.leak = unpack_ragged(record, "leak_m3_s_pa");
    problem.reserve.leak_open = unpack_ragged(record, "reserve_leak_open_m3_s_pa");
    problem.reserve.leak_demand = unpack_ragged(record, "reserve_leak_demand_m3_s");
    MuscleTerritories& muscle = problem.muscle;
    muscle.lv_g = unpack_ragged(record, "muscle_lv_g");
    const auto rows = unpack_ragged(record, "reserve_outlet_open_muscle_outlet_g_masses");
    problem.reserve.outlet_open = rows.at(0), muscle.outlet_g = rows.at(1);
    muscle.lv_mass_g = rows.at(2).at(0), muscle.rv_mass_g = rows.at(2).at(1);
    const Json json = parsed_text(record, "flow_state_muscle");
    problem.hyperaemia.state = static_cast<FlowState>(json.at("state").get<int>());
    json.at("method").get_to(muscle.method);
    json.at("why_not").get_to(muscle.why_not);
    json.at("splits_flow").get_to(muscle.splits_flow);
    json.at("split_by").get_to(muscle.split_by);
    json.at("split_fallback").get_to(muscle.split_fallback);
    json.at("outlet_origin").get_to(muscle.outlet_origin);
}

void pack(StageRecord& record, const FlowSolution& solution) {
    pack_ragged(record, "pressure_pa", solution.pressure);
    pack_ragged(record, "flow_m3_s", solution.flow);
    pack_ragged(record, "mesh_error_pa", solution.mesh_error);
    record.arrays["outlet_flow_m3_s"] = {solution.outlet_flow,
                                         {static_cast<Index>(solution.outlet_flow.size())}};
    record.arrays["residual_history"] = {solution.residual_history,
                                         {static_cast<Index>(solution.residual_history.size())}};
    ArrayWriter<double> status;
    status.add(solution.status.residual), status.add(solution.status.mass_imbalance);
    status.add(solution.iteration_error), status.add(solution.unsteadiness);
    status.store(record, "status_residual_imbalance_error_unsteadiness");
    record.texts["status"] = Json{
        {"model", solution.model},
        {"reason", static_cast<int>(solution.status.reason)},
        {"iterations", solution.status.iterations},
        {"note", solution.status.note},
        {"convection", static_cast<int>(solution.convection)},
        {"cells",
         solution.cells}}.dump();
}

void unpack(const StageRecord& record, FlowSolution& solution) {
    solution = {};
    solution.pressure = unpack_ragged(record, "pressure_pa");
    solution.flow = unpack_ragged(record, "flow_m3_s");
    solution.mesh_error = unpack_ragged(record, "mesh_error_pa");
    solution.outlet_flow = record.values<double>("outlet_flow_m3_s");
    solution.residual_history = record.values<double>("residual_history");
    ArrayReader<double> status(record, "status_residual_imbalance_error_unsteadiness");
    solution.status.residual = status.next(), solution.status.mass_imbalance = status.next();
    solution.iteration_error = status.next(), solution.unsteadiness = status.next();
    const Json json = parsed_text(record, "status");
    json.at("model").get_to(solution.model);
    solution.status.reason = static_cast<SolveStatus::Reason>(json.at("reason").get<int>());
    json.at("iterations").get_to(solution.status.iterations);
    json.at("note").get_to(solution.status.note);
    solution.convection = static_cast<Convection>(json.value("convection", 0));
    json.at("cells").get_to(solution.cells);
}

void pack(StageRecord& record, const FlowField& field) {
    const auto cells = static_cast<Index>(field.pressure.size());
    record.arrays["cell_velocity_m_s"] = {field.velocity, {cells, 3}};
    record.arrays["cell_pressure_pa"] = {field.pressure, {cells}};
}

void unpack(const StageRecord& record, FlowField& field) {
    field.velocity = record.values<float>("cell_velocity_m_s");
    field.pressure = record.values<float>("cell_pressure_pa");
}

void pack(StageRecord& record, const WallField& wall) {
    record.arrays["wall_pressure_pa"] = {wall.pressure, {static_cast<Index>(wall.pressure.size())}};
    record.arrays["wall_shear_pa"] = {wall.shear, {static_cast<Index>(wall.shear.size())}};
}

void unpack(const StageRecord& record, WallField& wall) {
    wall.pressure = record.values<float>("wall_pressure_pa");
    wall.shear = record.values<float>("wall_shear_pa");
}

void pack(StageRecord& record, const FfrMap& map) {
    pack_ragged(record, "ffr", map.ffr);
    pack_ragged(record, "ffr_sd", map.ffr_sd);
    pack_ragged(record, "reference_radius_mm", map.reference_radius_mm);
}

void unpack(const StageRecord& record, FfrMap& map) {
    map.ffr = unpack_ragged(record, "ffr");
    map.ffr_sd = unpack_ragged(record, "ffr_sd");
    map.reference_radius_mm = unpack_ragged(record, "reference_radius_mm");
}

void pack(StageRecord& record, const std::vector<Lesion>& lesions) {
    ArrayWriter<double> values;
    Json texts = Json::array();
    for (Lesion lesion : lesions) {
        for (const double* value : numbers_of(lesion)) values.add(*value);
        Json stretches = Json::array();
        for (const LesionStretch& s : lesion.stretches) stretches.push_back({s.branch, s.start_mm, s.end_mm});
        texts.push_back({lesion.segment, lesion.vessel, lesion.branch, lesion.note, stretches});
    }
    values.store(record, "lesion_numbers", 18);
    record.texts["lesions"] = texts.dump();
}

void unpack(const StageRecord& record, std::vector<Lesion>& lesions) {
    ArrayReader<double> values(record, "lesion_numbers");
    lesions.clear();
    for (const Json& item : parsed_text(record, "lesions")) {
        Lesion lesion;
        for (double* value : numbers_of(lesion)) *value = values.next();
        item.at(0).get_to(lesion.segment);
        item.at(1).get_to(lesion.vessel);
        item.at(2).get_to(lesion.branch);
        item.at(3).get_to(lesion.note);
        for (const Json& s : item.at(4))
            lesion.stretches.push_back({s.at(0).get<int>(), s.at(1).get<double>(), s.at(2).get<double>()});
        lesions.push_back(lesion);
    }
}

void pack(StageRecord& record, const std::vector<VesselSummary>& vessels) {
    ArrayWriter<double> values;
    Json texts = Json::array();
    for (VesselSummary vessel : vessels) {
        for (const double* value : numbers_of(vessel)) values.add(*value);
        texts.push_back({vessel.name, vessel.note, vessel.pattern});
    }
    values.store(record, "vessel_numbers", 5);
    record.texts["vessels"] = texts.dump();
}

void unpack(const StageRecord& record, std::vector<VesselSummary>& vessels) {
    ArrayReader<double> values(record, "vessel_numbers");
    vessels.clear();
    for (const Json& item : parsed_text(record, "vessels")) {
        VesselSummary vessel;
        for (double* value : numbers_of(vessel)) *value = values.next();
        item.at(0).get_to(vessel.name);
        item.at(1).get_to(vessel.note);
        item.at(2).get_to(vessel.pattern);
        vessels.push_back(vessel);
    }
}

}  // namespace ctffr
