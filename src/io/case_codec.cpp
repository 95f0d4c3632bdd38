// SPDX-License-Identifier: Apache-2.0
#include "ctffr/io/case_codec.hpp"

#include <nlohmann/json.hpp>

#include "io/case_arrays.hpp"
#include "io/case_text.hpp"

namespace ctffr {

namespace {

using Json = nlohmann::json;

// DICOM texts may hold bytes that are not UTF-8; they are replaced, never fatal.
std::string dumped(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

template <class T>
Json optional_json(const std::optional<T>& value) {
    return value ? Json(*value) : Json(nullptr);
}

template <class T>
void read_optional(const Json& json, const char* key, std::optional<T>& value) {
    const Json& item = json.at(key);
    value = item.is_null() ? std::nullopt : std::optional<T>(item.get<T>());
}

}  // namespace

void pack(StageRecord& record, const std::string& name, const std::vector<std::string>& texts) {
    record.texts[name] = dumped(Json(texts));
}

void unpack(const StageRecord& record, const std::string& name, std::vector<std::string>& texts) {
    texts = parsed_text(record, name).get<std::vector<std::string>>();
}

void pack(StageRecord& record, const ImageGeometry& geometry) {
    ArrayWriter<std::int32_t> size;
    for (int a = 0; a < 3; ++a) size.add(geometry.size[a]);
    size.store(record, "geometry_size");
    ArrayWriter<double> values;
    values.add(geometry.spacing_mm);
    values.add(geometry.origin_lps_mm);
    for (int a = 0; a < 3; ++a) values.add(geometry.direction.column(a));
    values.store(record, "geometry_spacing_origin_axes_lps_mm", 3);
}

void unpack(const StageRecord& record, ImageGeometry& geometry) {
    ArrayReader<std::int32_t> size(record, "geometry_size");
    geometry.size.x = size.next(), geometry.size.y = size.next(), geometry.size.z = size.next();
    ArrayReader<double> values(record, "geometry_spacing_origin_axes_lps_mm");
    geometry.spacing_mm = values.next_vec3();
    geometry.origin_lps_mm = values.next_vec3();
    const Vec3 i = values.next_vec3(), j = values.next_vec3(), k = values.next_vec3();
    geometry.direction = Mat3::from_columns(i, j, k);
}

void pack(StageRecord& record, const Acquisition& a) {
    record.texts["acquisition"] = dumped(Json{{"manufacturer", a.manufacturer},
                                              {"model", a.model},
                                              {"kernel", a.kernel},
                                              {"series_description", a.series_description},
                                              {"series_uid", a.series_uid},
                                              {"study_uid", a.study_uid},
                                              {"frame_of_reference_uid", a.frame_of_reference_uid},
                                              {"patient_id", a.patient_id},
                                              {"accession_number", a.accession_number},
                                              {"modality", a.modality},
                                              {"selection_reason", a.selection_reason},
                                              {"kvp", a.kvp},
                                              {"slice_thickness_mm", a.slice_thickness_mm},
                                              {"cardiac_phase_pct", optional_json(a.cardiac_phase_pct)},
                                              {"lossy_compressed", a.lossy_compressed}});
}

void unpack(const StageRecord& record, Acquisition& a) {
    const Json json = parsed_text(record, "acquisition");
    json.at("manufacturer").get_to(a.manufacturer);
    json.at("model").get_to(a.model);
    json.at("kernel").get_to(a.kernel);
    json.at("series_description").get_to(a.series_description);
    json.at("series_uid").get_to(a.series_uid);
    json.at("study_uid").get_to(a.study_uid);
    json.at("frame_of_reference_uid").get_to(a.frame_of_reference_uid);
    json.at("patient_id").get_to(a.patient_id);
    json.at("accession_number").get_to(a.accession_number);
    json.at("modality").get_to(a.modality);
    json.at("selection_reason").get_to(a.selection_reason);
    json.at("kvp").get_to(a.kvp);
    json.at("slice_thickness_mm").get_to(a.slice_thickness_mm);
    read_optional(json, "cardiac_phase_pct", a.cardiac_phase_pct);
    json.at("lossy_compressed").get_to(a.lossy_compressed);
}

void pack(StageRecord& record, const PatientFacts& facts) {
    record.texts["patient"] =
        dumped(Json{{"sex", facts.sex ? Json(std::string(1, *facts.sex)) : Json(nullptr)},
                    {"age_years", optional_json(facts.age_years)},
                    {"height_m", optional_json(facts.height_m)},
                    {"weight_kg", optional_json(facts.weight_kg)},
                    {"heart_rate_bpm", optional_json(facts.heart_rate_bpm)},
                    {"systolic_mmhg", optional_json(facts.systolic_mmhg)},
                    {"diastolic_mmhg", optional_json(facts.diastolic_mmhg)},
                    {"hematocrit", optional_json(facts.hematocrit)},
                    {"lv_mass_g", optional_json(facts.lv_mass_g)}});
}

void unpack(const StageRecord& record, PatientFacts& facts) {
    const Json json = parsed_text(record, "patient");
    std::optional<std::string> sex;
    read_optional(json, "sex", sex);
    facts.sex = sex && !sex->empty() ? std::optional<char>(sex->front()) : std::nullopt;
    read_optional(json, "age_years", facts.age_years);
    read_optional(json, "height_m", facts.height_m);
    read_optional(json, "weight_kg", facts.weight_kg);
    read_optional(json, "heart_rate_bpm", facts.heart_rate_bpm);
    read_optional(json, "systolic_mmhg", facts.systolic_mmhg);
    read_optional(json, "diastolic_mmhg", facts.diastolic_mmhg);
    read_optional(json, "hematocrit", facts.hematocrit);
    read_optional(json, "lv_mass_g", facts.lv_mass_g);
}

void pack(StageRecord& record, const Segmentation& segmentation) {
    pack(record, segmentation.geometry);
    const Int3 n = segmentation.geometry.size;
    record.arrays["labels"] = {segmentation.labels, {n.z, n.y, n.x}};
    record.texts["segmentation_method"] = segmentation.method;
}

void unpack(const StageRecord& record, Segmentation& segmentation) {
    unpack(record, segmentation.geometry);
    segmentation.labels = record.values<std::uint8_t>("labels");
    segmentation.method = record.text("segmentation_method");
}

void pack(StageRecord& record, const HeartFrame& heart) {
    ArrayWriter<double> sections;
    for (const AortaSection& section : heart.aorta)
        sections.add(section.center_lps_mm), sections.add(section.radius_mm);
    sections.store(record, "heart_aorta_sections_lps_mm", 4);
    ArrayWriter<double> frame;
    frame.add(heart.aorta_axis);
    frame.add(heart.root_center_lps_mm);
    frame.add(heart.lv_base_lps_mm);
    frame.add(heart.lv_apex_lps_mm);
    frame.add(heart.lv_found ? 1.0 : 0.0);
    frame.add(heart.lv_mass_g);
    frame.store(record, "heart_axis_root_base_apex_found_mass");
}

void unpack(const StageRecord& record, HeartFrame& heart) {
    ArrayReader<double> sections(record, "heart_aorta_sections_lps_mm");
    heart.aorta.clear();
    while (!sections.at_end()) {
        const Vec3 center = sections.next_vec3();
        heart.aorta.push_back({center, sections.next()});
    }
    ArrayReader<double> frame(record, "heart_axis_root_base_apex_found_mass");
    heart.aorta_axis = frame.next_vec3();
    heart.root_center_lps_mm = frame.next_vec3();
    heart.lv_base_lps_mm = frame.next_vec3();
    heart.lv_apex_lps_mm = frame.next_vec3();
    heart.lv_found = frame.next() != 0;
    heart.lv_mass_g = frame.next();
}

void pack(StageRecord& record, const ScanModel& scan) {
    ArrayWriter<double> values;
    for (double value : {scan.blood_hu, scan.blood_sd_hu, scan.myocardium_hu, scan.fat_hu, scan.noise_sd_hu,
                         scan.psf_fwhm_xy_mm, scan.psf_fwhm_z_mm})
        values.add(value);
    values.store(record, "scan_blood_sd_myocardium_fat_noise_psfxy_psfz");
}

void unpack(const StageRecord& record, ScanModel& scan) {
    ArrayReader<double> values(record, "scan_blood_sd_myocardium_fat_noise_psfxy_psfz");
    for (double* value : {&scan.blood_hu, &scan.blood_sd_hu, &scan.myocardium_hu, &scan.fat_hu,
                          &scan.noise_sd_hu, &scan.psf_fwhm_xy_mm, &scan.psf_fwhm_z_mm})
        *value = values.next();
}

void pack(StageRecord& record, const QualityReport& quality) {
    ArrayWriter<double> values;
    Json texts = Json::array();
    for (const QualityFigure& figure : quality.figures) {
        values.add(figure.value);
        texts.push_back({figure.name, figure.unit, static_cast<int>(figure.grade), figure.sentence});
    }
    values.store(record, "quality_values");
    record.texts["quality"] = dumped(Json{{"grade", static_cast<int>(quality.grade)}, {"figures", texts}});
}

void unpack(const StageRecord& record, QualityReport& quality) {
    ArrayReader<double> values(record, "quality_values");
    const Json json = parsed_text(record, "quality");
    quality.grade = static_cast<Grade>(json.at("grade").get<int>());
    quality.figures.clear();
    for (const Json& item : json.at("figures"))
        quality.figures.push_back({item.at(0).get<std::string>(), values.next(),
                                   item.at(1).get<std::string>(), static_cast<Grade>(item.at(2).get<int>()),
                                   item.at(3).get<std::string>()});
}

}  // namespace ctffr
