// SPDX-License-Identifier: Apache-2.0
#include "phantom/render.hpp"

#include <algorithm>
#include <cmath>

#include "ctffr/core/units.hpp"
#include "ctffr/parallel/parallel.hpp"
#include "phantom/scanner.hpp"

namespace ctffr::phantom {
namespace {

using kernels::Patch;

// The pixels of a slice within `margin` (mm) of one of the balls, in order, each once.
std::vector<int> touched_pixels(const std::vector<VesselField::Ball>& balls, const ImageGeometry& image,
                                int slice, double margin) {
    const double z = image.origin_lps_mm.z + slice * image.spacing_mm.z;
    std::vector<std::uint8_t> marked(static_cast<std::size_t>(image.size.x) *
                                     static_cast<std::size_t>(image.size.y));
    for (const VesselField::Ball& ball : balls) {
        const double r = ball.radius_mm + margin, dz = z - ball.center_lps_mm.z;
        if (std::abs(dz) > r) continue;
        const double flat = std::sqrt(r * r - dz * dz);
        const Vec3 at = image.index_from_lps(ball.center_lps_mm);
        const double rj = flat / image.spacing_mm.y;
        const int first = std::max(0, static_cast<int>(std::ceil(at.y - rj)));
        const int last = std::min(image.size.y - 1, static_cast<int>(std::floor(at.y + rj)));
        for (int j = first; j <= last; ++j) {
            const double dy = (j - at.y) * image.spacing_mm.y;
            const double ri = std::sqrt(std::max(0.0, flat * flat - dy * dy)) / image.spacing_mm.x;
            const int from = std::max(0, static_cast<int>(std::ceil(at.x - ri)));
            const int to = std::min(image.size.x - 1, static_cast<int>(std::floor(at.x + ri)));
            for (int i = from; i <= to; ++i)
                marked[static_cast<std::size_t>(i) +
                       static_cast<std::size_t>(j) * static_cast<std::size_t>(image.size.x)] = 1;
        }
    }
    std::vector<int> pixels;
    for (std::size_t n = 0; n < marked.size(); ++n)
        if (marked[n]) pixels.push_back(static_cast<int>(n));
    return pixels;
}

// Calls make(point, patch) for every voxel near a ball, in parallel over slices; keeps the patch where it
// says true.
template <class Make>
std::vector<Patch> collect(const std::vector<VesselField::Ball>& balls, const ImageGeometry& image,
                           const RenderBlur& blur, const char* name, const Run& run, const Make& make) {
    std::vector<std::vector<Patch>> per_slice(static_cast<std::size_t>(image.size.z));
    const double margin = 2.9 * std::max(blur.xy_mm, blur.z_mm);
    parallel_for_uneven(Cpu{run.profiler}, name, image.size.z, 1, [&](Index k) {
        auto& patches = per_slice[static_cast<std::size_t>(k)];
        for (const int pixel : touched_pixels(balls, image, static_cast<int>(k), margin)) {
            const int i = pixel % image.size.x, j = pixel / image.size.x;
            Patch patch;
            patch.voxel = pixel + k * Index{image.size.x} * image.size.y;
            if (make(image.lps_from_index({1.0 * i, 1.0 * j, 1.0 * static_cast<double>(k)}), patch))
                patches.push_back(patch);
        }
    });
    run.check_cancel();
    std::vector<Patch> all;
    for (const auto& patches : per_slice) all.insert(all.end(), patches.begin(), patches.end());
    return all;
}

constexpr int cloud_points = 192, few_points = 24;

// Quantile of the standard normal distribution, by bisection.
double normal_quantile(double probability) {
    double low = -6, high = 6;
    while (high - low > 1e-12) {
        const double x = 0.5 * (low + high);
        (0.5 * std::erfc(-x / std::sqrt(2.0)) < probability ? low : high) = x;
    }
    return low;
}

// Points like a standard normal cloud: mean 0 and unit variance on each axis, for all and for the first few,
// with projections that differ in every direction. Pairs p, -p make the means exact; scaling makes the
// variances so.
std::vector<Vec3> gauss_cloud() {
    std::vector<Vec3> cloud;
    // Additive recurrence with powers of the plastic number's relative (root of x^4 = x + 1): evenly spread
    // in the cube.
    constexpr double root = 1.2207440846057596;
    for (int n = 1; n <= cloud_points / 2; ++n) {
        const auto value = [&](int power) {
            const double u = 0.5 + n / std::pow(root, power);
            // Far points would cost more reach than they are worth.
            return std::clamp(normal_quantile(u - std::floor(u)), -2.4, 2.4);
        };
        const Vec3 p{value(1), value(2), value(3)};
        cloud.push_back(p), cloud.push_back(-p);
    }
    const auto normalise = [&](int first, int last) {
        for (int axis = 0; axis < 3; ++axis) {
            double squares = 0;
            for (int n = first; n < last; ++n)
                squares += std::pow(cloud[static_cast<std::size_t>(n)][axis], 2);
            const double scale = std::sqrt((last - first) / squares);
            for (int n = first; n < last; ++n) cloud[static_cast<std::size_t>(n)][axis] *= scale;
        }
    };
    normalise(0, few_points);
    normalise(few_points, cloud_points);
    return cloud;
}

}  // namespace

RenderBlur render_blur(const ImageGeometry& image, const DrawnScan& scan, const ReadingBlur& reading) {
    constexpr double most_voxels = 0.85, fwhm_per_sd = 2.3548200450309493;
    const double narrow = design_psf(scan.psf_xy_fwhm_mm, scan.kernel_overshoot).narrow_sd_mm;
    const double across = scan.psf_z_fwhm_mm / fwhm_per_sd;
    return {std::min(std::sqrt(narrow * narrow + reading.xy_mm2), most_voxels * image.spacing_mm.x),
            std::min(std::sqrt(across * across + reading.z_mm2), most_voxels * image.spacing_mm.z)};
}

ImageGeometry scan_geometry(const HeartAnatomy& heart, const DrawnScan& scan, const ScannerOptions& options) {
    Vec3 low{1e9, 1e9, 1e9}, high{-1e9, -1e9, -1e9};
    const auto enclose = [&](Vec3 p) {
        low = {std::min(low.x, p.x), std::min(low.y, p.y), std::min(low.z, p.z)};
        high = {std::max(high.x, p.x), std::max(high.y, p.y), std::max(high.z, p.z)};
    };
    for (double t = 0; t <= 1.0; t += 0.05) {
        enclose(heart.anterior_groove(t)), enclose(heart.posterior_groove(t));
        enclose(heart.av_groove(2 * pi * t));
    }
    enclose(heart.left_ostium().position_lps_mm), enclose(heart.right_ostium().position_lps_mm);
    const double need_z = high.z - low.z + 12 + 18;  // below the heart, above the ostia
    const double need_xy = std::max(high.x - low.x, high.y - low.y) + 24;
    ImageGeometry image;
    image.size = {options.matrix, options.matrix, options.slices};
    const double pixel = std::max(scan.fov_mm, need_xy) / options.matrix;
    image.spacing_mm = {pixel, pixel, std::max(scan.slice_spacing_mm, need_z / options.slices)};
    const Vec3 middle =
        Vec3{0.5 * (low.x + high.x), 0.5 * (low.y + high.y), 0.5 * (low.z - 12 + high.z + 18)} +
        scan.center_lps_mm;
    for (int axis = 0; axis < 3; ++axis)
        image.origin_lps_mm[axis] = middle[axis] - 0.5 * image.spacing_mm[axis] * (image.size[axis] - 1);
    return image;
}

std::vector<Patch> artery_patches(const VesselField& field, const ImageGeometry& image,
                                  const RenderBlur& blur, double calcium_factor, const Run& run) {
    std::vector<Vec3> cloud = gauss_cloud();
    for (Vec3& point : cloud) point = {blur.xy_mm * point.x, blur.xy_mm * point.y, blur.z_mm * point.z};
    return collect(field.cover(), image, blur, "sample arteries", run, [&](Vec3 center, Patch& patch) {
        VesselField::Sample sample;
        const auto at = [&](Vec3 p) {
            if (!field.sample(p, sample)) return false;
            if (sample.label == Label::calcium) sample.hu *= calcium_factor;
            return true;
        };
        double sum = 0, least = 1e9, most = -1e9;
        int inside = 0, total = 0;
        for (const Vec3& point : cloud) {
            const bool alike = (inside == 0 || inside == total) && most - least < 10;
            if (total == few_points && alike) break;
            ++total;
            if (!at(center + point)) continue;
            ++inside, sum += sample.hu;
            least = std::min(least, sample.hu), most = std::max(most, sample.hu);
        }
        if (inside == 0) return false;
        patch.cover = static_cast<float>(inside) / static_cast<float>(total);
        patch.hu = static_cast<float>(sum / inside);
        if (at(center)) patch.label = static_cast<std::uint8_t>(sample.label);
        return true;
    });
}

std::vector<Patch> tube_patches(const std::vector<Tube>& tubes, const ImageGeometry& image,
                                const RenderBlur& blur, double hu, Label label, const Run& run) {
    std::vector<VesselField::Ball> balls;
    for (const Tube& one : tubes) {
        const auto& nodes = one.nodes();
        for (std::size_t n = 0; n + 1 < nodes.size(); ++n)
            balls.push_back({0.5 * (nodes[n].center + nodes[n + 1].center),
                             0.5 * distance(nodes[n].center, nodes[n + 1].center) +
                                 std::max(nodes[n].radius, nodes[n + 1].radius)});
    }
    const double flat = std::sqrt((2 * blur.xy_mm * blur.xy_mm + blur.z_mm * blur.z_mm) / 3);
    return collect(balls, image, blur, "sample tubes", run, [&](Vec3 center, Patch& patch) {
        double d = 1e9;
        for (const Tube& one : tubes) d = std::min(d, one(center));
        if (d > 3 * flat) return false;
        const double cover = 0.5 * std::erfc(d / (std::sqrt(2.0) * flat));
        patch.cover = static_cast<float>(cover), patch.hu = static_cast<float>(hu);
        if (d < 0) patch.label = static_cast<std::uint8_t>(label);
        return true;
    });
}

}  // namespace ctffr::phantom
