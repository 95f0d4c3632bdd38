// SPDX-License-Identifier: Apache-2.0
#include "io/dicom_module.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "ctffr/io/volume.hpp"

namespace ctffr::dicom {

namespace {

constexpr const char* study_time = "120000";
constexpr const char* enhanced_image_type = "ORIGINAL\\PRIMARY\\CARDIAC_GATED\\NONE";
// Gantry rotation and tube current of the virtual scanner.
constexpr double revolution_s = 0.25, tube_current_ma = 400;

// Reconstruction diameter of the field of view, mm.
double field_of_view_mm(const ImageGeometry& geometry) {
    return std::max(geometry.size.x * geometry.spacing_mm.x, geometry.size.y * geometry.spacing_mm.y);
}

double thickness_mm(const Volume& volume) {
    return volume.acquisition.slice_thickness_mm > 0 ? volume.acquisition.slice_thickness_mm
                                                     : volume.geometry.spacing_mm.z;
}

// Text values have at most 64 characters (VR LO) and no backslash, which separates values.
std::string line(std::string text, std::size_t longest = 64) {
    std::replace(text.begin(), text.end(), '\\', '/');
    return text.substr(0, longest);
}

std::string or_default(const std::string& text, const char* fallback) {
    return text.empty() ? fallback : text;
}

// A code of a coded concept (PS3.3 table 8.8-1).
DatasetBuilder code(const char* value, const char* scheme, const char* meaning) {
    DatasetBuilder item;
    item.text(tag::code_value, "SH", value)
        .text(tag::coding_scheme, "SH", scheme)
        .text(tag::code_meaning, "LO", meaning);
    return item;
}

}  // namespace

StoredValues stored_values_of(const Volume& volume) {
    StoredValues stored;
    stored.layout.rows = volume.geometry.size.y;
    stored.layout.columns = volume.geometry.size.x;
    const auto [low, high] = std::minmax_element(volume.hu.begin(), volume.hu.end());
    if (*low >= -1024 && *high <= 3071) {
        stored.layout.bits_stored = 12;
        stored.layout.high_bit = 11;
    } else {
        stored.intercept = 0;
        stored.layout.is_signed = true;
    }
    return stored;
}

SeriesModule::SeriesModule(const Volume& volume, const DicomWriteOptions& options)
    : volume_(volume),
      options_(options),
      stored_(stored_values_of(volume)),
      seed_(options.uid_seed.empty() ? hash_of(volume) : options.uid_seed) {}

std::string SeriesModule::uid(const std::string& role) const {
    const bool shared = role == "study" || role == "frame of reference";
    const std::string series = shared || options_.series_role.empty() ? "" : options_.series_role + "/";
    return uid_from_text(seed_ + "/" + series + role);
}

std::string SeriesModule::slice_uid(int k) const {
    return uid(fmt::format("{} {}", options_.enhanced ? "multi-frame" : "slice", k));
}

std::vector<double> SeriesModule::position_of(int k) const {
    const Vec3 p = volume_.geometry.lps_from_index({0, 0, static_cast<double>(k)});
    return {p.x, p.y, p.z};
}

std::vector<double> SeriesModule::orientation() const {
    const Vec3 row = volume_.geometry.direction.column(0), column = volume_.geometry.direction.column(1);
    return {row.x, row.y, row.z, column.x, column.y, column.z};
}

DatasetBuilder SeriesModule::common() const {
    const Acquisition& scan = volume_.acquisition;
    const PatientFacts& patient = volume_.patient;
    DatasetBuilder out;
    out.text(tag::specific_character_set, "CS", "ISO_IR 192")
        .text(tag::study_date, "DA", options_.study_date)
        .text(tag::series_date, "DA", options_.study_date)
        .text(tag::acquisition_date, "DA", options_.study_date)
        .text(tag::content_date, "DA", options_.study_date)
        .text(tag::study_time, "TM", study_time)
        .text(tag::series_time, "TM", study_time)
        .text(tag::acquisition_time, "TM", study_time)
        .text(tag::content_time, "TM", study_time)
        .text(tag::accession_number, "SH", line(scan.accession_number, 16))
        .text(tag::modality, "CS", "CT")
        .text(tag::manufacturer, "LO", line(or_default(scan.manufacturer, "ctffr")))
        .text(tag::referring_physician, "PN", "")
        .text(tag::study_description, "LO", "Coronary CT angiography")
        .text(tag::series_description, "LO", line(or_default(scan.series_description, "CCTA")))
        .text(tag::model_name, "LO", line(or_default(scan.model, "virtual scanner")))
        .text(tag::patient_name, "PN", line(options_.patient_name))
        .text(tag::patient_id, "LO", line(or_default(scan.patient_id, "VIRTUAL")))
        .text(tag::birth_date, "DA", "")
        .text(tag::patient_sex, "CS", patient.sex ? std::string(1, *patient.sex) : "")
        .text(tag::body_part, "CS", "HEART")
        .text(tag::device_serial_number, "LO", "0")
        .text(tag::software_versions, "LO", "ctffr")
        .text(tag::patient_position, "CS", "HFS")
        .text(tag::study_uid, "UI", uid("study"))
        .text(tag::series_uid, "UI", uid("series"))
        .text(tag::study_id, "SH", "1")
        .numbers(tag::series_number, "IS", {1})
        .text(tag::frame_of_reference, "UI", uid("frame of reference"))
        .text(tag::position_reference, "LO", "")
        .us(tag::samples, 1)
        .text(tag::photometric, "CS", "MONOCHROME2")
        .us(tag::rows, static_cast<std::uint16_t>(stored_.layout.rows))
        .us(tag::columns, static_cast<std::uint16_t>(stored_.layout.columns))
        .us(tag::bits_allocated, static_cast<std::uint16_t>(stored_.layout.bits_allocated))
        .us(tag::bits_stored, static_cast<std::uint16_t>(stored_.layout.bits_stored))
        .us(tag::high_bit, static_cast<std::uint16_t>(stored_.layout.high_bit))
        .us(tag::pixel_representation, stored_.layout.is_signed ? 1 : 0)
        .text(tag::burned_in, "CS", "NO")
        .text(tag::lossy, "CS", "00");
    if (options_.contrast) out.text(tag::contrast_agent, "LO", "Iodinated contrast");
    if (patient.age_years)
        out.text(tag::patient_age, "AS",
                 fmt::format("{:03}Y", std::clamp(std::lround(*patient.age_years), 0L, 999L)));
    if (patient.height_m) out.numbers(tag::patient_size, "DS", {*patient.height_m});
    if (patient.weight_kg) out.numbers(tag::patient_weight, "DS", {*patient.weight_kg});
    if (patient.heart_rate_bpm) out.numbers(tag::heart_rate, "IS", {std::round(*patient.heart_rate_bpm)});
    return out;
}

DatasetBuilder SeriesModule::slice(int k) const {
    const Acquisition& scan = volume_.acquisition;
    DatasetBuilder out = common();
    const std::vector<double> position = position_of(k);
    const Vec3 p{position[0], position[1], position[2]};
    out.text(tag::image_type, "CS", "ORIGINAL\\PRIMARY\\AXIAL")
        .text(tag::sop_class, "UI", uid::ct_image)
        .text(tag::sop_instance, "UI", slice_uid(k))
        .text(tag::scan_options, "CS", "HELIX")
        .numbers(tag::slice_thickness, "DS", {thickness_mm(volume_)})
        .text(tag::kvp, "DS", scan.kvp > 0 ? decimal_string(scan.kvp) : "")
        .numbers(tag::data_collection_diameter, "DS", {500})
        .numbers(tag::reconstruction_diameter, "DS", {field_of_view_mm(volume_.geometry)})
        .numbers(tag::gantry_tilt, "DS", {0})
        .text(tag::rotation_direction, "CS", "CW")
        .numbers(tag::exposure_time, "IS", {1000 * revolution_s})
        .numbers(tag::tube_current, "IS", {tube_current_ma})
        .text(tag::kernel, "SH", line(or_default(scan.kernel, "virtual"), 16))
        .numbers(tag::acquisition_number, "IS", {1})
        .numbers(tag::instance_number, "IS", {k + 1.0})
        .numbers(tag::position, "DS", position)
        .numbers(tag::orientation, "DS", orientation())
        .numbers(tag::slice_location, "DS", {dot(p, volume_.geometry.direction.column(2))})
        .numbers(tag::pixel_spacing, "DS", {volume_.geometry.spacing_mm.y, volume_.geometry.spacing_mm.x})
        .numbers(tag::window_center, "DS", {300})
        .numbers(tag::window_width, "DS", {900})
        .numbers(tag::rescale_intercept, "DS", {static_cast<double>(stored_.intercept)})
        .numbers(tag::rescale_slope, "DS", {1})
        .text(tag::rescale_type, "LO", "HU");
    if (options_.contrast) out.text(tag::contrast_route, "LO", "IV");
    if (scan.cardiac_phase_pct) out.numbers(tag::cardiac_phase_pct, "FL", {*scan.cardiac_phase_pct});
    return out;
}

// The CT macros that an original frame must have (PS3.3 C.8.15.3), with the settings of the virtual scanner.
void SeriesModule::add_ct_macros(DatasetBuilder& groups) const {
    const Acquisition& scan = volume_.acquisition;
    const ImageGeometry& g = volume_.geometry;
    DatasetBuilder acquisition, details, geometry, reconstruction, exposure, xray;
    acquisition.text(tag::acquisition_type, "CS", "SEQUENCED")
        .text(tag::constant_volume, "CS", "NO")
        .text(tag::fluoroscopy, "CS", "NO");
    details.text(tag::rotation_direction, "CS", "CW")
        .numbers(tag::revolution_time, "FD", {revolution_s})
        .numbers(tag::single_collimation, "FD", {0.5})
        .numbers(tag::total_collimation, "FD", {160})
        .numbers(tag::table_height, "DS", {150})
        .numbers(tag::gantry_tilt, "DS", {0})
        .numbers(tag::data_collection_diameter, "DS", {500});
    geometry.numbers(tag::source_to_detector, "DS", {1085}).numbers(tag::source_to_center, "FD", {595});
    reconstruction.text(tag::reconstruction_algorithm, "CS", "FILTER_BACK_PROJ")
        .text(tag::kernel, "SH", line(or_default(scan.kernel, "virtual"), 16))
        .text(tag::kernel_group, "CS", "SOFT_TISSUE")
        .numbers(tag::reconstruction_diameter, "DS", {field_of_view_mm(g)})
        .numbers(tag::reconstruction_angle, "FD", {360})
        .numbers(tag::reconstruction_spacing, "FD", {g.spacing_mm.y, g.spacing_mm.x})
        .text(tag::image_filter, "SH", "NONE");
    exposure.numbers(tag::exposure_ms, "FD", {1000 * revolution_s})
        .numbers(tag::tube_current_ma, "FD", {tube_current_ma})
        .numbers(tag::exposure_mas, "FD", {tube_current_ma * revolution_s})
        .text(tag::modulation_type, "CS", "NONE");
    xray.numbers(tag::kvp, "DS", {scan.kvp > 0 ? scan.kvp : 120})
        .numbers(tag::focal_spots, "DS", {0.9})
        .text(tag::filter_type, "SH", "FLAT")
        .text(tag::filter_material, "CS", "ALUMINUM");
    groups.sequence(tag::ct_acquisition_type, {acquisition})
        .sequence(tag::ct_acquisition_details, {details})
        .sequence(tag::ct_geometry, {geometry})
        .sequence(tag::ct_table_dynamics, {DatasetBuilder()})
        .sequence(tag::ct_reconstruction, {reconstruction})
        .sequence(tag::ct_exposure, {exposure})
        .sequence(tag::ct_xray_details, {xray});
}

DatasetBuilder SeriesModule::shared_groups() const {
    DatasetBuilder measures, plane, transform, voi, anatomy, type, event, out;
    measures.numbers(tag::pixel_spacing, "DS", {volume_.geometry.spacing_mm.y, volume_.geometry.spacing_mm.x})
        .numbers(tag::slice_thickness, "DS", {thickness_mm(volume_)});
    plane.numbers(tag::orientation, "DS", orientation());
    transform.numbers(tag::rescale_intercept, "DS", {static_cast<double>(stored_.intercept)})
        .numbers(tag::rescale_slope, "DS", {1})
        .text(tag::rescale_type, "LO", "HU");
    voi.numbers(tag::window_center, "DS", {300}).numbers(tag::window_width, "DS", {900});
    anatomy.text(tag::laterality_of_frame, "CS", "U")
        .sequence(tag::anatomic_region, {code("80891009", "SCT", "Heart")});
    type.text(tag::frame_type, "CS", enhanced_image_type)
        .text(tag::pixel_presentation, "CS", "MONOCHROME")
        .text(tag::volumetric_properties, "CS", "VOLUME")
        .text(tag::volume_technique, "CS", "NONE");
    event.text(tag::irradiation_event_uid, "UI", uid("irradiation event"));
    out.sequence(tag::pixel_measures, {measures})
        .sequence(tag::plane_orientation, {plane})
        .sequence(tag::pixel_transformation, {transform})
        .sequence(tag::frame_voi, {voi})
        .sequence(tag::frame_anatomy, {anatomy})
        .sequence(tag::ct_frame_type, {type})
        .sequence(tag::irradiation_event, {event});
    add_ct_macros(out);
    return out;
}

DatasetBuilder SeriesModule::frame_groups(int k) const {
    DatasetBuilder content, position, table, cardiac, out;
    const auto number = static_cast<std::uint32_t>(k + 1);
    const std::vector<double> place = position_of(k);
    content.text(tag::stack_id, "SH", "1")
        .ul(tag::in_stack_position, {number})
        .ul(tag::dimension_index_values, {1, number})
        .us(tag::frame_acquisition_number, 1)
        .text(tag::frame_acquisition_datetime, "DT", options_.study_date + study_time)
        .text(tag::frame_reference_datetime, "DT", options_.study_date + study_time)
        .numbers(tag::frame_acquisition_duration, "FD", {1000 * revolution_s});
    position.numbers(tag::position, "DS", place);
    const Vec3 centre = volume_.geometry.lps_from_index(
        {0.5 * (volume_.geometry.size.x - 1), 0.5 * (volume_.geometry.size.y - 1), static_cast<double>(k)});
    table.numbers(tag::table_position, "FD", {place[2]})
        .numbers(tag::data_collection_center, "FD", {centre.x, centre.y, centre.z})
        .numbers(tag::reconstruction_center, "FD", {centre.x, centre.y, centre.z});
    out.sequence(tag::frame_content, {content})
        .sequence(tag::plane_position, {position})
        .sequence(tag::ct_position, {table});
    if (const std::optional<double> phase_pct = volume_.acquisition.cardiac_phase_pct) {
        const double rr_ms = 60000 / volume_.patient.heart_rate_bpm.value_or(60);
        cardiac.numbers(tag::cardiac_phase_pct, "FL", {*phase_pct})
            .numbers(tag::rr_interval_ms, "FD", {rr_ms})
            .numbers(tag::trigger_delay_ms, "FD", {rr_ms * *phase_pct / 100});
        out.sequence(tag::cardiac_synchronization, {cardiac});
    }
    return out;
}

DatasetBuilder SeriesModule::multi_frame() const {
    DatasetBuilder out = common();
    DatasetBuilder organization, by_stack, by_position;
    const std::string dimensions = uid("dimensions");
    organization.text(tag::dimension_organization_uid, "UI", dimensions);
    by_stack.text(tag::dimension_organization_uid, "UI", dimensions)
        .tags(tag::dimension_index_pointer, tag::stack_id)
        .tags(tag::functional_group_pointer, tag::frame_content);
    by_position.text(tag::dimension_organization_uid, "UI", dimensions)
        .tags(tag::dimension_index_pointer, tag::in_stack_position)
        .tags(tag::functional_group_pointer, tag::frame_content);
    std::vector<DatasetBuilder> frames;
    for (int k = 0; k < volume_.geometry.size.z; ++k) frames.push_back(frame_groups(k));
    out.text(tag::image_type, "CS", enhanced_image_type)
        .text(tag::sop_class, "UI", uid::enhanced_ct_image)
        .text(tag::sop_instance, "UI", slice_uid(0))
        .text(tag::acquisition_datetime, "DT", options_.study_date + study_time)
        .text(tag::content_qualification, "CS", "RESEARCH")
        .numbers(tag::acquisition_duration, "FD", {1000 * revolution_s})
        .text(tag::pixel_presentation, "CS", "MONOCHROME")
        .text(tag::volumetric_properties, "CS", "VOLUME")
        .text(tag::volume_technique, "CS", "NONE")
        .text(tag::presentation_lut_shape, "CS", "IDENTITY")
        .numbers(tag::instance_number, "IS", {1})
        .numbers(tag::frames, "IS", {static_cast<double>(volume_.geometry.size.z)})
        .sequence(tag::acquisition_context, {})
        .sequence(tag::dimension_organizations, {organization})
        .sequence(tag::dimension_indices, {by_stack, by_position})
        .sequence(tag::shared_groups, {shared_groups()})
        .sequence(tag::per_frame_groups, frames);
    return out;
}

}  // namespace ctffr::dicom
