// SPDX-License-Identifier: Apache-2.0
// As much smoothing as the noise of a scan asks for, and no more.
#pragma once

#include "ctffr/core/run.hpp"
#include "ctffr/data/heart.hpp"
#include "imaging/grid.hpp"

namespace ctffr::imaging {

// Standard deviation (HU) of the blood in the middle half of the aortic sections of `image` about the mean of
// its section, median over the sections; 0 where the image holds none of them.
double aortic_noise_hu(const ScalarGrid& image, const HeartFrame& heart);

// Sigma (mm) of the narrowest Gaussian that brings that standard deviation down to `noise_hu`: 0 where it is
// there already, at most `widest_mm`. Measured on the image, so the grain of the noise (reconstruction
// kernel, reading between voxels) is taken as it is.
double denoising_sigma_mm(const ScalarGrid& image, const HeartFrame& heart, double noise_hu, double widest_mm,
                          const Run& run);

}  // namespace ctffr::imaging
