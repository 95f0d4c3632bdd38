// SPDX-License-Identifier: Apache-2.0
#include "phantom/render.hpp"

#include <algorithm>
#include <cmath>

#include "ctffr/core/units.hpp"
#include "ctffr/parallel/parallel.hpp"

namespace ctffr::phantom {
namespace {

using kernels::Patch;

// Marks the pixels of a slice whose box may touch one of the balls, in order, each once.
std::vector<int> touched_pixels(const std::vector<VesselField::Ball>& balls, const ImageGeometry& image,
                                int slice, double box_mm) {
    const double z = image.origin_lps_mm.z + slice * image.spacing_mm.z, margin = 0.87 * box_mm;
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
                           const char* name, const Run& run, const Make& make) {
    std::vector<std::vector<Patch>> per_slice(static_cast<std::size_t>(image.size.z));
    const double box = render_box_mm(image);
    parallel_for_uneven(Cpu{run.profiler}, name, image.size.z, 1, [&](Index k) {
        auto& patches = per_slice[static_cast<std::size_t>(k)];
        for (const int pixel : touched_pixels(balls, image, static_cast<int>(k), box)) {
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

}  // namespace

double render_box_mm(const ImageGeometry& image) { return image.spacing_mm.x; }

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

std::vector<Patch> artery_patches(const VesselField& field, const ImageGeometry& image, double calcium_factor,
                                  const Run& run) {
    const double box = render_box_mm(image);
    return collect(field.cover(), image, "sample arteries", run, [&](Vec3 center, Patch& patch) {
        VesselField::Sample sample;
        const auto at = [&](Vec3 p) {
            if (!field.sample(p, sample)) return false;
            if (sample.label == Label::calcium) sample.hu *= calcium_factor;
            return true;
        };
        double sum = 0, least = 1e9, most = -1e9;
        int inside = 0, total = 0;
        const auto lattice = [&](int side) {
            for (int n = 0; n < side * side * side; ++n) {
                const Vec3 cell{(n % side + 0.5) / side - 0.5, (n / side % side + 0.5) / side - 0.5,
                                (n / (side * side) + 0.5) / side - 0.5};
                ++total;
                if (!at(center + box * cell)) continue;
                ++inside, sum += sample.hu;
                least = std::min(least, sample.hu), most = std::max(most, sample.hu);
            }
        };
        lattice(2);
        const bool even = (inside == 0 || inside == total) && most - least < 20;
        if (!even) lattice(3);
        if (inside == 0) return false;
        patch.cover = static_cast<float>(inside) / static_cast<float>(total);
        patch.hu = static_cast<float>(sum / inside);
        if (at(center)) patch.label = static_cast<std::uint8_t>(sample.label);
        return true;
    });
}

std::vector<Patch> tube_patches(const std::vector<Tube>& tubes, const ImageGeometry& image, double hu,
                                Label label, const Run& run) {
    std::vector<VesselField::Ball> balls;
    for (const Tube& one : tubes) {
        const auto& nodes = one.nodes();
        for (std::size_t n = 0; n + 1 < nodes.size(); ++n)
            balls.push_back({0.5 * (nodes[n].center + nodes[n + 1].center),
                             0.5 * distance(nodes[n].center, nodes[n + 1].center) +
                                 std::max(nodes[n].radius, nodes[n + 1].radius)});
    }
    const double box = render_box_mm(image);
    return collect(balls, image, "sample tubes", run, [&](Vec3 center, Patch& patch) {
        double d = 1e9;
        for (const Tube& one : tubes) d = std::min(d, one(center));
        const double cover = std::clamp(0.5 - d / box, 0.0, 1.0);
        if (cover <= 0) return false;
        patch.cover = static_cast<float>(cover), patch.hu = static_cast<float>(hu);
        if (d < 0) patch.label = static_cast<std::uint8_t>(label);
        return true;
    });
}

}  // namespace ctffr::phantom
