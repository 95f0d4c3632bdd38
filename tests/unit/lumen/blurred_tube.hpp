// SPDX-License-Identifier: Apache-2.0
// Small CT images of tubes with a known lumen: exact edges on a fine grid, Gaussian blur, noise.
#pragma once

#include <cmath>
#include <functional>
#include <vector>

#include "ctffr/core/random.hpp"
#include "ctffr/data/image.hpp"
#include "ctffr/data/quality.hpp"
#include "ctffr/kernels/image.hpp"
#include "ctffr/parallel/parallel.hpp"

namespace ctffr::test {

struct TestScan {
    double fwhm_xy_mm = 0.65, fwhm_z_mm = 0.80, noise_hu = 20, noise_sigma_mm = 0.25, blood_hu = 400;
    std::uint64_t seed = 1;
    Vec3 spacing_mm{0.36, 0.36, 0.45};
};

inline constexpr double fine_mm = 0.15;

// `hu(p)` must be smooth over fine_mm: use edge() for boundaries.
inline double edge(double distance_mm, double inside, double outside) {
    return outside + (inside - outside) * std::clamp(0.5 - distance_mm / fine_mm, 0.0, 1.0);
}

inline void blur(Int3 size, Vec3 spacing, double sigma_xy, double sigma_z, std::vector<float>& values) {
    std::vector<float> other(values.size());
    for (int axis = 0; axis < 3; ++axis) {
        const double sigma = (axis < 2 ? sigma_xy : sigma_z) / spacing[axis];
        std::vector<float> taps;
        double sum = 0;
        for (int k = 0; k <= static_cast<int>(4 * sigma) + 1; ++k) {
            taps.push_back(static_cast<float>(std::exp(-0.5 * k * k / (sigma * sigma))));
            sum += (k == 0 ? 1 : 2) * double{taps.back()};
        }
        for (float& w : taps) w = static_cast<float>(w / sum);
        kernels::convolve_axis(Cpu{}, size, axis,
                               View<const float>(taps.data(), static_cast<Index>(taps.size())),
                               View<const float>(values.data(), static_cast<Index>(values.size())),
                               View<float>(other.data(), static_cast<Index>(other.size())));
        values.swap(other);
    }
}

inline Volume scan_of(Vec3 low, Vec3 high, const TestScan& scan, const std::function<double(Vec3)>& hu) {
    ImageGeometry fine;
    fine.spacing_mm = {fine_mm, fine_mm, fine_mm};
    fine.origin_lps_mm = low;
    fine.size = {static_cast<int>((high.x - low.x) / fine_mm), static_cast<int>((high.y - low.y) / fine_mm),
                 static_cast<int>((high.z - low.z) / fine_mm)};
    std::vector<float> exact(static_cast<std::size_t>(fine.size.count()));
    parallel_for(Cpu{}, "test image", fine.size.count(), [&](Index i) {
        const double x = static_cast<double>(i % fine.size.x),
                     y = static_cast<double>(i / fine.size.x % fine.size.y);
        const double z = static_cast<double>(i / fine.size.x / fine.size.y);
        exact[static_cast<std::size_t>(i)] = static_cast<float>(hu(fine.lps_from_index({x, y, z})));
    });
    constexpr double fwhm_per_sigma = 2.354820045;
    blur(fine.size, fine.spacing_mm, scan.fwhm_xy_mm / fwhm_per_sigma, scan.fwhm_z_mm / fwhm_per_sigma,
         exact);
    Volume volume;
    ImageGeometry& g = volume.geometry;
    g.spacing_mm = scan.spacing_mm, g.origin_lps_mm = low;
    for (int k = 0; k < 3; ++k) {
        const int n = static_cast<int>((high[k] - low[k]) / scan.spacing_mm[k]);
        (k == 0 ? g.size.x : k == 1 ? g.size.y : g.size.z) = n;
    }
    std::vector<float> image(static_cast<std::size_t>(g.size.count())), noise(image.size());
    kernels::resample(Cpu{}, fine, View<const float>(exact.data(), static_cast<Index>(exact.size())), g,
                      -90.0F, View<float>(image.data(), static_cast<Index>(image.size())));
    for (std::size_t i = 0; i < noise.size(); ++i) noise[i] = static_cast<float>(normal_at(scan.seed, 7, i));
    blur(g.size, g.spacing_mm, scan.noise_sigma_mm, scan.noise_sigma_mm, noise);
    double power = 0;
    for (float x : noise) power += double{x} * x / static_cast<double>(noise.size());
    for (std::size_t i = 0; i < image.size(); ++i)
        volume.hu.push_back(
            static_cast<std::int16_t>(std::lround(image[i] + scan.noise_hu * noise[i] / std::sqrt(power))));
    return volume;
}

inline ScanModel model_of(const TestScan& scan) {
    ScanModel model;
    model.blood_hu = scan.blood_hu, model.noise_sd_hu = scan.noise_hu;
    model.psf_fwhm_xy_mm = scan.fwhm_xy_mm, model.psf_fwhm_z_mm = scan.fwhm_z_mm;
    return model;
}

}  // namespace ctffr::test
