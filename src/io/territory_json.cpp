// SPDX-License-Identifier: Apache-2.0
#include "io/territory_json.hpp"

#include <set>
#include <string>

#include "ctffr/core/units.hpp"
#include "ctffr/io/result_json.hpp"
#include "io/result_numbers.hpp"

namespace ctffr {

namespace {

using Json = nlohmann::ordered_json;

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
    return text;
}

// LV muscle nearest to the branches.
double lv_g(const MuscleTerritories& muscle, const std::vector<int>& branches) {
    double sum = 0;
    for (int b : branches)
        for (double g : muscle.lv_g[static_cast<std::size_t>(b)]) sum += g;
    return sum;
}

// Where the territory of a main vessel begins: LAD, LCX and RCA without the stem that two of them share.
std::vector<int> own_branches(const CaseResult& result, const Vessel& vessel) {
    std::vector<int> own;
    for (int b : vessel.branches) {
        const Branch& branch = result.tree.branches[static_cast<std::size_t>(b)];
        if (branch.segment != Segment::lm) own.push_back(b);
    }
    return own;
}

}  // namespace

const char* ratio_below_array(FlowState state) {
    switch (state) {
        case FlowState::hyperaemia: return "p_below_080";
        case FlowState::rest: return "p_resting_pd_pa_below_092";
        case FlowState::exercise: break;
    }
    return nullptr;
}

Json flow_state_json(const CaseResult& result) {
    const FlowState state = result.hyperaemia.state;
    const auto threshold = ratio_threshold(state);
    return {{"state", flow_state_name(state)},
            {"ratio", ratio_name(state)},
            {"is_ffr", state == FlowState::hyperaemia},
            {"threshold", threshold ? Json(*threshold) : Json(nullptr)}};
}

Json territories_json(const CaseResult& result) {
    const MuscleTerritories& muscle = result.problem.muscle;
    Json json = {{"flow_split_by", muscle.split_by},
                 {"fallback", muscle.split_fallback.empty() ? Json(nullptr) : Json(muscle.split_fallback)},
                 {"why_not", muscle.why_not.empty() ? Json(nullptr) : Json(muscle.why_not)},
                 {"method", muscle.known() ? Json(muscle.method) : Json(nullptr)},
                 {"lv_mass_g", muscle.known() ? rounded_json(muscle.lv_mass_g) : Json(nullptr)},
                 {"rv_mass_g", muscle.known() ? rounded_json(muscle.rv_mass_g) : Json(nullptr)},
                 {"vessels", Json::array()},
                 {"outlets", Json::array()}};
    if (muscle.known())
        for (const Vessel& vessel : vessels_of(result.tree)) {
            const double g = lv_g(muscle, own_branches(result, vessel));
            json["vessels"].push_back({{"name", vessel.name},
                                       {"lv_mass_g", rounded_json(g)},
                                       {"lv_pct", rounded_json(100 * g / muscle.lv_mass_g)}});
        }
    for (std::size_t o = 0; o < result.problem.outlets.size(); ++o) {
        const Outlet& outlet = result.problem.outlets[o];
        const Branch& branch = result.tree.branches[static_cast<std::size_t>(outlet.branch)];
        const bool by_mass = o < muscle.outlet_g.size();
        const double nearest = muscle.known() ? lv_g(muscle, {outlet.branch}) : 0;
        json["outlets"].push_back(
            {{"branch", outlet.branch},
             {"segment", segment_name(branch.segment)},
             {"flow_ml_min", rounded_json(ml_min_from_m3_s(outlet.target_flow))},
             {"origin", by_mass ? muscle.outlet_origin[o] : muscle.split_by},
             {"mass_g", by_mass ? rounded_json(muscle.outlet_g[o]) : Json(nullptr)},
             {"lv_mass_g", muscle.known() ? rounded_json(nearest) : Json(nullptr)},
             {"lv_pct", muscle.known() ? rounded_json(100 * nearest / muscle.lv_mass_g) : Json(nullptr)}});
    }
    return json;
}

void rename_ratio(Json& json, FlowState state) {
    static const std::set<std::string> of_ffr_alone{"ppg", "pattern", "resting_estimate"};
    if (json.is_string()) {
        json = replaced(json.get<std::string>(), "FFR", ratio_name(state));
    } else if (json.is_array()) {
        for (Json& item : json) rename_ratio(item, state);
    } else if (json.is_object()) {
        Json renamed = Json::object();
        for (auto& [key, value] : json.items()) {
            if (of_ffr_alone.count(key) > 0) continue;
            std::string name = key == "is_ffr" ? key : replaced(key, "ffr", ratio_key(state));
            // What the solver got is of another state, too.
            if (key == "hyperaemia") name = "flow_conditions";
            if (key == "p_ffr_below_080") {
                const char* const below = ratio_below_array(state);
                if (!below) continue;
                name = below;
            }
            if (key != "options") rename_ratio(value, state);
            renamed[name] = std::move(value);
        }
        json = std::move(renamed);
    }
}

}  // namespace ctffr
