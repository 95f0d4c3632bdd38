// SPDX-License-Identifier: Apache-2.0
#include "io/pulsatile_json.hpp"

#include <cmath>

#include "ctffr/core/units.hpp"

namespace ctffr {

namespace {

using Json = nlohmann::ordered_json;

// To a millionth.
Json rounded(double value) {
    return std::isfinite(value) ? Json(std::round(value * 1e6) / 1e6) : Json(nullptr);
}

Json patient_value(const PatientValue& item) {
    return {{"value", rounded(item.value)}, {"origin", origin_name(item.origin)}, {"source", item.source}};
}

double mean(const std::vector<double>& values) {
    double sum = 0;
    for (double v : values) sum += v;
    return sum / static_cast<double>(values.size());
}

Json probes_json(const PulsatileFlow& beat) {
    Json probes = Json::array();
    for (const PulsatileProbe& p : beat.probes)
        probes.push_back({{"kind", probe_kind_name(p.kind)},
                          {"name", p.name},
                          {"branch", p.branch},
                          {"arc_mm", rounded(p.arc_mm)},
                          {"mean_pressure_ratio", rounded(p.mean_pressure_ratio)},
                          {"steady_pressure_ratio", rounded(p.steady_ratio)},
                          {"wave_free_pressure_ratio", rounded(p.wave_free_ratio)},
                          {"mean_flow_ml_min", rounded(ml_min_from_m3_s(p.mean_flow))},
                          {"diastolic_flow_share", rounded(p.diastolic_share)}});
    return probes;
}

Json stretch_json(const WallStretch& s) {
    return {{"tawss_mean_pa", rounded(s.mean_shear)},    {"tawss_max_pa", rounded(s.largest_shear)},
            {"tawss_min_pa", rounded(s.least_shear)},    {"osi_mean", rounded(s.mean_oscillation)},
            {"osi_max", rounded(s.largest_oscillation)}, {"rrt_max_1_pa", rounded(s.largest_residence)}};
}

Json lesions_json(const PulsatileFlow& beat) {
    Json lesions = Json::array();
    for (const BeatLesion& lesion : beat.lesions)
        lesions.push_back({{"lesion", stretch_json(lesion.within)}, {"below", stretch_json(lesion.below)}});
    return lesions;
}

}  // namespace

Json pulsatile_json(const PulsatileFlow& beat) {
    const bool known = beat.converged();
    return {{"model", beat.model},
            {"status", reason_name(beat.status.reason)},
            {"note", beat.status.note},
            {"beats", beat.cycles},
            {"beat_change", known ? Json(beat.status.residual) : Json(nullptr)},
            {"steps", beat.time.size()},
            {"heart_rate_bpm", patient_value(beat.heart_rate_bpm)},
            {"pulse_pressure_mmhg", patient_value(beat.pulse_pressure_mmhg)},
            {"resistance_index", rounded(beat.resistance_index)},
            {"period_s", rounded(beat.period)},
            {"ejection_end_s", rounded(beat.ejection_end)},
            {"contraction_start_s", rounded(beat.contraction_start)},
            {"wave_free_start_s", rounded(beat.wave_free_start)},
            {"wave_free_end_s", rounded(beat.wave_free_end)},
            {"mean_inflow_ml_min", known ? rounded(ml_min_from_m3_s(mean(beat.inflow))) : Json(nullptr)},
            {"mass_imbalance", known ? Json(beat.status.mass_imbalance) : Json(nullptr)},
            {"cells", beat.cells},
            {"largest_courant", known && beat.cells > 0 ? rounded(beat.largest_courant) : Json(nullptr)},
            {"probes", probes_json(beat)},
            {"lesions", lesions_json(beat)}};
}

}  // namespace ctffr
