// SPDX-License-Identifier: Apache-2.0
// Virtual patients on disk: the CT series as a scanner would send it, patient data, and the truth.
#pragma once

#include <filesystem>
#include <string>

#include "ctffr/core/run.hpp"
#include "ctffr/data/result.hpp"
#include "ctffr/io/dicom_write.hpp"
#include "ctffr/stages/phantom.hpp"

namespace ctffr {

struct PhantomRequest {
    PhantomOptions options;
    std::filesystem::path out;
    int cohort = 0;  // 0: one patient in `out`; n: seeds seed .. seed+n-1 in out/seed-NNNN
    DicomCompression compression = DicomCompression::none;
    bool enhanced = false;        // one enhanced multi-frame file instead of one file per slice
    bool truth_flow = true;       // solve the reduced model on the true lumen
    bool calcium_series = false;  // a scan without contrast in `out`/calcium as well
    // Physiology of the truth: "default", by the rules that a run has too, or "drawn" from the priors; then
    // patient.json holds only what is known before the scan.
    std::string truth_physiology = "default";
    bool overwrite = false;
    SoftwareFacts software;
};

// Calls visitor(group, key, value, flag, help) for every option of a virtual patient. The value is a Range,
// double, int or std::uint64_t. One line here makes option, config key and record.
template <class Options, class Visitor>
void visit_phantom_options(Options& o, Visitor&& v) {
    v("scanner", "matrix", o.scanner.matrix, "--matrix", "pixels per row and column");
    v("scanner", "slices", o.scanner.slices, "--slices", "number of slices");
    v("scanner", "fov_mm", o.scanner.fov_mm, "--fov-mm", "field of view [mm]");
    v("scanner", "slice_spacing_mm", o.scanner.slice_spacing_mm, "--slice-spacing-mm",
      "distance of slices [mm]");
    v("scanner", "psf_xy_fwhm_mm", o.scanner.psf_xy_fwhm_mm, "--psf-xy-fwhm-mm", "in-plane blur, FWHM [mm]");
    v("scanner", "psf_z_fwhm_mm", o.scanner.psf_z_fwhm_mm, "--psf-z-fwhm-mm",
      "blur across slices, FWHM [mm]");
    v("scanner", "kernel_overshoot", o.scanner.kernel_overshoot, "--kernel-overshoot",
      "ring of a sharp kernel, fraction of an edge");
    v("scanner", "noise_sd_hu", o.scanner.noise_sd_hu, "--noise-sd-hu", "noise in the ascending aorta [HU]");
    v("scanner", "noise_peak_per_mm", o.scanner.noise_peak_per_mm, "--noise-peak-per-mm",
      "where the noise power spectrum is largest [line pairs per mm]");
    v("scanner", "kvp", o.scanner.kvp, "--kvp", "tube voltage [kV]");
    v("scanner", "motion_chance", o.scanner.motion_chance, "--motion-chance", "chance of motion smear");
    v("scanner", "slab_chance", o.scanner.slab_chance, "--slab-chance", "chance of a step between slabs");
    v("scanner", "motion_mm", o.scanner.motion_mm, "--motion-mm", "length of the motion smear [mm]");
    v("scanner", "slab_shift_mm", o.scanner.slab_shift_mm, "--slab-shift-mm", "shift of a slab [mm]");
    v("scanner", "rotation_deg", o.scanner.rotation_deg, "--rotation-deg",
      "patient on the table, each axis [deg]");
    v("contrast", "aorta_hu", o.contrast.aorta_hu, "--aorta-hu", "enhancement of the aorta [HU]");
    v("contrast", "distal_drop_hu_per_10mm", o.contrast.distal_drop_hu_per_10mm, "--distal-drop-hu-per-10mm",
      "loss of contrast along the vessels [HU per 10 mm]");
    v("contrast", "right_heart_fraction", o.contrast.right_heart_fraction, "--right-heart-fraction",
      "enhancement of the right heart, of the aorta's");
    v("contrast", "vein_fraction", o.contrast.vein_fraction, "--vein-fraction",
      "enhancement of the veins, of the aorta's");
    v("disease", "lesions_mean", o.disease.lesions_mean, "--lesions-mean",
      "mean number of lesions (Poisson)");
    v("disease", "diameter_stenosis_pct", o.disease.diameter_stenosis_pct, "--diameter-stenosis-pct",
      "severity of a lesion [%]");
    v("disease", "length_mm", o.disease.length_mm, "--lesion-length-mm", "length of a lesion [mm]");
    v("disease", "calcified_chance", o.disease.calcified_chance, "--calcified-chance", "chance of calcium");
    v("disease", "eccentric_chance", o.disease.eccentric_chance, "--eccentric-chance",
      "chance of an eccentric lesion");
    v("disease", "serial_chance", o.disease.serial_chance, "--serial-chance",
      "chance of a second lesion behind");
    v("disease", "bifurcation_chance", o.disease.bifurcation_chance, "--bifurcation-chance",
      "chance of a lesion at a bifurcation");
    v("disease", "stent_chance", o.disease.stent_chance, "--stent-chance", "chance of a stent");
    v("disease", "occlusion_chance", o.disease.occlusion_chance, "--occlusion-chance",
      "chance of an occlusion");
    v("disease", "bridge_chance", o.disease.bridge_chance, "--bridge-chance",
      "chance of a myocardial bridge");
    v("tree", "right_dominant", o.tree.right_dominant, "--right-dominant", "share of right dominance");
    v("tree", "left_dominant", o.tree.left_dominant, "--left-dominant", "share of left dominance");
    v("tree", "absent_left_main", o.tree.absent_left_main, "--absent-left-main", "share without a left main");
    v("tree", "ramus", o.tree.ramus, "--ramus", "share with an intermediate branch");
    v("tree", "tortuosity", o.tree.tortuosity, "--tortuosity", "1 = population mean");
    v("tree", "diameter_scale", o.tree.diameter_scale, "--diameter-scale", "all vessels times this");
    v("tree", "min_radius_mm", o.tree.min_radius_mm, "--tree-min-radius-mm",
      "vessels end at this radius [mm]");
}

// Options of a virtual patient as TOML that `ctffr phantom --config` reads.
std::string phantom_toml(const PhantomRequest& request);

// Makes the virtual patients: DIR/series, DIR/patient.json (last: it marks a complete patient),
// DIR/phantom.toml and DIR/truth/{result.json, physiology.json, lumen.vtp,
// centerline.vtp, labels.nii.gz}. Throws
// Error(file_system) when a complete patient is there already and `overwrite` is false.
void run_phantom_case(const PhantomRequest& request, const Run& run);

}  // namespace ctffr
