// SPDX-License-Identifier: Apache-2.0
// Figures of the input quality gate.
#pragma once

#include <string>
#include <vector>

namespace ctffr {

enum class Grade { pass, warn, reject };

// One figure of the gate with its bounds, e.g. aortic contrast in HU.
struct QualityFigure {
    std::string name;  // key in result.json, e.g. "aorta_hu"
    double value = 0;
    std::string unit;
    Grade grade = Grade::pass;
    std::string sentence;  // for the report: what it means and what to do; empty for pass
};

struct QualityReport {
    std::vector<QualityFigure> figures;
    Grade grade = Grade::pass;  // the worst of them
};

// Blood and sharpness as estimated from the scan itself; used by tree extraction and lumen fit.
struct ScanModel {
    double blood_hu = 0, blood_sd_hu = 0;  // ascending aorta
    double myocardium_hu = 0, fat_hu = 0;
    double noise_sd_hu = 0;                        // high-frequency noise in the aorta
    double psf_fwhm_xy_mm = 0, psf_fwhm_z_mm = 0;  // Gaussian-equivalent, from the aortic wall edge
};

const char* grade_name(Grade grade);

}  // namespace ctffr
