// SPDX-License-Identifier: Apache-2.0
#include "ctffr/stages/plaque.hpp"

#include <cmath>

#include <fmt/format.h>

#include "anatomy/cad_rads.hpp"
#include "anatomy/plaque.hpp"
#include "imaging/grid.hpp"

namespace ctffr {

namespace {

constexpr double fwhm_per_sd = 2.3548200450309493;

// Blur of the scan along a direction, with that of reading between voxels (trilinear: spacing^2 / 6).
double blur_sd_mm(const ImageGeometry& geometry, const ScanModel& scan, Vec3 direction) {
    double variance = 0;
    for (int axis = 0; axis < 3; ++axis) {
        const double along = dot(direction, geometry.direction.column(axis));
        const double sd = (axis < 2 ? scan.psf_fwhm_xy_mm : scan.psf_fwhm_z_mm) / fwhm_per_sd;
        const double step = geometry.spacing_mm[axis];
        variance += along * along * (sd * sd + step * step / 6);
    }
    return std::sqrt(variance);
}

}  // namespace

PlaqueReport run_plaque(const Volume& volume, const ScanModel& scan, const CoronaryTree& tree,
                        const LumenSurface& lumen, const FfrMap& map, const std::vector<Lesion>& lesions,
                        const Run& run) {
    run.progress("plaque", 0);
    const SectionMeasures sections = measure_sections(tree, lumen);
    const VesselWall wall = measure_wall(tree, lumen, sections, map.reference_radius_mm);
    PlaqueImage image;
    image.hu = [&](Vec3 p) { return imaging::sample_hu(volume, p); };
    image.blur_sd_mm = [&](Vec3 direction) { return blur_sd_mm(volume.geometry, scan, direction); };
    image.blood_hu = scan.blood_hu, image.noise_sd_hu = scan.noise_sd_hu;
    image.kvp = volume.acquisition.kvp;
    PlaqueReport report =
        measure_plaque(tree, lumen, sections, map.reference_radius_mm, wall, lesions, image);
    if (report.measured() && !(image.kvp > 0))
        report.remarks.push_back(
            "The tube voltage is not known: calcium is what is brighter than at 120 kV.");
    for (std::size_t i = 0; i < lesions.size() && report.measured(); ++i) {
        if (report.lesions[i].measure.plaque.total_mm3() > 0) continue;
        report.remarks.push_back(fmt::format(
            "No plaque was found at the narrowing of {:.0f} % in {}: {}.", lesions[i].diameter_stenosis_pct,
            lesions[i].segment,
            counts_as_stenosis(lesions, report, i)
                ? "it is graded as a stenosis, but look at it in the image"
                : "it may be a muscle bridge, a spasm or an error of the lumen, and is not graded"));
    }
    if (report.measured())
        run.info("plaque: {:.0f} mm3 in {} deposits, {:.0f} mm3 calcified, {:.0f} mm3 of low attenuation",
                 report.total.plaque.total_mm3(), report.deposits.size(), report.total.plaque.calcified_mm3,
                 report.total.plaque.low_attenuation_mm3);
    run.progress("plaque", 1);
    return report;
}

CadRads run_cad_rads(const CoronaryTree& tree, const std::vector<std::string>& lost, const FfrMap& map,
                     const std::vector<Lesion>& lesions, const PlaqueReport& plaque,
                     const CalciumScore& calcium, const FindingOptions& options) {
    CadRadsInput input{tree, map.reference_radius_mm, lesions,           plaque,
                       {},   options.graft,           options.exception, lost};
    if (calcium.measured) input.agatston = calcium.agatston;
    return grade_cad_rads(input);
}

}  // namespace ctffr
