// SPDX-License-Identifier: Apache-2.0
// Flow over a heart beat in the case file.
#include <array>

#include <nlohmann/json.hpp>

#include "ctffr/io/case_codec.hpp"
#include "io/case_arrays.hpp"
#include "io/case_text.hpp"

namespace ctffr {

namespace {

using Json = nlohmann::json;

std::array<double*, 11> numbers_of(PulsatileFlow& b) {
    return {&b.status.residual,      &b.status.mass_imbalance,
            &b.heart_rate_bpm.value, &b.pulse_pressure_mmhg.value,
            &b.resistance_index,     &b.period,
            &b.ejection_end,         &b.contraction_start,
            &b.wave_free_start,      &b.wave_free_end,
            &b.largest_courant};
}

std::array<double*, 6> numbers_of(PulsatileProbe& p) {
    return {&p.arc_mm,       &p.mean_pressure_ratio, &p.wave_free_ratio,
            &p.steady_ratio, &p.mean_flow,           &p.diastolic_share};
}

std::array<double*, 6> numbers_of(WallStretch& s) {
    return {&s.mean_shear,       &s.largest_shear,       &s.least_shear,
            &s.mean_oscillation, &s.largest_oscillation, &s.largest_residence};
}

// By name, so that writing and reading cannot disagree.
template <class Beat, class Visitor>
void visit_fields(Beat& b, Visitor&& visitor) {
    visitor("wall_tawss_pa", b.wall.mean_shear, 1);
    visitor("wall_osi", b.wall.oscillation, 1);
    visitor("wall_rrt_1_pa", b.wall.residence, 1);
    visitor("cell_mean_velocity_m_s", b.mean_field.velocity, 3);
    visitor("cell_mean_pressure_pa", b.mean_field.pressure, 1);
}

Json origin_json(const PatientValue& v) { return {static_cast<int>(v.origin), v.source}; }

void read_origin(const Json& json, PatientValue& v) {
    v.origin = static_cast<Origin>(json.at(0).get<int>());
    json.at(1).get_to(v.source);
}

}  // namespace

void pack(StageRecord& record, const PulsatileFlow& beat) {
    PulsatileFlow copy = beat;
    ArrayWriter<double> values, probe_values;
    for (const double* value : numbers_of(copy)) values.add(*value);
    values.store(record, "beat_numbers");
    std::vector<std::vector<double>> waves{beat.time, beat.aortic_pressure, beat.ventricle_pressure,
                                           beat.inflow};
    Json probes = Json::array();
    for (PulsatileProbe& p : copy.probes) {
        for (const double* value : numbers_of(p)) probe_values.add(*value);
        probes.push_back({static_cast<int>(p.kind), p.name, p.branch});
        waves.push_back(p.pressure), waves.push_back(p.flow);
    }
    probe_values.store(record, "probe_numbers", 6);
    pack_ragged(record, "waves_si", waves);
    visit_fields(beat, [&](const char* name, const std::vector<float>& values, Index width) {
        const auto rows = static_cast<Index>(values.size()) / width;
        record.arrays[name] = {values,
                               width > 1 ? std::vector<Index>{rows, width} : std::vector<Index>{rows}};
    });
    ArrayWriter<double> lesion_values;
    for (BeatLesion& lesion : copy.lesions)
        for (WallStretch* stretch : {&lesion.within, &lesion.below})
            for (const double* value : numbers_of(*stretch)) lesion_values.add(*value);
    lesion_values.store(record, "lesion_numbers", 12);
    pack_ragged(record, "mean_pressure_ratio", beat.mean_pressure_ratio);
    pack_ragged(record, "wave_free_ratio", beat.wave_free_ratio);
    record.texts["beat"] = Json{
        {"model", beat.model},
        {"reason", static_cast<int>(beat.status.reason)},
        {"iterations", beat.status.iterations},
        {"note", beat.status.note},
        {"cycles", beat.cycles},
        {"cells", beat.cells},
        {"lesions", beat.lesions.size()},
        {"heart_rate", origin_json(beat.heart_rate_bpm)},
        {"pulse_pressure", origin_json(beat.pulse_pressure_mmhg)},
        {"probes", probes}}.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void unpack(const StageRecord& record, PulsatileFlow& beat) {
    beat = {};
    ArrayReader<double> values(record, "beat_numbers"), probe_values(record, "probe_numbers");
    for (double* value : numbers_of(beat)) *value = values.next();
    const auto waves = unpack_ragged(record, "waves_si");
    std::size_t wave = 0;
    for (auto* to : {&beat.time, &beat.aortic_pressure, &beat.ventricle_pressure, &beat.inflow})
        *to = waves.at(wave++);
    const Json json = parsed_text(record, "beat");
    json.at("model").get_to(beat.model);
    beat.status.reason = static_cast<SolveStatus::Reason>(json.at("reason").get<int>());
    json.at("iterations").get_to(beat.status.iterations);
    json.at("note").get_to(beat.status.note);
    json.at("cycles").get_to(beat.cycles);
    read_origin(json.at("heart_rate"), beat.heart_rate_bpm);
    read_origin(json.at("pulse_pressure"), beat.pulse_pressure_mmhg);
    for (const Json& item : json.at("probes")) {
        PulsatileProbe p;
        p.kind = static_cast<PulsatileProbe::Kind>(item.at(0).get<int>());
        item.at(1).get_to(p.name);
        item.at(2).get_to(p.branch);
        for (double* value : numbers_of(p)) *value = probe_values.next();
        p.pressure = waves.at(wave++), p.flow = waves.at(wave++);
        beat.probes.push_back(std::move(p));
    }
    json.at("cells").get_to(beat.cells);
    visit_fields(beat, [&](const char* name, std::vector<float>& values, Index) {
        values = record.values<float>(name);
    });
    ArrayReader<double> lesion_values(record, "lesion_numbers");
    beat.lesions.resize(json.at("lesions").get<std::size_t>());
    for (BeatLesion& lesion : beat.lesions)
        for (WallStretch* stretch : {&lesion.within, &lesion.below})
            for (double* value : numbers_of(*stretch)) *value = lesion_values.next();
    beat.mean_pressure_ratio = unpack_ragged(record, "mean_pressure_ratio");
    beat.wave_free_ratio = unpack_ragged(record, "wave_free_ratio");
}

}  // namespace ctffr
