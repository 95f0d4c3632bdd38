// SPDX-License-Identifier: Apache-2.0
// Named settings of virtual patients. Training and held-out settings do not share scanners, contrast or tree
// shapes: what a method learns on one cannot be read off the other.
#include "ctffr/core/error.hpp"
#include "ctffr/stages/phantom_options.hpp"

namespace ctffr {
namespace {

PhantomOptions healthy() {
    PhantomOptions options;
    options.disease.lesions_mean = 0;
    options.disease.serial_chance = options.disease.bifurcation_chance = 0;
    options.disease.stent_chance = options.disease.occlusion_chance = 0;
    return options;
}

PhantomOptions training() {
    PhantomOptions options;
    options.scanner.fov_mm = {160, 200};
    options.scanner.psf_xy_fwhm_mm = {0.45, 0.70};
    options.scanner.noise_sd_hu = {14, 30};
    options.scanner.noise_peak_per_mm = {0.25, 0.35};
    options.scanner.rotation_deg = {-15, 15};
    options.contrast.aorta_hu = {300, 600};
    options.contrast.right_heart_fraction = {0.1, 0.9};
    options.disease.lesions_mean = 2.0;
    options.disease.diameter_stenosis_pct = {20, 90};
    return options;
}

PhantomOptions heldout() {
    PhantomOptions options;
    options.scanner.fov_mm = {175, 215};
    options.scanner.slice_spacing_mm = {0.40, 0.60};
    options.scanner.psf_xy_fwhm_mm = {0.60, 0.85};
    options.scanner.psf_z_fwhm_mm = {0.7, 1.0};
    options.scanner.kernel_overshoot = {0.02, 0.09};
    options.scanner.noise_sd_hu = {20, 38};
    options.scanner.noise_peak_per_mm = {0.33, 0.45};
    options.scanner.motion_chance = 0.25;
    options.scanner.slab_chance = 0.10;
    options.contrast.aorta_hu = {280, 520};
    options.contrast.distal_drop_hu_per_10mm = {5, 16};
    options.contrast.vein_fraction = {0.2, 0.7};
    options.disease.diameter_stenosis_pct = {20, 90};
    options.tree.tortuosity = {0.9, 1.8};
    options.tree.right_dominant = 0.78, options.tree.left_dominant = 0.12;
    options.tree.ramus = 0.35;
    return options;
}

// A coarse scan for quick tests: still two voxels across a vessel of 1.2 mm.
PhantomOptions small() {
    PhantomOptions options;
    options.scanner.matrix = 256, options.scanner.slices = 180;
    options.scanner.fov_mm = {155, 165}, options.scanner.slice_spacing_mm = {0.70, 0.75};
    options.scanner.psf_xy_fwhm_mm = {0.75, 0.85}, options.scanner.psf_z_fwhm_mm = {0.9, 1.1};
    options.scanner.noise_sd_hu = {14, 20};
    options.scanner.motion_chance = options.scanner.slab_chance = 0;
    return options;
}

}  // namespace

PhantomOptions phantom_preset(const std::string& name) {
    PhantomOptions options;
    if (name == "healthy")
        options = healthy();
    else if (name == "training")
        options = training();
    else if (name == "heldout")
        options = heldout();
    else if (name == "small")
        options = small();
    else if (name != "diseased")
        throw Error(ExitCode::usage,
                    "Unknown phantom preset '{}': use healthy, diseased, training, heldout or small.", name);
    options.preset = name;
    return options;
}

}  // namespace ctffr
