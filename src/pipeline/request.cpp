// SPDX-License-Identifier: Apache-2.0
#include "ctffr/pipeline/request.hpp"

#include <algorithm>
#include <type_traits>
#include <vector>

#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "ctffr/core/error.hpp"

namespace ctffr {

namespace {

using Json = nlohmann::ordered_json;

template <class T>
std::string toml_value(const T& value) {
    if constexpr (std::is_same_v<T, std::string>)
        return Json(value).dump(-1, ' ', false,
                                Json::error_handler_t::replace);  // TOML basic strings are JSON strings
    else
        return fmt::format("{}", value);
}

struct OptionBounds {
    const char* key;
    double low, high;
};

// Outside these a stage would only waste hours or memory; NaN is outside everything.
constexpr OptionBounds option_bounds[] = {{"working_spacing_mm", 0.3, 3},
                                          {"min_branch_mm", 0, 100},
                                          {"min_radius_mm", 0.2, 3},
                                          {"max_gap_mm", 0, 50},
                                          {"point_spacing_mm", 0.1, 2},
                                          {"angles", 8, 256},
                                          {"surface_spacing_mm", 0.05, 1},
                                          {"blend_fraction", 0, 2},
                                          {"recentre_iterations", 0, 20},
                                          {"aortic_pressure_mmhg", 0, 200},
                                          {"total_flow_ml_min", 0, 2000},
                                          {"venous_pressure_mmhg", 0, 30},
                                          {"viscosity_mpa_s", 0, 20},
                                          {"density_kg_m3", 900, 1200},
                                          {"outlet_exponent", 1, 4},
                                          {"flow_factor", 1, 60},
                                          {"microvascular_factor", 0.3, 5},
                                          {"share_lad_pct", 0, 100},
                                          {"share_lcx_pct", 0, 100},
                                          {"share_rca_pct", 0, 100},
                                          {"exercise_mets", 1, 15},
                                          {"max_iterations", 1, 100000},
                                          {"tolerance", 1e-14, 1e-2},
                                          {"cells_per_diameter", 6, 64},
                                          {"layers", 1, 6},
                                          {"cap_extension_diameters", 0, 20},
                                          {"min_reported_diameter_mm", 0, 5},
                                          {"lesion_min_ds_pct", 0, 100},
                                          {"uncertainty_samples", 0, 200000},
                                          {"calcium_reach_mm", 0, 15},
                                          {"steps", 50, 20000},
                                          {"beat_steps", 0, 20000},
                                          {"courant", 1, 200},
                                          {"max_cycles", 2, 1000},
                                          {"resistance_index", 0.18, 2}};

// Inputs of a request by name, in a fixed order.
template <class Request, class Visitor>
void visit_inputs(Request& r, Visitor&& visitor) {
    visitor("series", r.series);
    visitor("mask", r.mask);
    visitor("lumen", r.lumen_surface);
    visitor("centerlines", r.centerlines);
    visitor("lumen_network", r.lumen_network);
    visitor("heart_network", r.heart_network);
    visitor("network", r.network);
    visitor("calcium_series", r.calcium_series);
}

Json facts_json(const GivenFacts& given) {
    Json facts = Json::object();
    if (given.facts.sex) facts["sex"] = std::string(1, *given.facts.sex);
    visit_facts(given.facts, [&](const char* key, const std::optional<double>& value, auto...) {
        if (value) facts[key] = *value;
    });
    return {{"values", facts}, {"sources", given.sources}};
}

GivenFacts facts_from(const Json& json) {
    GivenFacts given;
    given.sources = json.at("sources").get<std::map<std::string, std::string>>();
    const Json& values = json.at("values");
    if (values.contains("sex")) given.facts.sex = values.at("sex").get<std::string>().at(0);
    visit_facts(given.facts, [&](const char* key, std::optional<double>& value, auto...) {
        if (values.contains(key)) value = values.at(key).get<double>();
    });
    return given;
}

}  // namespace

MeshOptions mesh_options(const RunRequest& request) {
    MeshOptions options = request.mesh;
    options.blend_fraction = request.lumen.blend_fraction;
    return options;
}

void check_options(const RunRequest& request) {
    const auto one_of = [](const char* flag, const std::string& value,
                           const std::vector<std::string>& valid) {
        if (std::find(valid.begin(), valid.end(), value) == valid.end())
            throw Error(ExitCode::usage, "{} is '{}'; it must be one of: {}.", flag, value,
                        fmt::join(valid, ", "));
    };
    one_of("--territories", request.boundary.territories, {"dominance", "myocardium"});
    one_of("--state", request.boundary.state, {"hyperaemia", "rest", "exercise"});
    if (request.beats() && request.boundary.state != "hyperaemia")
        throw Error(
            ExitCode::usage,
            "--flow {} is made for hyperaemia and --state is {}: take --flow steady or --flow reduced.",
            request.flow, request.boundary.state);
    visit_options(request, [](const std::string& group, const std::string& key, const auto& value,
                              const char* flag, auto...) {
        if constexpr (std::is_arithmetic_v<std::decay_t<decltype(value)>>)
            for (const OptionBounds& bounds : option_bounds)
                if (key == bounds.key && !(value >= bounds.low && value <= bounds.high))
                    throw Error(group == "boundary" ? ExitCode::physiology_out_of_range : ExitCode::usage,
                                "{} is {}; it must be from {} to {}.", flag, value, bounds.low, bounds.high);
    });
}

std::string options_text(const RunRequest& request, const std::string& group) {
    std::string text;
    visit_options(request, [&](const std::string& owner, const char* key, const auto& value, auto...) {
        if (owner == group) text += fmt::format("{} = {}\n", key, toml_value(value));
    });
    return text;
}

std::string resolved_toml(const RunRequest& request) {
    std::string text = "[input]\n";
    visit_inputs(request, [&](const char* name, const std::filesystem::path& path) {
        if (!path.empty()) text += fmt::format("{} = {}\n", name, toml_value(path.string()));
    });
    if (!request.series_uid.empty()) text += fmt::format("series_uid = {}\n", toml_value(request.series_uid));
    text += fmt::format("flow = {}\n\n[patient]\n", toml_value(request.flow));
    if (request.facts.facts.sex) text += fmt::format("sex = \"{}\"\n", *request.facts.facts.sex);
    visit_facts(request.facts.facts, [&](const char* key, const std::optional<double>& value, auto...) {
        if (value) text += fmt::format("{} = {}\n", key, *value);
    });
    std::string group;
    visit_options(request, [&](const std::string& owner, const char* key, const auto& value, auto...) {
        if (owner != group) text += fmt::format("\n[{}]\n", owner);
        group = owner;
        text += fmt::format("{} = {}\n", key, toml_value(value));
    });
    return text;
}

std::string request_json(const RunRequest& request) {
    Json json;
    visit_inputs(request, [&](const char* name, const std::filesystem::path& path) {
        json["inputs"][name] =
            path.empty() ? "" : std::filesystem::absolute(path).lexically_normal().string();
    });
    json["series_uid"] = request.series_uid;
    json["flow"] = request.flow;
    json["facts"] = facts_json(request.facts);
    visit_options(request, [&](const char* group, const char* key, const auto& value, auto...) {
        json["options"][group][key] = value;
    });
    return json.dump(1, ' ', false, Json::error_handler_t::replace);
}

RunRequest request_from_json(const std::string& text) {
    RunRequest request;
    try {
        const Json json = Json::parse(text);
        visit_inputs(request, [&](const char* name, std::filesystem::path& path) {
            // An input that came later than the case was not given.
            const Json& inputs = json.at("inputs");
            if (inputs.contains(name)) path = inputs.at(name).get<std::string>();
        });
        json.at("series_uid").get_to(request.series_uid);
        json.at("flow").get_to(request.flow);
        request.facts = facts_from(json.at("facts"));
        visit_options(request, [&](const char* group, const char* key, auto& value, auto...) {
            // An option that came later than the case has its default.
            const Json& options = json.at("options");
            if (options.contains(group) && options.at(group).contains(key))
                options.at(group).at(key).get_to(value);
        });
    } catch (const Json::exception&) {
        throw Error(
            ExitCode::case_incompatible,
            "The case file does not say how it was made in a way this version understands: run the whole "
            "case again.");
    }
    return request;
}

}  // namespace ctffr
