// SPDX-License-Identifier: Apache-2.0
// validation.json (docs/validation.schema.json). What is not defined is null beside its reason.
#include <cmath>

#include <nlohmann/json.hpp>

#include "ctffr/pipeline/validate_cohort.hpp"

namespace ctffr {

namespace {

namespace st = statistics;
using Json = nlohmann::ordered_json;

Json number(const std::optional<double>& value) {
    return value && std::isfinite(*value) ? Json(*value) : Json(nullptr);
}
Json number(double value) { return number(std::optional(value)); }
Json text(const std::string& words) { return words.empty() ? Json(nullptr) : Json(words); }

Json estimate(const st::Estimate& e) {
    return {{"value", number(e.value)},
            {"low", e.interval ? number(e.interval->low) : Json(nullptr)},
            {"high", e.interval ? number(e.interval->high) : Json(nullptr)},
            {"reason", text(e.reason)}};
}

Json proportion(const st::Proportion& p) {
    return {{"successes", p.successes},
            {"count", p.count},
            {"clusters", p.clusters},
            {"wilson", estimate(p.wilson)},
            {"clustered", estimate(p.clustered)}};
}

Json discrimination(const Discrimination& d) {
    const st::Accuracy& a = d.accuracy;
    Json roc = Json::array();
    for (const st::RocPoint& p : d.roc) roc.push_back({p.false_positive_rate, p.true_positive_rate});
    return {{"true_positive", a.true_positive},
            {"false_positive", a.false_positive},
            {"true_negative", a.true_negative},
            {"false_negative", a.false_negative},
            {"sensitivity", proportion(a.sensitivity)},
            {"specificity", proportion(a.specificity)},
            {"ppv", proportion(a.ppv)},
            {"npv", proportion(a.npv)},
            {"accuracy", proportion(a.accuracy)},
            {"auc", {{"delong", estimate(d.auc.delong)}, {"clustered", estimate(d.auc.clustered)}}},
            {"roc", std::move(roc)}};
}

Json bands(const std::vector<st::BandAccuracy>& all) {
    Json json = Json::array();
    for (const st::BandAccuracy& band : all)
        json.push_back({{"above", number(band.above)},
                        {"up_to", number(band.up_to)},
                        {"agreement", proportion(band.agreement)}});
    return json;
}

Json readout(const ReadoutAgreement& r) {
    const st::BlandAltman& b = r.bland_altman;
    return {
        {"column", r.column},
        {"vessels", r.vessels},
        {"patients", r.patients},
        {"per_vessel", discrimination(r.vessel)},
        {"per_patient", discrimination(r.patient)},
        {"pearson", estimate(r.pearson)},
        {"spearman", estimate(r.spearman)},
        {"bland_altman",
         {{"bias", estimate(b.bias)},
          {"bias_clustered", estimate(b.bias_clustered)},
          {"standard_deviation", estimate(b.standard_deviation)},
          {"lower_limit", estimate(b.lower_limit)},
          {"upper_limit", estimate(b.upper_limit)}}},
        {"passing_bablok",
         {{"slope", estimate(r.passing_bablok.slope)}, {"intercept", estimate(r.passing_bablok.intercept)}}},
        {"bands_by_computed", bands(r.bands_by_computed)},
        {"bands_by_measured", bands(r.bands_by_measured)},
        {"inside_grey_zone", proportion(r.inside_grey_zone)},
        {"outside_grey_zone", proportion(r.outside_grey_zone)}};
}

Json comparison(const st::AucComparison& c) {
    return {{"difference", estimate(c.difference)},
            {"difference_clustered", estimate(c.difference_clustered)},
            {"p_value", estimate(c.p_value)},
            {"p_value_clustered", estimate(c.p_value_clustered)}};
}

Json stenosis(const std::optional<StenosisAgreement>& s) {
    if (!s) return nullptr;
    return {{"vessels", s->vessels},
            {"patients", s->patients},
            {"per_vessel", discrimination(s->vessel)},
            {"per_patient", discrimination(s->patient)},
            {"per_vessel_comparison", comparison(s->vessel_comparison)},
            {"per_patient_comparison", comparison(s->patient_comparison)}};
}

Json rows(const Cohort& cohort) {
    Json json = Json::array();
    for (const CohortRow& row : cohort.rows)
        json.push_back({{"case", row.patient},
                        {"vessel", row.vessel},
                        {"line", row.line},
                        {"state", row.rejected ? "rejected" : "ok"},
                        {"reason", text(row.reason)},
                        {"ffr_ct", number(row.ffr_ct)},
                        {"ffr_ct_lesion", number(row.ffr_ct_lesion)},
                        {"ffr_ct_distal", number(row.ffr_ct_distal)},
                        {"ds_pct", number(row.ds_pct)},
                        {"ffr_invasive", number(row.ffr_invasive)},
                        {"path", text(row.path)}});
    return json;
}

}  // namespace

std::string validation_json(const Validation& v, const std::optional<Seal>& seal,
                            const SoftwareFacts& software) {
    Json json;
    json["schema"] = validation_schema;
    json["notice"] = "research use only, not a medical device";
    json["software"] = {{"version", software.version}, {"commit", software.commit}};
    json["options"] = {{"positive_at_ffr", v.options.positive_at_ffr},
                       {"positive_at_stenosis_pct", v.options.positive_at_stenosis_pct},
                       {"confidence", v.options.confidence}};
    json["seal"] = seal ? Json{{"sha256", seal->sha256}, {"blinded", seal->blinded}} : Json(nullptr);
    json["cohort"] = {{"rows", v.cohort.rows.size()},
                      {"patients", v.patients},
                      {"rejected", v.rejected},
                      {"rejected_without_measurement", v.rejected_without_measurement},
                      {"not_measured", v.not_measured}};
    json["remarks"] = v.cohort.remarks;
    json["readouts"] = Json::array();
    for (const ReadoutAgreement& r : v.readouts) json["readouts"].push_back(readout(r));
    json["stenosis"] = stenosis(v.stenosis);
    const IntentionToDiagnose& itd = v.intention_to_diagnose;
    json["intention_to_diagnose"] = {{"vessels", itd.vessels},
                                     {"patients", itd.patients},
                                     {"counted_as_wrong", itd.counted_as_wrong},
                                     {"per_vessel", discrimination(itd.vessel)},
                                     {"per_patient", discrimination(itd.patient)}};
    json["rows"] = rows(v.cohort);
    return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace ctffr
