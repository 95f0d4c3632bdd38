// SPDX-License-Identifier: Apache-2.0
// Smooth contours through estimated rays: weighted penalised least squares on Fourier contours along a chain.
#pragma once

#include <vector>

#include "ctffr/core/run.hpp"
#include "lumen/chain_solver.hpp"
#include "lumen/fit_chain.hpp"
#include "lumen/polar_network.hpp"

namespace ctffr::lumen {

// How far the errors of neighbouring rays and sections are alike: so many rays (sections) count as one.
// Measured on validation patients, kept in the network's sidecar.
struct RayCorrelation {
    double rays = 8, sections = 6;
};

// Fills fit (contour and outer wall), contour_covariance, data_share, calcified, stent and open of every
// section. `rays` [section][angle]. Rays that are open carry no weight; where a section has none of its own,
// its calibre goes on from its neighbours. Throws Error(lumen_failed) when the system is singular.
void fit_rays(FitChain& chain, const std::vector<RayEstimate>& rays, const RayCorrelation& correlation,
              const FitPriors& priors, bool with_covariance, const Run& run);

}  // namespace ctffr::lumen
