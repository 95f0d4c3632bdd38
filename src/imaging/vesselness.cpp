// SPDX-License-Identifier: Apache-2.0
#include "imaging/vesselness.hpp"

#include <algorithm>
#include <cmath>

#include "ctffr/kernels/image.hpp"
#include "ctffr/kernels/medialness.hpp"
#include "ctffr/parallel/parallel.hpp"

namespace ctffr::imaging {

namespace {

// 0 below `low`, 1 above `high`, smooth between.
double ramp(double value, double low, double high) {
    const double t = std::clamp((value - low) / (high - low), 0.0, 1.0);
    return t * t * (3 - 2 * t);
}

struct Candidates {
    std::vector<std::int32_t> voxels;
    std::vector<kernels::TubeResponse> tubes;
    std::vector<kernels::RaySection> sections;
};

// Intensities of blood: from a fifth of the way between muscle and aortic blood (small and distal vessels) to
// half way. Calcium is brighter and stays in: there is no upper end.
struct BloodRamp {
    double low, high;
    explicit BloodRamp(const ScanModel& s)
        : low(s.myocardium_hu + 0.2 * (s.blood_hu - s.myocardium_hu)),
          high(s.myocardium_hu + 0.5 * (s.blood_hu - s.myocardium_hu)) {}
};

Candidates measure(const ScalarGrid& image, const Mask& blocked, const ScanModel& scan,
                   const VesselnessOptions& options, const Run& run) {
    const BloodRamp blood(scan);
    const double ceiling =
        scan.blood_hu + 2 * scan.blood_sd_hu;  // calcium must not bend the direction of the tube
    Candidates c;
    std::vector<float> clipped(image.values.size());
    for (std::size_t i = 0; i < clipped.size(); ++i) {
        clipped[i] = static_cast<float>(std::clamp<double>(image.values[i], -200.0, ceiling));
        if (image.values[i] > blood.low && !blocked[i]) c.voxels.push_back(static_cast<std::int32_t>(i));
    }
    c.tubes.resize(c.voxels.size());
    c.sections.resize(c.voxels.size());
    on_device(run, [&](const auto& exec) {
        using Exec = std::decay_t<decltype(exec)>;
        const Int3 size = image.geometry.size;
        const double h = image.spacing_mm();
        const Array<float, Exec> source(exec, clipped);
        const Array<std::int32_t, Exec> voxels(exec, c.voxels);
        Array<kernels::TubeResponse, Exec> tubes(exec, c.tubes);
        Array<kernels::RaySection, Exec> sections(exec, c.sections);
        Array<float, Exec> a(exec, size.count()), b(exec, size.count());
        for (double sigma : options.sigmas_mm) {
            run.progress("tube response", 0.5 * sigma / options.sigmas_mm.back());
            const Array<float, Exec> w(exec, gaussian_weights(sigma / h));
            kernels::convolve_axis(exec, size, 0, w.view(), source.view(), a.view());
            kernels::convolve_axis(exec, size, 1, w.view(), std::as_const(a).view(), b.view());
            kernels::convolve_axis(exec, size, 2, w.view(), std::as_const(b).view(), a.view());
            kernels::tube_response(exec, size, h, sigma, scan.blood_hu - scan.myocardium_hu,
                                   std::as_const(a).view(), voxels.view(), tubes.view());
        }
        kernels::RayOptions rays;
        rays.reach_mm = options.reach_mm;
        rays.background_hu = scan.myocardium_hu;
        rays.blood_hu = scan.blood_hu;
        kernels::ray_sections(exec, size, h, rays, source.view(), voxels.view(), std::as_const(tubes).view(),
                              sections.view());
        c.tubes = tubes.to_host();
        c.sections = sections.to_host();
    });
    return c;
}

// Calcium is part of the vessel but not of its lumen: 1 for blood, falling fast above it, so that a front
// takes the blood beside a plaque where there is any, and crosses the plaque where not.
double lumen_share(double hu, const ScanModel& scan) {
    const double contrast = std::max(1.0, scan.blood_hu - scan.myocardium_hu);
    const double excess = (hu - scan.blood_hu - 3 * scan.blood_sd_hu) / contrast;
    return 1 / (1 + 2 * std::max(0.0, excess) + 8 * std::pow(std::max(0.0, excess), 2));
}

}  // namespace

Vesselness find_vessels(const ScalarGrid& image, const Mask& blocked, const ScanModel& scan,
                        const VesselnessOptions& options, const Run& run) {
    CTFFR_CHECK_OP(blocked.size(), ==, image.values.size());
    const Candidates c = measure(image, blocked, scan, options, run);
    const BloodRamp blood(scan);
    Vesselness result{image.geometry, std::vector<float>(image.values.size(), 0.0f),
                      std::vector<float>(image.values.size(), 0.0f), std::vector<float>(image.values.size())};
    for (std::size_t i = 0; i < result.speed.size(); ++i)
        result.speed[i] = blocked[i] ? 0.0f : static_cast<float>(options.weak_speed);
    for (std::size_t n = 0; n < c.voxels.size(); ++n) {
        const auto voxel = static_cast<std::size_t>(c.voxels[n]);
        const kernels::RaySection& s = c.sections[n];
        const double tube = ramp(c.tubes[n].response, 0.1, 0.4), closed = ramp(s.closed, 0.5, 0.85);
        const double like_blood = ramp(image.values[voxel], blood.low, blood.high);
        const double evidence = closed * std::sqrt(tube * like_blood);
        result.evidence[voxel] = static_cast<float>(evidence);
        result.radius_mm[voxel] = evidence > 0 ? s.radius_mm : 0.0f;
        // The square of the balance draws the front, and so the way back, to the axis.
        const double centred = 0.2 + 0.8 * s.balance * s.balance;
        const double lumen = std::max(options.calcium_speed, lumen_share(image.values[voxel], scan));
        result.speed[voxel] = static_cast<float>(std::max(options.weak_speed, evidence * centred * lumen));
    }
    return result;
}

}  // namespace ctffr::imaging
