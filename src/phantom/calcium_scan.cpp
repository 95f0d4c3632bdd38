// SPDX-License-Identifier: Apache-2.0
#include "phantom/calcium_scan.hpp"

#include <cmath>

namespace ctffr::phantom {

void take_contrast_away(DrawnPatient& patient, PhantomOptions& options) {
    constexpr double blood_hu = 44, muscle_hu = 50, calcium_kvp = 120, slice_mm = 3;
    DrawnScan& scan = patient.scan;
    options.scanner.slices =
        static_cast<int>(std::ceil(options.scanner.slices * scan.slice_spacing_mm / slice_mm));
    scan.kvp = calcium_kvp;
    scan.slice_spacing_mm = scan.slice_thickness_mm = scan.psf_z_fwhm_mm = slice_mm;
    scan.psf_xy_fwhm_mm = 0.9, scan.kernel_overshoot = 0;
    scan.noise_sd_hu = 18, scan.noise_peak_per_mm = 0.25;
    DrawnTissue& t = patient.tissue;
    t.aorta = t.left_ventricle = t.left_atrium = t.right_heart = t.pulmonary = t.vein = blood_hu;
    t.mixing = 0;
    t.myocardium = muscle_hu;
    const double factor = std::pow(100 / calcium_kvp, 0.7) / t.calcium_factor;
    t.calcium_factor *= factor, t.cortical *= factor, t.trabecular *= factor;
    options.contrast.distal_drop_hu_per_10mm = {0, 0};
}

}  // namespace ctffr::phantom
