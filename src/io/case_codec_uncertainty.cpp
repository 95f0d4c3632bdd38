// SPDX-License-Identifier: Apache-2.0
#include "ctffr/io/case_codec.hpp"
#include "io/case_arrays.hpp"
#include "io/case_text.hpp"

namespace ctffr {

namespace {

using Json = nlohmann::json;

void add_intervals(ArrayWriter<double>& to, const std::vector<FfrInterval>& intervals) {
    for (const FfrInterval& one : intervals) {
        for (double value : {one.sd, one.low_90, one.high_90, one.p_below}) to.add(value);
        to.add(one.read_lps_mm);
    }
}

void take_intervals(ArrayReader<double>& from, std::vector<FfrInterval>& intervals) {
    for (FfrInterval& one : intervals) {
        for (double* value : {&one.sd, &one.low_90, &one.high_90, &one.p_below}) *value = from.next();
        one.read_lps_mm = from.next_vec3();
    }
}

void add_flips(ArrayWriter<double>& to, Json& sentences, const std::vector<FfrFlip>& flips) {
    sentences = Json::array();
    for (const FfrFlip& flip : flips) {
        to.add(flip.throat_diameter_mm), to.add(flip.flow_pct);
        sentences.push_back(flip.sentence);
    }
}

void take_flips(ArrayReader<double>& from, const Json& sentences, std::vector<FfrFlip>& flips) {
    flips.clear();
    for (const Json& sentence : sentences) {
        FfrFlip& flip = flips.emplace_back();
        flip.throat_diameter_mm = from.next(), flip.flow_pct = from.next();
        sentence.get_to(flip.sentence);
    }
}

}  // namespace

void pack(StageRecord& record, const FfrUncertainty& u) {
    pack_ragged(record, "ffr_p_below", u.p_below);
    ArrayWriter<double> intervals, flips;
    add_intervals(intervals, u.lesions), add_intervals(intervals, u.vessels);
    Json json = {{"state", static_cast<int>(u.state)},
                 {"threshold", u.threshold},
                 {"samples", u.samples},
                 {"failed", u.failed},
                 {"lesions", u.lesions.size()},
                 {"vessels", u.vessels.size()}};
    add_flips(flips, json["lesion_flips"], u.lesion_flips),
        add_flips(flips, json["vessel_flips"], u.vessel_flips);
    std::vector<std::vector<double>> table;
    json["sensitivity"] = Json::array();
    for (const FfrSensitivity& row : u.sensitivity) {
        json["sensitivity"].push_back({row.input, row.down, row.up});
        for (const auto* values : {&row.lesion_down, &row.lesion_up, &row.vessel_down, &row.vessel_up})
            table.push_back(*values);
    }
    intervals.store(record, "ffr_intervals", 7), flips.store(record, "ffr_flips", 2);
    pack_ragged(record, "ffr_sensitivity", table);
    record.texts["uncertainty"] = json.dump();
}

void unpack(const StageRecord& record, FfrUncertainty& u) {
    const Json json = parsed_text(record, "uncertainty");
    u.state = static_cast<FfrUncertainty::State>(json.at("state").get<int>());
    // A number that is none is null in JSON.
    u.threshold = json.at("threshold").is_null() ? no_number : json.at("threshold").get<double>();
    json.at("samples").get_to(u.samples);
    json.at("failed").get_to(u.failed);
    u.p_below = unpack_ragged(record, "ffr_p_below");
    ArrayReader<double> intervals(record, "ffr_intervals"), flips(record, "ffr_flips");
    u.lesions.resize(json.at("lesions").get<std::size_t>()),
        u.vessels.resize(json.at("vessels").get<std::size_t>());
    take_intervals(intervals, u.lesions), take_intervals(intervals, u.vessels);
    take_flips(flips, json.at("lesion_flips"), u.lesion_flips);
    take_flips(flips, json.at("vessel_flips"), u.vessel_flips);
    const auto table = unpack_ragged(record, "ffr_sensitivity");
    u.sensitivity.clear();
    for (const Json& row : json.at("sensitivity")) {
        const std::size_t at = 4 * u.sensitivity.size();
        u.sensitivity.push_back({row.at(0), row.at(1), row.at(2), table.at(at), table.at(at + 1),
                                 table.at(at + 2), table.at(at + 3)});
    }
}

void pack(StageRecord& record, const RestingRatio& resting) {
    pack_ragged(record, "resting_flow_lesions_vessels",
                {{resting.flow_ml_min}, resting.lesions, resting.vessels});
}

void unpack(const StageRecord& record, RestingRatio& resting) {
    const auto rows = unpack_ragged(record, "resting_flow_lesions_vessels");
    resting = {rows.at(0).at(0), rows.at(1), rows.at(2)};
}

}  // namespace ctffr
