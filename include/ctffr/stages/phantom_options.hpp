// SPDX-License-Identifier: Apache-2.0
// Everything that can be set about a virtual patient. A range is drawn from uniformly unless the field says
// otherwise.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace ctffr {

struct Range {
    double low = 0, high = 0;
};

// What the scanner does to the patient. Published ranges: docs/theory/phantom.md.
struct ScannerOptions {
    int matrix = 512, slices = 300;
    Range fov_mm{165, 200}, slice_spacing_mm{0.4, 0.5};
    Range psf_xy_fwhm_mm{0.5, 0.75}, psf_z_fwhm_mm{0.6, 0.9};
    Range kernel_overshoot{0.0, 0.06};    // amplitude of the sharp-kernel ring, fraction of an edge
    Range noise_sd_hu{15, 32};            // in the ascending aorta
    Range noise_peak_per_mm{0.25, 0.40};  // where the noise power spectrum is largest, line pairs per mm
    Range kvp{80, 120};
    double motion_chance = 0.15, slab_chance = 0.05;
    Range motion_mm{0.2, 0.8}, slab_shift_mm{0.3, 1.2};
    Range rotation_deg{-10, 10};  // of the patient on the table, each axis
};

struct ContrastOptions {
    bool given = true;  // false: the same patient in a calcium scan (120 kV, slices of 3 mm)
    Range aorta_hu{340, 550};
    Range distal_drop_hu_per_10mm{3, 12};
    Range right_heart_fraction{0.2, 0.9};  // of the aortic enhancement
    Range vein_fraction{0.0, 0.6};
};

struct DiseaseOptions {
    double lesions_mean = 1.6;  // Poisson mean per patient, on segments of at least 2 mm diameter
    Range diameter_stenosis_pct{25, 80};
    Range length_mm{5, 25};
    double calcified_chance = 0.4, eccentric_chance = 0.7, serial_chance = 0.25, bifurcation_chance = 0.15;
    double stent_chance = 0.03, occlusion_chance = 0.02, bridge_chance = 0.2;
};

struct TreeOptions {
    double right_dominant = 0.84, left_dominant = 0.09;  // the rest is balanced
    double absent_left_main = 0.014, ramus = 0.25;
    Range tortuosity{0.6, 1.4};   // 1 = population mean
    double diameter_scale = 1.0;  // on top of the patient's own size
    double min_radius_mm = 0.4;   // vessels end at this radius
};

struct PhantomOptions {
    std::uint64_t seed = 1;
    std::string preset = "diseased";  // "healthy", "diseased", "heldout", ...
    ScannerOptions scanner;
    ContrastOptions contrast;
    DiseaseOptions disease;
    TreeOptions tree;
    std::optional<char> sex;  // drawn when empty
};

// The options of a named preset; throws Error(usage) naming the valid presets.
PhantomOptions phantom_preset(const std::string& name);

}  // namespace ctffr
