// SPDX-License-Identifier: Apache-2.0
#include "ctffr/io/result_read.hpp"

#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "ctffr/core/error.hpp"
#include "ctffr/io/files.hpp"
#include "ctffr/io/result_json.hpp"
#include "io/result_findings.hpp"

namespace ctffr {

namespace {

using Json = nlohmann::json;

double number(const Json& object, const char* key) {
    const Json& value = object.at(key);
    return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
}

Vec3 vector(const Json& value) { return {value.at(0), value.at(1), value.at(2)}; }

BranchFlag read_flag(const Json& json) {
    using Kind = BranchFlag::Kind;
    for (Kind kind : {Kind::gap_bridged, Kind::calcified, Kind::stent, Kind::not_analysable,
                      Kind::myocardial_bridge, Kind::truncated, Kind::occluded})
        if (json.at("kind") == flag_name(kind))
            return {kind, number(json, "start_mm"), number(json, "end_mm"), json.at("reason")};
    throw Json::other_error::create(501, "unknown flag '" + json.at("kind").get<std::string>() + "'",
                                    nullptr);
}

ScanModel read_scan(const Json& json) {
    if (json.is_null()) return {};
    return {number(json, "blood_hu"),     number(json, "blood_sd_hu"), number(json, "myocardium_hu"),
            number(json, "fat_hu"),       number(json, "noise_sd_hu"), number(json, "psf_fwhm_xy_mm"),
            number(json, "psf_fwhm_z_mm")};
}

Branch read_branch(const Json& json, FfrMap& map) {
    Branch branch;
    branch.id = json.at("id");
    branch.parent = json.at("parent");
    branch.side = json.at("side") == "left" ? Side::left : Side::right;
    branch.segment = segment_from_name(json.at("segment").get<std::string>()).value_or(Segment::unknown);
    branch.label_confidence = number(json, "label_confidence");
    std::vector<double> ffr, ffr_sd, reference;
    for (const Json& point : json.at("points")) {
        CenterlinePoint p;
        p.position_lps_mm = vector(point.at("lps_mm"));
        p.radius_mm = number(point, "radius_mm");
        branch.points.push_back(p);
        ffr.push_back(number(point, "ffr"));
        ffr_sd.push_back(number(point, "ffr_sd"));
        reference.push_back(number(point, "reference_radius_mm"));
    }
    update_arc_and_tangents(branch);
    for (const Json& flag : json.at("flags")) branch.flags.push_back(read_flag(flag));
    map.ffr.push_back(std::move(ffr));
    map.ffr_sd.push_back(std::move(ffr_sd));
    map.reference_radius_mm.push_back(std::move(reference));
    return branch;
}

std::vector<FfrInterval> read_intervals(const Json& json) {
    std::vector<FfrInterval> intervals;
    for (const Json& item : json)
        intervals.push_back({number(item, "ffr_sd"), number(item, "ffr_low_90"), number(item, "ffr_high_90"),
                             number(item, "p_below"), vector(item.at("read_lps_mm"))});
    return intervals;
}

Dominance read_dominance(const Json& json) {
    return json.is_string() ? dominance_from_name(json.get<std::string>()).value_or(Dominance::unknown)
                            : Dominance::unknown;
}

ResultState read_state(const Json& json) {
    for (ResultState s : {ResultState::ok, ResultState::ok_with_excluded_segments})
        if (json == result_state_name(s)) return s;
    return ResultState::rejected;
}

}  // namespace

CaseResult read_result_json(const std::filesystem::path& path) {
    const std::filesystem::path file = std::filesystem::is_directory(path) ? path / "result.json" : path;
    if (!std::filesystem::exists(file))
        throw Error(ExitCode::input_missing, "{} does not exist: give a result folder or its result.json.",
                    file.string());
    CaseResult result;
    try {
        const Json json = Json::parse(read_text(file));
        for (const auto& [schema, what] : {std::pair{resting_result_schema, FlowState::rest},
                                           std::pair{exercise_result_schema, FlowState::exercise}})
            if (json.at("schema") == schema)
                throw Error(ExitCode::input_unsupported,
                            "{} holds {}, not FFR, and cannot be read or compared as FFR: run the case with "
                            "--state hyperaemia.",
                            file.string(), ratio_name(what));
        if (json.at("schema") != result_schema)
            throw Error(ExitCode::input_unreadable, "{} has schema '{}', this program reads '{}'.",
                        file.string(), json.at("schema").get<std::string>(), result_schema);
        result.state = read_state(json.at("state"));
        for (const Json& reason : json.at("reasons")) result.reasons.push_back(reason);
        result.scan = read_scan(json.at("scan"));
        result.tree.dominance = read_dominance(json.at("dominance"));
        // Results of earlier versions have none.
        if (json.contains("dominance_confidence"))
            result.tree.dominance_confidence = number(json, "dominance_confidence");
        for (const Json& branch : json.at("branches"))
            result.tree.branches.push_back(read_branch(branch, result.ffr));
        read_findings(json, result);
        // Results from before there was an uncertainty have none.
        if (const auto found = json.find("uncertainty"); found != json.end() && found->is_object()) {
            result.uncertainty.lesions = read_intervals(found->at("lesions"));
            result.uncertainty.vessels = read_intervals(found->at("vessels"));
        }
    } catch (const nlohmann::json::exception& error) {
        throw Error(ExitCode::input_unreadable, "{} is not a result of ctffr: {}.", file.string(),
                    error.what());
    }
    if (const auto broken = check(result.tree); !broken.empty())
        throw Error(ExitCode::input_unreadable, "The tree in {} is broken: {}.", file.string(),
                    broken.front());
    return result;
}

}  // namespace ctffr
