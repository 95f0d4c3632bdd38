// SPDX-License-Identifier: Apache-2.0
#include "ctffr/io/result_read.hpp"

#include <cmath>
#include <limits>
#include <string>

#include <nlohmann/json.hpp>

#include "ctffr/core/error.hpp"
#include "ctffr/io/files.hpp"
#include "ctffr/io/result_json.hpp"

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

Lesion read_lesion(const Json& json) {
    Lesion lesion;
    lesion.segment = json.at("segment");
    lesion.vessel = json.at("vessel");
    lesion.branch = json.at("branch");
    lesion.start_mm = number(json, "start_mm");
    lesion.end_mm = number(json, "end_mm");
    lesion.throat_mm = number(json, "throat_mm");
    lesion.diameter_stenosis_pct = number(json, "diameter_stenosis_pct");
    lesion.area_stenosis_pct = number(json, "area_stenosis_pct");
    lesion.mld_mm = number(json, "mld_mm");
    lesion.mla_mm2 = number(json, "mla_mm2");
    lesion.reference_diameter_mm = number(json, "reference_diameter_mm");
    lesion.length_mm = number(json, "length_mm");
    lesion.ffr_proximal = number(json, "ffr_proximal");
    lesion.ffr_20mm_distal = number(json, "ffr_20mm_distal");
    lesion.delta_ffr = number(json, "delta_ffr");
    lesion.distal_read_mm = number(json, "distal_read_mm");
    lesion.note = json.at("note");
    return lesion;
}

std::vector<FfrInterval> read_intervals(const Json& json) {
    std::vector<FfrInterval> intervals;
    for (const Json& item : json)
        intervals.push_back({number(item, "ffr_sd"), number(item, "ffr_low_90"), number(item, "ffr_high_90"),
                             number(item, "p_below"), vector(item.at("read_lps_mm"))});
    return intervals;
}

Dominance read_dominance(const Json& json) {
    for (Dominance d : {Dominance::right, Dominance::left, Dominance::balanced})
        if (json == dominance_name(d)) return d;
    return Dominance::unknown;
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
        if (json.at("schema") != result_schema)
            throw Error(ExitCode::input_unreadable, "{} has schema '{}', this program reads '{}'.",
                        file.string(), json.at("schema").get<std::string>(), result_schema);
        result.state = read_state(json.at("state"));
        for (const Json& reason : json.at("reasons")) result.reasons.push_back(reason);
        result.scan = read_scan(json.at("scan"));
        result.tree.dominance = read_dominance(json.at("dominance"));
        for (const Json& branch : json.at("branches"))
            result.tree.branches.push_back(read_branch(branch, result.ffr));
        for (const Json& lesion : json.at("lesions")) result.lesions.push_back(read_lesion(lesion));
        for (const Json& vessel : json.at("vessels")) {
            VesselSummary summary;
            summary.name = vessel.at("name");
            summary.ffr_distal = number(vessel, "ffr_distal");
            summary.min_ffr = number(vessel, "min_ffr");
            summary.length_mm = number(vessel, "length_mm");
            summary.note = vessel.at("note");
            result.vessels.push_back(summary);
        }
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
