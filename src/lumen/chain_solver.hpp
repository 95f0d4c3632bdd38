// SPDX-License-Identifier: Apache-2.0
// Penalised least-squares fit of all sections of one chain to their rays: image = blurred lumen, wall and
// surroundings.
#pragma once

#include <vector>

#include "ctffr/core/run.hpp"
#include "ctffr/data/image.hpp"
#include "lumen/fit_chain.hpp"
#include "lumen/ray_data.hpp"

namespace ctffr::lumen {

struct SolverOptions {
    int iterations = 8;
    // Noise counts as white with this correlation area per section (mm2): the information in a section is its
    // area divided by it.
    double correlation_mm2 = 0.4;
};

// Standard deviations of the priors and of the changes from section to section (0.5 mm apart). Sources and
// reasons: docs/theory/lumen.md.
struct FitPriors {
    double blood_sd_hu = 12, blood_step_hu = 1.5;
    double wall_hu = 60, wall_sd_hu = 35, wall_step_hu = 15;
    double outside_hu = -20, outside_sd_hu = 120, outside_step_hu = 25;
    double radius_bend_mm = 0.05, shape_bend_mm = 0.03, radius_slope_mm = 0.15, blind_slope_mm = 0.01;
    double shift_sd_mm = 0.5, ellipse_share = 0.2, third_share = 0.08;
    // Errors that all sections of a scan share, for the stated uncertainty: relative width of the blur, blood
    // line.
    double blur_error = 0.08, blood_error_hu = 8;
    double wall_thickness_sd_mm = 0.35, outer_step_mm = 0.06, outer_shift_sd_mm = 0.3;
};

// Improves `chain` (all section.fit must hold a start). `blood_hu[i]` is the expected blood value of section
// i, `reference_mm[i]` the expected healthy radius there. Fills covariance (when `with_covariance`),
// residual_hu and data_share.
void solve_chain(FitChain& chain, const std::vector<SectionRays>& rays, const std::vector<double>& blood_hu,
                 const std::vector<double>& reference_mm, const ImageGeometry& geometry,
                 const ScanFacts& scan, const FitPriors& priors, const SolverOptions& options,
                 bool with_covariance, const Run& run);

// Correlation of the residuals from section to section and along rays, as an area per section (mm2) for
// SolverOptions::correlation_mm2; made from chains that have been solved.
struct ResidualCorrelation {
    double sum_square = 0, sum_along = 0, sum_ray = 0;
    double count_square = 0, count_along = 0, count_ray = 0;
    double area_mm2(double section_spacing_mm) const;
};
void add_residual_correlation(const FitChain& chain, const std::vector<SectionRays>& rays,
                              const ImageGeometry& geometry, const ScanFacts& scan, ResidualCorrelation& sums,
                              const Run& run);

}  // namespace ctffr::lumen
