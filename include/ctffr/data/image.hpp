// SPDX-License-Identifier: Apache-2.0
// Images: geometry, CT volume with acquisition facts, label volume.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ctffr/core/index.hpp"
#include "ctffr/core/vec3.hpp"

namespace ctffr {

// Where voxels are. Frame: DICOM patient coordinates (LPS: x to the patient's left, y to the back, z to the
// head), mm.
struct ImageGeometry {
    Int3 size;  // voxels along i (fastest), j, k
    Vec3 spacing_mm{1, 1, 1};
    Vec3 origin_lps_mm;  // centre of voxel (0,0,0)
    Mat3 direction;      // columns: unit vectors of i, j, k in LPS; right-handed

    CTFFR_HD Vec3 lps_from_index(Vec3 ijk) const {
        return origin_lps_mm +
               direction * Vec3{ijk.x * spacing_mm.x, ijk.y * spacing_mm.y, ijk.z * spacing_mm.z};
    }
    // Continuous voxel index of a point (voxel centres are at whole numbers).
    CTFFR_HD Vec3 index_from_lps(Vec3 lps_mm) const {
        const Vec3 d = direction.transposed() * (lps_mm - origin_lps_mm);
        return {d.x / spacing_mm.x, d.y / spacing_mm.y, d.z / spacing_mm.z};
    }
    CTFFR_HD Index offset(int i, int j, int k) const { return i + Index{size.x} * (j + Index{size.y} * k); }
    CTFFR_HD bool contains(Vec3 ijk) const {
        return ijk.x >= 0 && ijk.y >= 0 && ijk.z >= 0 && ijk.x <= size.x - 1 && ijk.y <= size.y - 1 &&
               ijk.z <= size.z - 1;
    }
};

// Facts about the patient as the scanner or the user wrote them. Empty: not known.
struct PatientFacts {
    std::optional<char> sex;  // 'F' or 'M'
    std::optional<double> age_years, height_m, weight_kg;
    std::optional<double> heart_rate_bpm, systolic_mmhg, diastolic_mmhg;
    std::optional<double> hematocrit;  // fraction 0..1
    std::optional<double> lv_mass_g;
};

// Facts about the acquisition, from the image file. Empty or 0: not known.
struct Acquisition {
    std::string manufacturer, model, kernel, series_description, series_uid, study_uid,
        frame_of_reference_uid;
    std::string patient_id, accession_number, modality, selection_reason;
    double kvp = 0, slice_thickness_mm = 0;
    std::optional<double> cardiac_phase_pct;
    bool lossy_compressed = false;
};

// A CT volume in Hounsfield units.
struct Volume {
    ImageGeometry geometry;
    std::vector<std::int16_t> hu;  // size.count() values, i fastest
    Acquisition acquisition;
    PatientFacts patient;
    std::string hash;  // SHA-256 (hex) over geometry and voxels
};

// Labels of `Segmentation::labels` and of `segmentation.nii.gz` / `truth/labels.nii.gz`.
enum class Label : std::uint8_t {
    background = 0,
    coronary_left = 1,
    coronary_right = 2,
    aorta = 3,
    lv_cavity = 4,
    lv_myocardium = 5,
    calcium = 6,
    stent = 7,
    rv_cavity = 8,
    left_atrium = 9,
    right_atrium = 10,
    pulmonary_trunk = 11,
    coronary_vein = 12,
    plaque = 13,  // non-calcified plaque
};

// What of the heart was found in the image, and how.
struct Segmentation {
    ImageGeometry geometry;
    std::vector<std::uint8_t> labels;  // Label per voxel
    std::string method;                // "classical", "mask", "phantom truth", ...
};

// Broken invariants in words; empty when all is well.
std::vector<std::string> check(const ImageGeometry& geometry);
std::vector<std::string> check(const Volume& volume);
std::vector<std::string> check(const Segmentation& segmentation);

}  // namespace ctffr
