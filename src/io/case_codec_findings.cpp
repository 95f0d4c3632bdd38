// SPDX-License-Identifier: Apache-2.0
// Plaque and calcium score in the case file.
#include <array>

#include <nlohmann/json.hpp>

#include "ctffr/io/case_codec.hpp"
#include "io/case_arrays.hpp"
#include "io/case_text.hpp"

namespace ctffr {

namespace {

using Json = nlohmann::json;

std::array<double*, 6> numbers_of(PlaqueMeasure& m) {
    return {&m.plaque.low_attenuation_mm3,
            &m.plaque.fibro_fatty_mm3,
            &m.plaque.fibrous_mm3,
            &m.plaque.calcified_mm3,
            &m.vessel_mm3,
            &m.lumen_mm3};
}

// Bits 0 to 2.
double bits_of(const PlaqueRisk& risk) {
    return int{risk.low_attenuation} + 2 * int{risk.positive_remodelling} + 4 * int{risk.spotty_calcium};
}
PlaqueRisk risk_of(double bits) {
    const int b = static_cast<int>(bits);
    return {(b & 1) != 0, (b & 2) != 0, (b & 4) != 0};
}

void add(ArrayWriter<double>& values, PlaqueMeasure measure) {
    for (const double* value : numbers_of(measure)) values.add(*value);
}
PlaqueMeasure next_measure(ArrayReader<double>& values) {
    PlaqueMeasure measure;
    for (double* value : numbers_of(measure)) *value = values.next();
    return measure;
}

}  // namespace

void pack(StageRecord& record, const PlaqueReport& plaque) {
    ArrayWriter<double> totals, lesions, deposits, segments;
    for (double value :
         {plaque.thresholds.fibro_fatty_hu, plaque.thresholds.fibrous_hu, plaque.thresholds.calcified_hu})
        totals.add(value);
    add(totals, plaque.total);
    for (const LesionPlaque& lesion : plaque.lesions)
        add(lesions, lesion.measure), lesions.add(bits_of(lesion.risk));
    for (const PlaqueDeposit& d : plaque.deposits) {
        for (double value : {static_cast<double>(d.branch), static_cast<double>(d.segment), d.start_mm,
                             d.end_mm, d.remodelling_index, d.largest_arc_deg, bits_of(d.risk)})
            deposits.add(value);
        add(deposits, d.measure);
    }
    for (const SegmentPlaque& s : plaque.segments) {
        segments.add(static_cast<double>(s.segment)), segments.add(s.length_mm);
        add(segments, s.measure);
    }
    totals.store(record, "plaque_thresholds_total");
    lesions.store(record, "plaque_lesions", 7);
    deposits.store(record, "plaque_deposits", 13);
    segments.store(record, "plaque_segments", 8);
    record.texts["plaque"] = Json{{"why_not", plaque.why_not}, {"remarks", plaque.remarks}}.dump();
}

void unpack(const StageRecord& record, PlaqueReport& plaque) {
    plaque = {};
    ArrayReader<double> totals(record, "plaque_thresholds_total"), lesions(record, "plaque_lesions"),
        deposits(record, "plaque_deposits"), segments(record, "plaque_segments");
    for (double* value :
         {&plaque.thresholds.fibro_fatty_hu, &plaque.thresholds.fibrous_hu, &plaque.thresholds.calcified_hu})
        *value = totals.next();
    plaque.total = next_measure(totals);
    while (!lesions.at_end()) {
        LesionPlaque lesion;
        lesion.measure = next_measure(lesions), lesion.risk = risk_of(lesions.next());
        plaque.lesions.push_back(lesion);
    }
    while (!deposits.at_end()) {
        PlaqueDeposit d;
        d.branch = static_cast<int>(deposits.next());
        d.segment = static_cast<Segment>(static_cast<int>(deposits.next()));
        d.start_mm = deposits.next(), d.end_mm = deposits.next();
        d.remodelling_index = deposits.next(), d.largest_arc_deg = deposits.next();
        d.risk = risk_of(deposits.next());
        d.measure = next_measure(deposits);
        plaque.deposits.push_back(d);
    }
    while (!segments.at_end()) {
        SegmentPlaque s;
        s.segment = static_cast<Segment>(static_cast<int>(segments.next())), s.length_mm = segments.next();
        s.measure = next_measure(segments);
        plaque.segments.push_back(s);
    }
    const Json json = parsed_text(record, "plaque");
    json.at("why_not").get_to(plaque.why_not);
    json.at("remarks").get_to(plaque.remarks);
}

void pack(StageRecord& record, const CalciumScore& score) {
    ArrayWriter<double> values;
    for (double value : {score.kvp, score.slice_mm, score.threshold_hu, score.agatston, score.volume_mm3,
                         static_cast<double>(score.regions)})
        values.add(value);
    Json names = Json::array();
    for (const CalciumVessel& v : score.vessels) {
        names.push_back(v.name);
        for (double value : {v.agatston, v.volume_mm3, static_cast<double>(v.regions)}) values.add(value);
    }
    values.store(record, "calcium_numbers");
    record.texts["calcium"] = Json{
        {"measured", score.measured},
        {"restricted_by", score.restricted_by},
        {"series_hash", score.series_hash},
        {"vessels", names},
        {"remarks",
         score.remarks}}.dump();
}

void unpack(const StageRecord& record, CalciumScore& score) {
    score = {};
    ArrayReader<double> values(record, "calcium_numbers");
    score.kvp = values.next(), score.slice_mm = values.next(), score.threshold_hu = values.next();
    score.agatston = values.next(), score.volume_mm3 = values.next();
    score.regions = static_cast<int>(values.next());
    const Json json = parsed_text(record, "calcium");
    json.at("measured").get_to(score.measured);
    json.at("restricted_by").get_to(score.restricted_by);
    json.at("series_hash").get_to(score.series_hash);
    json.at("remarks").get_to(score.remarks);
    for (const Json& name : json.at("vessels")) {
        CalciumVessel v;
        v.name = name.get<std::string>();
        v.agatston = values.next(), v.volume_mm3 = values.next(), v.regions = static_cast<int>(values.next());
        score.vessels.push_back(std::move(v));
    }
}

}  // namespace ctffr
