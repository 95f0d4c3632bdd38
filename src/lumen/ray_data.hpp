// SPDX-License-Identifier: Apache-2.0
// What the image shows along the rays of a section, and which samples the fit may use.
#pragma once

#include <cstdint>
#include <vector>

#include "lumen/fit_chain.hpp"

namespace ctffr::lumen {

// Polar sampling shared by all sections.
struct RayGrid {
    static constexpr int angles = 32;
    static constexpr int steps = 28;
    static constexpr double step_mm = 0.18;
    static double rho(int j) { return (j + 0.5) * step_mm; }
    static double phi(int a);
};

struct ScanFacts {
    double blood_hu = 400, noise_hu = 20;
    double sigma_xy_mm = 0.28, sigma_z_mm = 0.35;  // of the Gaussian point spread
    double blur_mm() const { return 0.67 * sigma_xy_mm + 0.33 * sigma_z_mm; }
};

// Rays of one section.
struct SectionRays {
    std::vector<float> hu;          // [angle][step]
    std::vector<int> usable;        // per ray: samples [0, usable) may be used
    std::vector<float> calcium_mm;  // per ray: inner edge of calcium or stent, < 0 where there is none
    std::vector<std::uint8_t>
        adjoins;  // per ray: 1 where blood reaches the calcium, so the edge is the lumen's edge
    std::vector<std::uint8_t> open;  // per ray: leads into another branch
};

// Radius at which the rays fall through half way to their surroundings, or, where the vessel is so thin that
// the peak is lost, from the loss of the peak.
double first_radius(const std::vector<float>& hu, const ScanFacts& scan);

// The brightest blood-like place within 1 mm in the plane, for a centre that lies beside the vessel (image
// less than half way up to blood there); else the centre itself.
Vec3 brighter_center(const FitSection& section, const std::vector<float>& hu, const ScanFacts& scan);

// Fills usable, calcium and adjoins from the current contour (`section.fit`) and the local blood value.
void choose_samples(const FitSection& section, const ScanFacts& scan, SectionRays& rays);

// Marks rays that lead into a chain that is joined near this place; `rays[chain][section]`.
void mark_open_rays(const std::vector<FitChain>& chains, std::vector<std::vector<SectionRays>>& rays);

}  // namespace ctffr::lumen
