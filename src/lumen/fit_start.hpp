// SPDX-License-Identifier: Apache-2.0
// What every fit of the lumen begins with: scan facts, rays of all chains, centres within their vessels.
#pragma once

#include <string>
#include <vector>

#include "ctffr/core/run.hpp"
#include "ctffr/data/quality.hpp"
#include "lumen/fit_chain.hpp"
#include "lumen/image_window.hpp"
#include "lumen/ray_data.hpp"

namespace ctffr::lumen {

using AllRays = std::vector<std::vector<SectionRays>>;  // [chain][section]

// Blood, noise and blur as the fits use them; a remark where the sharpness is unknown and assumed. Throws
// Error(lumen_failed) without contrast.
ScanFacts facts_of(const ScanModel& scan, std::vector<std::string>& remarks);

// HU on the rays of every section (RayGrid).
AllRays sample_all(const ImageWindow& window, const std::vector<FitChain>& chains, const Run& run);

// Pulls a centerline that runs beside its vessel back into it, before anything is fitted.
void pull_into_vessel(std::vector<FitChain>& chains, const AllRays& rays, const ScanFacts& scan);

// Start of a fit: radii from the rays, cleaned along the chain.
void start_radii(std::vector<FitChain>& chains, const AllRays& rays, const ScanFacts& scan);

// q-quantile of values.
double quantile(std::vector<double> values, double q);
// Radius quantile within reach_mm along the chain.
std::vector<double> running_quantile(const FitChain& chain, double reach_mm, double q);

// Centres to the centroids of the contours; where there is no data, the shift of the nearest places that have
// some.
void move_to_centroids(std::vector<FitChain>& chains);

}  // namespace ctffr::lumen
