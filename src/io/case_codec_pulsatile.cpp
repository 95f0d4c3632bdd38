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

std::array<double*, 10> numbers_of(PulsatileFlow& b) {
    return {&b.status.residual,      &b.status.mass_imbalance,
            &b.heart_rate_bpm.value, &b.pulse_pressure_mmhg.value,
            &b.resistance_index,     &b.period,
            &b.ejection_end,         &b.contraction_start,
            &b.wave_free_start,      &b.wave_free_end};
}

std::array<double*, 6> numbers_of(PulsatileProbe& p) {
    return {&p.arc_mm,       &p.mean_pressure_ratio, &p.wave_free_ratio,
            &p.steady_ratio, &p.mean_flow,           &p.diastolic_share};
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
    pack_ragged(record, "mean_pressure_ratio", beat.mean_pressure_ratio);
    pack_ragged(record, "wave_free_ratio", beat.wave_free_ratio);
    record.texts["beat"] = Json{
        {"model", beat.model},
        {"reason", static_cast<int>(beat.status.reason)},
        {"iterations", beat.status.iterations},
        {"note", beat.status.note},
        {"cycles", beat.cycles},
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
    beat.mean_pressure_ratio = unpack_ragged(record, "mean_pressure_ratio");
    beat.wave_free_ratio = unpack_ragged(record, "wave_free_ratio");
}

}  // namespace ctffr
