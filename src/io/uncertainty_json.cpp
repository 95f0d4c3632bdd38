// SPDX-License-Identifier: Apache-2.0
#include "io/uncertainty_json.hpp"

#include <cmath>

namespace ctffr {

namespace {

using Json = nlohmann::ordered_json;

// To a millionth.
Json number(double value) {
    return std::isfinite(value) ? Json(std::round(value * 1e6) / 1e6) : Json(nullptr);
}

void add_estimate(Json& json, double ffr, const FfrInterval& interval, const FfrFlip& flip) {
    json["ffr"] = number(ffr);
    json["ffr_sd"] = number(interval.sd);
    json["ffr_low_90"] = number(interval.low_90), json["ffr_high_90"] = number(interval.high_90);
    json["p_below"] = number(interval.p_below);
    const Vec3 at = interval.read_lps_mm;
    json["read_lps_mm"] = {number(at.x), number(at.y), number(at.z)};
    json["flip_throat_diameter_mm"] = number(flip.throat_diameter_mm);
    json["flip_flow_pct"] = number(flip.flow_pct);
    json["flip"] = flip.sentence;
}

Json pairs(const std::vector<double>& down, const std::vector<double>& up) {
    Json json = Json::array();
    for (std::size_t i = 0; i < down.size(); ++i) json.push_back({number(down[i]), number(up[i])});
    return json;
}

}  // namespace

Json resting_json(const CaseResult& result) {
    const RestingRatio& r = result.resting;
    if (r.flow_ml_min == 0) return nullptr;
    Json json = {
        {"flow_ml_min", number(r.flow_ml_min)}, {"lesions", Json::array()}, {"vessels", Json::array()}};
    for (double value : r.lesions) json["lesions"].push_back(number(value));
    for (double value : r.vessels) json["vessels"].push_back(number(value));
    return json;
}

Json uncertainty_json(const CaseResult& result) {
    const FfrUncertainty& u = result.uncertainty;
    if (u.state == FfrUncertainty::State::not_estimated) return nullptr;
    Json json = {{"state", uncertainty_state_name(u.state)},
                 {"threshold", number(u.threshold)},
                 {"samples", u.samples},
                 {"failed", u.failed},
                 {"lesions", Json::array()},
                 {"vessels", Json::array()},
                 {"sensitivity", Json::array()}};
    for (std::size_t i = 0; i < u.lesions.size() && i < result.lesions.size(); ++i) {
        Json one = {{"segment", result.lesions[i].segment}, {"vessel", result.lesions[i].vessel}};
        add_estimate(one, result.lesions[i].ffr_20mm_distal, u.lesions[i], u.lesion_flips[i]);
        json["lesions"].push_back(std::move(one));
    }
    for (std::size_t i = 0; i < u.vessels.size() && i < result.vessels.size(); ++i) {
        Json one = {{"name", result.vessels[i].name}};
        add_estimate(one, result.vessels[i].ffr_distal, u.vessels[i], u.vessel_flips[i]);
        json["vessels"].push_back(std::move(one));
    }
    for (const FfrSensitivity& row : u.sensitivity)
        json["sensitivity"].push_back({{"input", row.input},
                                       {"down", row.down},
                                       {"up", row.up},
                                       {"lesions", pairs(row.lesion_down, row.lesion_up)},
                                       {"vessels", pairs(row.vessel_down, row.vessel_up)}});
    return json;
}

}  // namespace ctffr
