// SPDX-License-Identifier: Apache-2.0
// What the scan itself tells about blood, noise and sharpness.
#pragma once

#include <vector>

#include "ctffr/core/run.hpp"
#include "ctffr/data/image.hpp"
#include "ctffr/data/quality.hpp"
#include "imaging/aorta.hpp"
#include "imaging/grid.hpp"

namespace ctffr::imaging {

// Median and spread of the blood in the aorta, and the noise after slow changes are taken off (per slice, a
// plane is fitted to the disc): fills blood_hu, blood_sd_hu, noise_sd_hu.
void measure_blood(const Volume& volume, const AorticRoot& root, ScanModel& scan);

// Most frequent value of `grid` between `low` and `high` HU among the voxels with use != 0, after smoothing
// the histogram by 10 HU; `fallback` when there are fewer than 500 such voxels.
double histogram_mode(const ScalarGrid& grid, const Mask& use, double low_hu, double high_hu,
                      double fallback);

// One blood-to-tissue edge: profile along the normal, fitted by a step blurred with a Gaussian.
struct EdgeFit {
    bool good = false;
    double sigma_mm = 0, contrast_hu = 0, shift_mm = 0, residual_hu = 0;
};
// Least-squares fit of a + b erf((t - t0) / (sqrt 2 sigma)) to samples (t, hu), by Levenberg-Marquardt.
EdgeFit fit_edge(const std::vector<double>& t_mm, const std::vector<double>& hu);

struct SharpnessFit {
    double fwhm_xy_mm = 0, fwhm_z_mm = 0;
    int edges = 0;
    bool z_measured =
        false;  // false: too few surfaces face the slice direction; z is then taken from the slices
};
// Sharpness from many blood-tissue edges of `grid` (about 1 mm, smoothed): each gives the blur along its
// normal, and the blur over normals n follows sigma^2 = sigma_xy^2 (1 - n_z^2) + sigma_z^2 n_z^2, n_z along
// the slice normal. The blur of reading between voxels (trilinear: spacing^2 / 6 per axis) is taken off.
SharpnessFit measure_sharpness(const Volume& volume, const ScalarGrid& grid, const ScanModel& scan,
                               const Run& run);

}  // namespace ctffr::imaging
