// SPDX-License-Identifier: Apache-2.0
// The DICOM attributes and UIDs that ctffr reads or writes (PS3.6 data dictionary).
#pragma once

#include <cstdint>
#include <string_view>

namespace ctffr::dicom {

// (group,element) as one number: 0x00280010 is Rows (0028,0010).
using Tag = std::uint32_t;

namespace tag {
inline constexpr Tag transfer_syntax = 0x00020010, specific_character_set = 0x00080005,
                     image_type = 0x00080008, sop_class = 0x00080016, sop_instance = 0x00080018,
                     study_date = 0x00080020, series_date = 0x00080021, acquisition_date = 0x00080022,
                     content_date = 0x00080023, acquisition_datetime = 0x0008002A, study_time = 0x00080030,
                     series_time = 0x00080031, acquisition_time = 0x00080032, content_time = 0x00080033,
                     accession_number = 0x00080050, modality = 0x00080060, manufacturer = 0x00080070,
                     referring_physician = 0x00080090, code_value = 0x00080100, coding_scheme = 0x00080102,
                     code_meaning = 0x00080104, study_description = 0x00081030,
                     series_description = 0x0008103E, model_name = 0x00081090,
                     irradiation_event_uid = 0x00083010, anatomic_region = 0x00082218,
                     frame_type = 0x00089007, pixel_presentation = 0x00089205,
                     volumetric_properties = 0x00089206, volume_technique = 0x00089207,
                     patient_name = 0x00100010, patient_id = 0x00100020, birth_date = 0x00100030,
                     patient_sex = 0x00100040, patient_age = 0x00101010, patient_size = 0x00101020,
                     patient_weight = 0x00101030, contrast_agent = 0x00180010,
                     contrast_agent_sequence = 0x00180012, body_part = 0x00180015, scan_options = 0x00180022,
                     slice_thickness = 0x00180050, kvp = 0x00180060, data_collection_diameter = 0x00180090,
                     device_serial_number = 0x00181000, software_versions = 0x00181020,
                     contrast_route = 0x00181040, trigger_time = 0x00181060, heart_rate = 0x00181088,
                     reconstruction_diameter = 0x00181100, gantry_tilt = 0x00181120,
                     table_height = 0x00181130, rotation_direction = 0x00181140, exposure_time = 0x00181150,
                     tube_current = 0x00181151, kernel = 0x00181210, patient_position = 0x00185100,
                     study_uid = 0x0020000D, series_uid = 0x0020000E, study_id = 0x00200010,
                     series_number = 0x00200011, acquisition_number = 0x00200012,
                     instance_number = 0x00200013, position = 0x00200032, orientation = 0x00200037,
                     frame_of_reference = 0x00200052, position_reference = 0x00201040,
                     slice_location = 0x00201041, laterality_of_frame = 0x00209072, samples = 0x00280002,
                     photometric = 0x00280004, frames = 0x00280008, rows = 0x00280010, columns = 0x00280011,
                     pixel_spacing = 0x00280030, bits_allocated = 0x00280100, bits_stored = 0x00280101,
                     high_bit = 0x00280102, pixel_representation = 0x00280103, padding_value = 0x00280120,
                     padding_limit = 0x00280121, burned_in = 0x00280301, window_center = 0x00281050,
                     window_width = 0x00281051, rescale_intercept = 0x00281052, rescale_slope = 0x00281053,
                     rescale_type = 0x00281054, lossy = 0x00282110, presentation_lut_shape = 0x20500020,
                     pixel_data = 0x7FE00010, item = 0xFFFEE000, item_end = 0xFFFEE00D,
                     sequence_end = 0xFFFEE0DD;

// Enhanced multi-frame: functional groups and what they hold (PS3.3 C.7.6.16, C.8.15).
inline constexpr Tag filter_type = 0x00181160, source_to_detector = 0x00181110, focal_spots = 0x00181190,
                     filter_material = 0x00187050, content_qualification = 0x00189004,
                     acquisition_duration = 0x00189073, frame_acquisition_datetime = 0x00189074,
                     cardiac_synchronization = 0x00189118, frame_reference_datetime = 0x00189151,
                     frame_acquisition_duration = 0x00189220, ct_acquisition_type = 0x00189301,
                     acquisition_type = 0x00189302, ct_acquisition_details = 0x00189304,
                     revolution_time = 0x00189305, single_collimation = 0x00189306,
                     total_collimation = 0x00189307, ct_table_dynamics = 0x00189308, ct_geometry = 0x00189312,
                     data_collection_center = 0x00189313, ct_reconstruction = 0x00189314,
                     reconstruction_algorithm = 0x00189315, kernel_group = 0x00189316,
                     reconstruction_center = 0x00189318, reconstruction_angle = 0x00189319,
                     image_filter = 0x00189320, ct_exposure = 0x00189321, reconstruction_spacing = 0x00189322,
                     modulation_type = 0x00189323, ct_xray_details = 0x00189325, ct_position = 0x00189326,
                     table_position = 0x00189327, exposure_ms = 0x00189328, ct_frame_type = 0x00189329,
                     tube_current_ma = 0x00189330, exposure_mas = 0x00189332, constant_volume = 0x00189333,
                     fluoroscopy = 0x00189334, source_to_center = 0x00189335, irradiation_event = 0x00189477,
                     stack_id = 0x00209056, in_stack_position = 0x00209057, rr_interval_ms = 0x00209251,
                     frame_anatomy = 0x00209071, frame_content = 0x00209111, plane_position = 0x00209113,
                     plane_orientation = 0x00209116, trigger_delay_ms = 0x00209153,
                     frame_acquisition_number = 0x00209156, dimension_index_values = 0x00209157,
                     dimension_organization_uid = 0x00209164, dimension_index_pointer = 0x00209165,
                     functional_group_pointer = 0x00209167, dimension_organizations = 0x00209221,
                     dimension_indices = 0x00209222, cardiac_phase_pct = 0x00209241,
                     pixel_measures = 0x00289110, frame_voi = 0x00289132, pixel_transformation = 0x00289145,
                     acquisition_context = 0x00400555, shared_groups = 0x52009229,
                     per_frame_groups = 0x52009230;
}  // namespace tag

namespace uid {
inline constexpr std::string_view ct_image = "1.2.840.10008.5.1.4.1.1.2",
                                  enhanced_ct_image = "1.2.840.10008.5.1.4.1.1.2.1",
                                  legacy_enhanced_ct_image = "1.2.840.10008.5.1.4.1.1.2.2",
                                  implicit_little = "1.2.840.10008.1.2",
                                  explicit_little = "1.2.840.10008.1.2.1",
                                  deflated_little = "1.2.840.10008.1.2.1.99",
                                  explicit_big = "1.2.840.10008.1.2.2",
                                  jpeg_baseline = "1.2.840.10008.1.2.4.50",
                                  jpeg_extended = "1.2.840.10008.1.2.4.51",
                                  jpeg_lossless_14 = "1.2.840.10008.1.2.4.57",
                                  jpeg_lossless = "1.2.840.10008.1.2.4.70",
                                  jpeg_ls_lossless = "1.2.840.10008.1.2.4.80",
                                  jpeg_ls_near = "1.2.840.10008.1.2.4.81",
                                  jpeg_2000_lossless = "1.2.840.10008.1.2.4.90",
                                  jpeg_2000 = "1.2.840.10008.1.2.4.91", rle = "1.2.840.10008.1.2.5";
}  // namespace uid

}  // namespace ctffr::dicom
