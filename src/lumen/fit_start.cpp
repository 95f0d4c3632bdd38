// SPDX-License-Identifier: Apache-2.0
#include "lumen/fit_start.hpp"

#include <algorithm>
#include <cmath>

#include "ctffr/core/error.hpp"

namespace ctffr::lumen {

using P = SectionParameters;

ScanFacts facts_of(const ScanModel& scan, std::vector<std::string>& remarks) {
    constexpr double fwhm_per_sigma = 2.354820045;
    ScanFacts facts;
    facts.blood_hu = scan.blood_hu;
    facts.noise_hu = std::max(5.0, scan.noise_sd_hu);
    if (scan.psf_fwhm_xy_mm > 0.2 && scan.psf_fwhm_xy_mm < 2 && scan.psf_fwhm_z_mm > 0.2 &&
        scan.psf_fwhm_z_mm < 3) {
        facts.sigma_xy_mm = scan.psf_fwhm_xy_mm / fwhm_per_sigma;
        facts.sigma_z_mm = scan.psf_fwhm_z_mm / fwhm_per_sigma;
    } else {
        remarks.push_back(fmt::format(
            "The sharpness of the scan could not be measured ({:.2f} x {:.2f} mm): 0.65 x 0.80 mm "
            "was assumed, which makes narrow lumens less certain.",
            scan.psf_fwhm_xy_mm, scan.psf_fwhm_z_mm));
        facts.sigma_xy_mm = 0.65 / fwhm_per_sigma, facts.sigma_z_mm = 0.80 / fwhm_per_sigma;
    }
    if (!(scan.blood_hu > 120))
        throw Error(ExitCode::lumen_failed,
                    "The blood in the aorta has {:.0f} HU; at least 120 HU are needed to see the lumen.",
                    scan.blood_hu);
    return facts;
}

AllRays sample_all(const ImageWindow& window, const std::vector<FitChain>& chains, const Run& run) {
    std::vector<kernels::SectionPlane> planes;
    for (const FitChain& chain : chains)
        for (const FitSection& s : chain.sections) planes.push_back({s.center, s.normal, s.binormal});
    const std::vector<float> hu =
        sample_planes(window, planes, RayGrid::angles, RayGrid::steps, RayGrid::step_mm, run);
    constexpr std::ptrdiff_t samples = RayGrid::angles * RayGrid::steps;
    AllRays rays(chains.size());
    auto from = hu.begin();
    for (std::size_t c = 0; c < chains.size(); ++c) {
        rays[c].resize(chains[c].sections.size());
        for (SectionRays& section : rays[c]) {
            section.hu.assign(from, from + samples);
            from += samples;
        }
    }
    return rays;
}

void pull_into_vessel(std::vector<FitChain>& chains, const AllRays& rays, const ScanFacts& scan) {
    for (std::size_t c = 0; c < chains.size(); ++c)
        for (std::size_t i = 0; i < chains[c].sections.size(); ++i)
            chains[c].sections[i].center = brighter_center(chains[c].sections[i], rays[c][i].hu, scan);
    smooth_and_join(chains, 1.0);
}

void move_to_centroids(std::vector<FitChain>& chains) {
    for (FitChain& chain : chains) {
        const std::size_t n = chain.sections.size();
        std::vector<Vec3> shift(n);
        std::vector<bool> known(n, false);
        for (std::size_t i = 0; i < n; ++i) {
            const FitSection& s = chain.sections[i];
            if (s.data_share < 0.5) continue;
            const auto [u, v] = s.fit.centroid();
            Vec3 move = u * s.normal + v * s.binormal;
            if (norm(move) > 1) move = normalized(move);
            shift[i] = move, known[i] = true;
        }
        for (std::size_t i = 0; i < n; ++i) {
            if (known[i]) continue;
            std::size_t low = i, high = i;
            while (low > 0 && !known[low]) --low;
            while (high + 1 < n && !known[high]) ++high;
            if (known[low] && known[high])
                shift[i] = lerp(shift[low], shift[high],
                                static_cast<double>(i - low) / static_cast<double>(high - low));
            else if (known[low] || known[high])
                shift[i] = known[low] ? shift[low] : shift[high];
        }
        for (std::size_t i = 0; i < n; ++i) chain.sections[i].center += shift[i];
    }
    smooth_and_join(chains, 0.6);
}

double quantile(std::vector<double> values, double q) {
    const auto at = values.begin() + static_cast<std::ptrdiff_t>(q * static_cast<double>(values.size() - 1));
    std::nth_element(values.begin(), at, values.end());
    return *at;
}

std::vector<double> running_quantile(const FitChain& chain, double reach_mm, double q) {
    const std::size_t n = chain.sections.size();
    std::vector<double> out(n);
    for (std::size_t i = 0; i < n; ++i) {
        std::vector<double> near;
        for (std::size_t k = 0; k < n; ++k)
            if (std::abs(chain.sections[k].arc_mm - chain.sections[i].arc_mm) <= reach_mm)
                near.push_back(chain.sections[k].fit.value[P::contour]);
        out[i] = quantile(near, q);
    }
    return out;
}

void start_radii(std::vector<FitChain>& chains, const AllRays& rays, const ScanFacts& scan) {
    for (std::size_t c = 0; c < chains.size(); ++c) {
        for (std::size_t i = 0; i < chains[c].sections.size(); ++i) {
            ScanFacts local = scan;
            local.blood_hu =
                std::max(0.6 * scan.blood_hu, scan.blood_hu - 0.75 * chains[c].sections[i].path_mm);
            chains[c].sections[i].fit.value[P::contour] = first_radius(rays[c][i].hu, local);
        }
        const std::vector<double> clean = running_quantile(chains[c], 1.1, 0.5);
        for (std::size_t i = 0; i < clean.size(); ++i) chains[c].sections[i].fit.value[P::contour] = clean[i];
    }
}

}  // namespace ctffr::lumen
