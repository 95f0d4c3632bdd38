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

// Voxels of `image` that may be blood of a vessel.
std::vector<std::int32_t> bright_voxels(const ScalarGrid& image, const Mask& blocked, double low_hu) {
    std::vector<std::int32_t> voxels;
    for (std::size_t i = 0; i < image.values.size(); ++i)
        if (image.values[i] > low_hu && !blocked[i]) voxels.push_back(static_cast<std::int32_t>(i));
    return voxels;
}

// Above this it is calcium, which must not bend the direction of a tube.
double ceiling_hu(const ScanModel& scan) { return scan.blood_hu + 2 * scan.blood_sd_hu; }

std::vector<float> clipped(const ScalarGrid& image, const ScanModel& scan) {
    std::vector<float> values(image.values.size());
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = static_cast<float>(std::clamp<double>(image.values[i], -200.0, ceiling_hu(scan)));
    return values;
}

// Best tube response of the listed voxels over some scales.
template <class Exec>
void best_tubes(const Exec& exec, const ImageGeometry& geometry, const std::vector<double>& sigmas_mm,
                double contrast_hu, View<const float> source, View<const std::int32_t> voxels,
                View<kernels::TubeResponse> tubes, const Run& run) {
    const Int3 size = geometry.size;
    const double h = geometry.spacing_mm.x;
    Array<float, Exec> a(exec, size.count()), b(exec, size.count());
    for (double sigma : sigmas_mm) {
        run.progress("tube response", 0.5 * sigma / sigmas_mm.back());
        const Array<float, Exec> w(exec, gaussian_weights(sigma / h));
        kernels::convolve_axis(exec, size, 0, w.view(), source, a.view());
        kernels::convolve_axis(exec, size, 1, w.view(), std::as_const(a).view(), b.view());
        kernels::convolve_axis(exec, size, 2, w.view(), std::as_const(b).view(), a.view());
        kernels::tube_response(exec, size, h, sigma, contrast_hu, std::as_const(a).view(), voxels, tubes);
    }
}

Candidates measure(const ScalarGrid& image, const Mask& blocked, const ScanModel& scan,
                   const VesselnessOptions& options, const Run& run) {
    Candidates c;
    c.voxels = bright_voxels(image, blocked, BloodRamp(scan).low);
    c.tubes.resize(c.voxels.size());
    c.sections.resize(c.voxels.size());
    on_device(run, [&](const auto& exec) {
        using Exec = std::decay_t<decltype(exec)>;
        const Int3 size = image.geometry.size;
        const double h = image.spacing_mm();
        const Array<float, Exec> source(exec, clipped(image, scan));
        const Array<std::int32_t, Exec> voxels(exec, c.voxels);
        Array<kernels::TubeResponse, Exec> tubes(exec, c.tubes);
        Array<kernels::RaySection, Exec> sections(exec, c.sections);
        best_tubes(exec, image.geometry, options.sigmas_mm, scan.blood_hu - scan.myocardium_hu, source.view(),
                   voxels.view(), tubes.view(), run);
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

}  // namespace

ScalarGrid averaged_along_tubes(const ScalarGrid& image, const ScalarGrid& smoothed, const Mask& blocked,
                                const ScanModel& scan, const VesselnessOptions& options, const Run& run) {
    CTFFR_CHECK_OP(smoothed.values.size(), ==, image.values.size());
    const auto listed = bright_voxels(image, blocked, BloodRamp(scan).low);
    std::vector<float> means(listed.size());
    for (std::size_t n = 0; n < listed.size(); ++n)
        means[n] = smoothed.values[static_cast<std::size_t>(listed[n])];
    on_device(run, [&](const auto& exec) {
        using Exec = std::decay_t<decltype(exec)>;
        const Array<float, Exec> source(exec, clipped(image, scan));
        const Array<std::int32_t, Exec> voxels(exec, listed);
        Array<kernels::TubeResponse, Exec> tubes(exec, std::vector<kernels::TubeResponse>(listed.size()));
        Array<float, Exec> mean(exec, means);
        best_tubes(exec, image.geometry, options.sigmas_mm, scan.blood_hu - scan.myocardium_hu, source.view(),
                   voxels.view(), tubes.view(), run);
        kernels::mean_along_tube(exec, image.geometry.size, image.spacing_mm(), options.along_tube_mm,
                                 source.view(), voxels.view(), std::as_const(tubes).view(), mean.view());
        means = mean.to_host();
    });
    ScalarGrid result = smoothed;
    for (std::size_t n = 0; n < listed.size(); ++n) {
        float& value = result.values[static_cast<std::size_t>(listed[n])];
        if (value < ceiling_hu(scan)) value = means[n];  // calcium stays where it is
    }
    return result;
}

namespace {

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
