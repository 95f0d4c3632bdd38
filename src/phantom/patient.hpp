// SPDX-License-Identifier: Apache-2.0
// What is drawn once for a virtual patient: body, scanner and contrast, before any geometry.
#pragma once

#include <cstdint>
#include <string>

#include "ctffr/core/vec3.hpp"
#include "ctffr/data/image.hpp"
#include "ctffr/stages/phantom_options.hpp"
#include "phantom/heart_anatomy.hpp"

namespace ctffr::phantom {

struct DrawnScan {
    double fov_mm = 180, slice_spacing_mm = 0.45, slice_thickness_mm = 0.6;
    double psf_xy_fwhm_mm = 0.6, psf_z_fwhm_mm = 0.7, kernel_overshoot = 0;
    double noise_sd_hu = 25, noise_peak_per_mm = 0.3, kvp = 100;
    bool motion = false;
    double motion_mm = 0;
    Vec3 motion_direction;  // unit, in the slice plane
    int slabs = 1;          // 1: no steps
    double slab_shift_mm = 0;
    Vec3 rotation_rad;
    Vec3 center_lps_mm;  // middle of the field of view, added to that of the heart
};

// Attenuations in HU as the scanner would show large pieces of each tissue.
struct DrawnTissue {
    double aorta = 420, left_ventricle = 400, left_atrium = 410, right_heart = 200, pulmonary = 250,
           vein = 120;
    double mixing = 0.1;  // relative unevenness of the right heart
    double myocardium = 105, fat = -100, lung = -850, muscle = 55, liver = 80, cortical = 700,
           trabecular = 190;
    double calcium_factor = 1;  // attenuation of calcium against that at 100 kVp
};

struct DrawnPatient {
    BodySize body;
    PatientFacts facts;
    DrawnScan scan;
    DrawnTissue tissue;
};

// Draws within the ranges of `options`. Same options: same patient.
DrawnPatient draw_patient(const PhantomOptions& options);

// Seed, preset and everything drawn here, as TOML.
std::string patient_toml(const PhantomOptions& options, const DrawnPatient& patient);

}  // namespace ctffr::phantom
