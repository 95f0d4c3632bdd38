// SPDX-License-Identifier: Apache-2.0
#include "imaging/quality_gate.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "imaging/grid.hpp"

namespace ctffr::imaging {

namespace {

// Values above `pass` get a warning, above `reject` a rejection (below, when `higher_is_better`). Between the
// warning bound and the rejection bound of the clinical table the input stays usable, so it is a warning too.
struct Bounds {
    double pass, reject;
    bool higher_is_better = false;
};

Grade grade(double value, const Bounds& b) {
    if (!std::isfinite(value)) return Grade::reject;
    const double sign = b.higher_is_better ? -1 : 1;
    if (sign * value <= sign * b.pass) return Grade::pass;
    return sign * value > sign * b.reject ? Grade::reject : Grade::warn;
}

void add(QualityReport& report, const char* name, double value, const char* unit, Grade g,
         const std::string& sentence) {
    report.figures.push_back({name, value, unit, g, g == Grade::pass ? "" : sentence});
    report.grade = std::max(report.grade, g);
}

void add(QualityReport& report, const char* name, double value, const char* unit, const Bounds& bounds,
         const char* what, const char* advice) {
    const Grade g = grade(value, bounds);
    add(report, name, value, unit, g,
        fmt::format("{} is {:.2f} {}, {} {:.2f} {} is wanted: {}", what, value, unit,
                    bounds.higher_is_better ? "at least" : "at most", bounds.pass, unit, advice));
}

// How far the image reaches above the coronary ostia and below the apex of the heart (mm); negative: cut off.
double room_above(const Volume& volume, const HeartFrame& heart) {
    return bounding_box(volume.geometry).high.z - heart.root_center_lps_mm.z;
}

}  // namespace

QualityReport grade_quality(const Volume& volume, const ScanModel& scan, const HeartFrame& heart) {
    QualityReport report;
    const Vec3 spacing = volume.geometry.spacing_mm;
    add(report, "slice_spacing_mm", spacing.z, "mm", Bounds{0.6, 1.25}, "The slice spacing",
        "reconstruct thinner slices.");
    if (volume.acquisition.slice_thickness_mm > 0)
        add(report, "slice_thickness_mm", volume.acquisition.slice_thickness_mm, "mm", Bounds{0.75, 1.25},
            "The slice thickness", "reconstruct thinner slices.");
    add(report, "pixel_mm", std::max(spacing.x, spacing.y), "mm", Bounds{0.45, 0.6}, "The pixel size",
        "reconstruct a smaller field of view around the heart.");
    Grade contrast = Grade::pass;
    if (scan.blood_hu < 300 || scan.blood_hu > 600) contrast = Grade::warn;
    if (scan.blood_hu < 200 || scan.blood_hu > 900 || !std::isfinite(scan.blood_hu)) contrast = Grade::reject;
    add(report, "aorta_hu", scan.blood_hu, "HU", contrast,
        fmt::format("Blood in the aortic root has {:.0f} HU, 300 to 600 HU are wanted: {}.", scan.blood_hu,
                    scan.blood_hu < 300 ? "the lumen is hard to tell from the wall"
                                        : "calcium hides in the contrast"));
    add(report, "noise_sd_hu", scan.noise_sd_hu, "HU", Bounds{30, 60}, "The noise in the aortic root",
        "use a smoother kernel or more dose.");
    const double cnr = (scan.blood_hu - scan.fat_hu) / std::max(scan.noise_sd_hu, 0.1);
    add(report, "cnr_lumen_fat", cnr, "", Bounds{15, 8, true},
        "The contrast-to-noise ratio of lumen against fat", "small vessels may be missed.");
    add(report, "edge_fwhm_mm", scan.psf_fwhm_xy_mm, "mm", Bounds{0.8, 1.3},
        "The blur at the edges of the blood", "stenoses may be measured too mild or too severe.");
    const double above = room_above(volume, heart);
    Grade coverage = above < 3 ? Grade::reject : (above < 12 ? Grade::warn : Grade::pass);
    add(report, "coverage_above_root_mm", above, "mm", coverage,
        fmt::format("The image ends {:.0f} mm above the middle of the aortic root; both coronary ostia must "
                    "be inside.",
                    above));
    if (heart.lv_found) {
        const double below = heart.lv_apex_lps_mm.z - bounding_box(volume.geometry).low.z;
        add(report, "coverage_below_apex_mm", below, "mm", below < 2 ? Grade::warn : Grade::pass,
            fmt::format(
                "The image ends {:.0f} mm below the apex of the heart; distal vessels may be cut off.",
                below));
    }
    return report;
}

}  // namespace ctffr::imaging
