// SPDX-License-Identifier: Apache-2.0
#include "io/result_findings.hpp"

#include <limits>

#include "ctffr/io/result_json.hpp"
#include "io/result_numbers.hpp"

namespace ctffr {

namespace {

using Ordered = nlohmann::ordered_json;
using Json = nlohmann::json;

Ordered measure_json(const PlaqueMeasure& m) {
    return {{"plaque_mm3", rounded_json(m.plaque.total_mm3())},
            {"low_attenuation_mm3", rounded_json(m.plaque.low_attenuation_mm3)},
            {"fibro_fatty_mm3", rounded_json(m.plaque.fibro_fatty_mm3)},
            {"fibrous_mm3", rounded_json(m.plaque.fibrous_mm3)},
            {"non_calcified_mm3", rounded_json(m.plaque.non_calcified_mm3())},
            {"calcified_mm3", rounded_json(m.plaque.calcified_mm3)},
            {"vessel_mm3", rounded_json(m.vessel_mm3)},
            {"lumen_mm3", rounded_json(m.lumen_mm3)},
            {"percent_atheroma_volume", rounded_json(m.atheroma_pct())}};
}

Ordered risk_json(const PlaqueRisk& risk) {
    return {{"low_attenuation", risk.low_attenuation},
            {"positive_remodelling", risk.positive_remodelling},
            {"spotty_calcium", risk.spotty_calcium},
            {"high_risk", risk.high_risk()}};
}

double number(const Json& object, const char* key) {
    const auto found = object.find(key);
    return found == object.end() || found->is_null() ? std::numeric_limits<double>::quiet_NaN()
                                                     : found->get<double>();
}

PlaqueMeasure read_measure(const Json& json) {
    PlaqueMeasure m;
    m.plaque = {number(json, "low_attenuation_mm3"), number(json, "fibro_fatty_mm3"),
                number(json, "fibrous_mm3"), number(json, "calcified_mm3")};
    m.vessel_mm3 = number(json, "vessel_mm3"), m.lumen_mm3 = number(json, "lumen_mm3");
    return m;
}

PlaqueRisk read_risk(const Json& json) {
    return {json.at("low_attenuation"), json.at("positive_remodelling"), json.at("spotty_calcium")};
}

Segment read_segment(const Json& json) {
    return segment_from_name(json.get<std::string>()).value_or(Segment::unknown);
}

Lesion read_lesion(const Json& json) {
    Lesion lesion;
    lesion.segment = json.at("segment"), lesion.vessel = json.at("vessel");
    lesion.branch = json.at("branch");
    lesion.start_mm = number(json, "start_mm"), lesion.end_mm = number(json, "end_mm");
    lesion.throat_mm = number(json, "throat_mm");
    lesion.diameter_stenosis_pct = number(json, "diameter_stenosis_pct");
    lesion.area_stenosis_pct = number(json, "area_stenosis_pct");
    lesion.mld_mm = number(json, "mld_mm"), lesion.mla_mm2 = number(json, "mla_mm2");
    lesion.reference_diameter_mm = number(json, "reference_diameter_mm");
    lesion.length_mm = number(json, "length_mm");
    lesion.smallest_diameter_mm = number(json, "smallest_diameter_mm");
    lesion.eccentricity = number(json, "eccentricity");
    lesion.remodelling_index = number(json, "remodelling_index");
    lesion.ffr_proximal = number(json, "ffr_proximal");
    lesion.ffr_20mm_distal = number(json, "ffr_20mm_distal");
    lesion.delta_ffr = number(json, "delta_ffr");
    lesion.distal_read_mm = number(json, "distal_read_mm");
    lesion.at_risk_g = number(json, "at_risk_g"), lesion.at_risk_lv_pct = number(json, "at_risk_lv_pct");
    lesion.note = json.at("note");
    return lesion;
}

VesselSummary read_vessel(const Json& json) {
    VesselSummary summary;
    summary.name = json.at("name");
    summary.ffr_distal = number(json, "ffr_distal"), summary.min_ffr = number(json, "min_ffr");
    summary.length_mm = number(json, "length_mm");
    summary.lowest_lesion_ffr = number(json, "lowest_lesion_ffr");
    summary.ppg = number(json, "ppg");
    if (json.contains("pattern") && json.at("pattern").is_string()) summary.pattern = json.at("pattern");
    summary.note = json.at("note");
    return summary;
}

PlaqueReport read_plaque(const Json& json) {
    PlaqueReport plaque;
    if (json.at("why_not").is_string()) {
        plaque.why_not = json.at("why_not");
        return plaque;
    }
    for (const Json& item : json.at("deposits")) {
        PlaqueDeposit deposit;
        deposit.branch = item.at("branch"), deposit.segment = read_segment(item.at("segment"));
        deposit.start_mm = number(item, "start_mm"), deposit.end_mm = number(item, "end_mm");
        deposit.measure = read_measure(item.at("volumes"));
        deposit.remodelling_index = number(item, "remodelling_index");
        deposit.largest_arc_deg = number(item, "largest_arc_deg");
        deposit.risk = read_risk(item.at("risk"));
        plaque.deposits.push_back(deposit);
    }
    for (const Json& item : json.at("segments"))
        plaque.segments.push_back(
            {read_segment(item.at("segment")), number(item, "length_mm"), read_measure(item.at("volumes"))});
    plaque.total = read_measure(json.at("total"));
    return plaque;
}

}  // namespace

Ordered lesions_json(const CaseResult& result) {
    Ordered lesions = Ordered::array();
    for (std::size_t i = 0; i < result.lesions.size(); ++i) {
        const Lesion& l = result.lesions[i];
        Ordered plaque = nullptr;
        if (i < result.plaque.lesions.size())
            plaque = {{"volumes", measure_json(result.plaque.lesions[i].measure)},
                      {"risk", risk_json(result.plaque.lesions[i].risk)}};
        lesions.push_back({{"segment", l.segment},
                           {"vessel", l.vessel},
                           {"branch", l.branch},
                           {"start_mm", rounded_json(l.start_mm)},
                           {"end_mm", rounded_json(l.end_mm)},
                           {"throat_mm", rounded_json(l.throat_mm)},
                           {"diameter_stenosis_pct", rounded_json(l.diameter_stenosis_pct)},
                           {"area_stenosis_pct", rounded_json(l.area_stenosis_pct)},
                           {"mld_mm", rounded_json(l.mld_mm)},
                           {"mla_mm2", rounded_json(l.mla_mm2)},
                           {"reference_diameter_mm", rounded_json(l.reference_diameter_mm)},
                           {"length_mm", rounded_json(l.length_mm)},
                           {"smallest_diameter_mm", rounded_json(l.smallest_diameter_mm)},
                           {"eccentricity", rounded_json(l.eccentricity)},
                           {"remodelling_index", rounded_json(l.remodelling_index)},
                           {"ffr_proximal", rounded_json(l.ffr_proximal)},
                           {"ffr_20mm_distal", rounded_json(l.ffr_20mm_distal)},
                           {"delta_ffr", rounded_json(l.delta_ffr)},
                           {"distal_read_mm", rounded_json(l.distal_read_mm)},
                           {"at_risk_g", rounded_json(l.at_risk_g)},
                           {"at_risk_lv_pct", rounded_json(l.at_risk_lv_pct)},
                           {"plaque", std::move(plaque)},
                           {"note", l.note}});
    }
    return lesions;
}

Ordered vessels_json(const CaseResult& result) {
    Ordered vessels = Ordered::array();
    for (const VesselSummary& v : result.vessels)
        vessels.push_back({{"name", v.name},
                           {"ffr_distal", rounded_json(v.ffr_distal)},
                           {"ffr_distal_use", vessel_value_use},
                           {"min_ffr", rounded_json(v.min_ffr)},
                           {"lowest_lesion_ffr", rounded_json(v.lowest_lesion_ffr)},
                           {"ppg", rounded_json(v.ppg)},
                           {"pattern", v.pattern.empty() ? Ordered(nullptr) : Ordered(v.pattern)},
                           {"length_mm", rounded_json(v.length_mm)},
                           {"note", v.note}});
    return vessels;
}

Ordered plaque_json(const CaseResult& result) {
    const PlaqueReport& p = result.plaque;
    if (!p.measured()) return {{"why_not", p.why_not}};
    Ordered deposits = Ordered::array(), segments = Ordered::array();
    for (const PlaqueDeposit& d : p.deposits)
        deposits.push_back({{"branch", d.branch},
                            {"segment", segment_name(d.segment)},
                            {"start_mm", rounded_json(d.start_mm)},
                            {"end_mm", rounded_json(d.end_mm)},
                            {"largest_arc_deg", rounded_json(d.largest_arc_deg)},
                            {"remodelling_index", rounded_json(d.remodelling_index)},
                            {"volumes", measure_json(d.measure)},
                            {"risk", risk_json(d.risk)}});
    for (const SegmentPlaque& s : p.segments)
        segments.push_back({{"segment", segment_name(s.segment)},
                            {"length_mm", rounded_json(s.length_mm)},
                            {"volumes", measure_json(s.measure)}});
    return {{"why_not", nullptr},
            {"thresholds_hu",
             {{"fibro_fatty", rounded_json(p.thresholds.fibro_fatty_hu)},
              {"fibrous", rounded_json(p.thresholds.fibrous_hu)},
              {"calcified", rounded_json(p.thresholds.calcified_hu)}}},
            {"total", measure_json(p.total)},
            {"segments", std::move(segments)},
            {"deposits", std::move(deposits)},
            {"remarks", p.remarks}};
}

Ordered calcium_json(const CaseResult& result) {
    const CalciumScore& c = result.calcium;
    if (!c.measured) return nullptr;
    Ordered vessels = Ordered::array();
    for (const CalciumVessel& v : c.vessels)
        vessels.push_back({{"name", v.name},
                           {"agatston", rounded_json(v.agatston)},
                           {"volume_mm3", rounded_json(v.volume_mm3)},
                           {"regions", v.regions}});
    return {{"agatston", rounded_json(c.agatston)},
            {"volume_mm3", rounded_json(c.volume_mm3)},
            {"regions", c.regions},
            {"kvp", c.kvp > 0 ? rounded_json(c.kvp) : Ordered(nullptr)},
            {"threshold_hu", rounded_json(c.threshold_hu)},
            {"slice_mm", rounded_json(c.slice_mm)},
            {"restricted_by", c.restricted_by},
            {"series_hash", c.series_hash},
            {"vessels", std::move(vessels)},
            {"remarks", c.remarks}};
}

Ordered cad_rads_json(const CaseResult& result) {
    const CadRads& c = result.cad_rads;
    if (c.category.empty()) return nullptr;
    const auto word = [](const std::string& text) { return text.empty() ? Ordered(nullptr) : Ordered(text); };
    return {{"text", c.text()},
            {"category", c.category},
            {"modifiers", c.modifiers},
            {"plaque_burden", word(c.plaque_burden)},
            {"burden_by", word(c.burden_by)},
            {"segment_involvement_score", c.segment_involvement},
            {"segment_stenosis_score", c.segment_stenosis},
            {"worst_stenosis_pct", rounded_json(c.worst_stenosis_pct)},
            {"worst_segment", word(c.worst_segment)},
            {"notes", c.notes}};
}

void read_findings(const Json& json, CaseResult& result) {
    for (const Json& lesion : json.at("lesions")) result.lesions.push_back(read_lesion(lesion));
    for (const Json& vessel : json.at("vessels")) result.vessels.push_back(read_vessel(vessel));
    // The truth of older virtual patients has a list here.
    if (const auto plaque = json.find("plaque"); plaque != json.end() && plaque->is_object())
        result.plaque = read_plaque(*plaque);
    else
        result.plaque.why_not = "The file has no plaque.";
    for (const Json& lesion : json.at("lesions"))
        if (const auto plaque = lesion.find("plaque"); plaque != lesion.end() && plaque->is_object())
            result.plaque.lesions.push_back(
                {read_measure(plaque->at("volumes")), read_risk(plaque->at("risk"))});
    if (const auto calcium = json.find("calcium"); calcium != json.end() && calcium->is_object()) {
        result.calcium.measured = true;
        result.calcium.agatston = number(*calcium, "agatston");
        result.calcium.volume_mm3 = number(*calcium, "volume_mm3");
        result.calcium.regions = calcium->at("regions");
        for (const Json& v : calcium->at("vessels"))
            result.calcium.vessels.push_back(
                {v.at("name"), number(v, "agatston"), number(v, "volume_mm3"), v.at("regions")});
    }
    if (const auto grade = json.find("cad_rads"); grade != json.end() && grade->is_object()) {
        CadRads& c = result.cad_rads;
        c.category = grade->at("category");
        grade->at("modifiers").get_to(c.modifiers);
        if (grade->at("plaque_burden").is_string()) c.plaque_burden = grade->at("plaque_burden");
        c.segment_involvement = grade->at("segment_involvement_score");
        c.segment_stenosis = grade->at("segment_stenosis_score");
        c.worst_stenosis_pct = number(*grade, "worst_stenosis_pct");
        if (grade->at("worst_segment").is_string()) c.worst_segment = grade->at("worst_segment");
    }
}

}  // namespace ctffr
