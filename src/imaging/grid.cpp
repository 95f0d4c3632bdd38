// SPDX-License-Identifier: Apache-2.0
#include "imaging/grid.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "ctffr/kernels/image.hpp"
#include "ctffr/kernels/morphology.hpp"
#include "ctffr/parallel/parallel.hpp"

namespace ctffr::imaging {

namespace {

struct Corner {
    Index base, dx, dy, dz;
    double fx, fy, fz;
};

// The voxel cell around a continuous index, clamped to the grid.
Corner cell(const Int3& size, Vec3 at) {
    Corner c{};
    const auto clamp = [](double v, int n) { return std::clamp(v, 0.0, static_cast<double>(n - 1)); };
    const double x = clamp(at.x, size.x), y = clamp(at.y, size.y), z = clamp(at.z, size.z);
    const Index i = static_cast<Index>(x), j = static_cast<Index>(y), k = static_cast<Index>(z);
    c.fx = x - static_cast<double>(i), c.fy = y - static_cast<double>(j), c.fz = z - static_cast<double>(k);
    c.base = i + size.x * (j + Index{size.y} * k);
    c.dx = i + 1 < size.x ? 1 : 0, c.dy = j + 1 < size.y ? size.x : 0;
    c.dz = k + 1 < size.z ? Index{size.x} * size.y : 0;
    return c;
}

template <class T>
double trilinear(const T* data, const Corner& c) {
    const T* p = data + c.base;
    const auto plane = [&](const T* q) {
        return (q[0] * (1 - c.fx) + q[c.dx] * c.fx) * (1 - c.fy) +
               (q[c.dy] * (1 - c.fx) + q[c.dx + c.dy] * c.fx) * c.fy;
    };
    return plane(p) * (1 - c.fz) + plane(p + c.dz) * c.fz;
}

}  // namespace

Vec3 ScalarGrid::position(Index voxel) const {
    const Index plane = Index{geometry.size.x} * geometry.size.y;
    return geometry.lps_from_index({static_cast<double>(voxel % geometry.size.x),
                                    static_cast<double>(voxel % plane / geometry.size.x),
                                    static_cast<double>(voxel / plane)});
}

Index ScalarGrid::voxel_at(Vec3 lps_mm) const {
    const Vec3 at = geometry.index_from_lps(lps_mm);
    const int i = static_cast<int>(std::lround(at.x)), j = static_cast<int>(std::lround(at.y));
    const int k = static_cast<int>(std::lround(at.z));
    if (i < 0 || j < 0 || k < 0 || i >= geometry.size.x || j >= geometry.size.y || k >= geometry.size.z)
        return -1;
    return geometry.offset(i, j, k);
}

double ScalarGrid::at(Vec3 lps_mm) const {
    return trilinear(values.data(), cell(geometry.size, geometry.index_from_lps(lps_mm)));
}

double sample_hu(const Volume& volume, Vec3 lps_mm) {
    return trilinear(volume.hu.data(), cell(volume.geometry.size, volume.geometry.index_from_lps(lps_mm)));
}

Box bounding_box(const ImageGeometry& geometry) {
    Box box{{1e30, 1e30, 1e30}, {-1e30, -1e30, -1e30}};
    for (int corner = 0; corner < 8; ++corner) {
        const Vec3 p = geometry.lps_from_index({corner & 1 ? geometry.size.x - 1.0 : 0.0,
                                                corner & 2 ? geometry.size.y - 1.0 : 0.0,
                                                corner & 4 ? geometry.size.z - 1.0 : 0.0});
        for (int a = 0; a < 3; ++a)
            box.low[a] = std::min(box.low[a], p[a]), box.high[a] = std::max(box.high[a], p[a]);
    }
    return box;
}

ImageGeometry grid_geometry(const Box& box, double spacing_mm) {
    ImageGeometry g;
    const auto voxels = [&](double low, double high) {
        return std::max(3, static_cast<int>(std::floor((high - low) / spacing_mm)) + 1);
    };
    g.size = {voxels(box.low.x, box.high.x), voxels(box.low.y, box.high.y), voxels(box.low.z, box.high.z)};
    g.spacing_mm = {spacing_mm, spacing_mm, spacing_mm};
    g.origin_lps_mm = box.low;
    return g;
}

ScalarGrid resample(const Volume& volume, const ImageGeometry& to, int samples, const Run& run) {
    ScalarGrid grid{to, {}};
    on_device(run, [&](const auto& exec) {
        using Exec = std::decay_t<decltype(exec)>;
        const Array<std::int16_t, Exec> in(exec, std::span<const std::int16_t>(volume.hu));
        Array<float, Exec> out(exec, to.size.count());
        kernels::resample_hu(exec, volume.geometry, in.view(), to, samples, -1000.0f, out.view());
        grid.values = out.to_host();
    });
    return grid;
}

std::vector<float> gaussian_weights(double sigma_voxels) {
    const int radius = std::max(1, static_cast<int>(std::ceil(4 * sigma_voxels)));
    std::vector<float> weights(as_size(radius) + 1);
    double sum = 0;
    for (int t = -radius; t <= radius; ++t) sum += std::exp(-0.5 * t * t / (sigma_voxels * sigma_voxels));
    for (int t = 0; t <= radius; ++t)
        weights[as_size(t)] =
            static_cast<float>(std::exp(-0.5 * t * t / (sigma_voxels * sigma_voxels)) / sum);
    return weights;
}

ScalarGrid gaussian(const ScalarGrid& grid, double sigma_mm, const Run& run) {
    if (sigma_mm <= 0) return grid;
    ScalarGrid result{grid.geometry, {}};
    const auto weights = gaussian_weights(sigma_mm / grid.spacing_mm());
    on_device(run, [&](const auto& exec) {
        using Exec = std::decay_t<decltype(exec)>;
        const Array<float, Exec> w(exec, weights);
        Array<float, Exec> a(exec, grid.values), b(exec, grid.geometry.size.count());
        const Int3 size = grid.geometry.size;
        kernels::convolve_axis(exec, size, 0, w.view(), std::as_const(a).view(), b.view());
        kernels::convolve_axis(exec, size, 1, w.view(), std::as_const(b).view(), a.view());
        kernels::convolve_axis(exec, size, 2, w.view(), std::as_const(a).view(), b.view());
        result.values = b.to_host();
    });
    return result;
}

std::vector<float> distance_to(const ImageGeometry& geometry, const Mask& mask, double reach_mm,
                               const Run& run) {
    std::vector<float> result;
    on_device(run, [&](const auto& exec) {
        using Exec = std::decay_t<decltype(exec)>;
        const Array<std::uint8_t, Exec> in(exec, mask);
        Array<float, Exec> scratch(exec, geometry.size.count()), out(exec, geometry.size.count());
        kernels::distance_to_mask(exec, geometry.size, geometry.spacing_mm, reach_mm, in.view(),
                                  scratch.view(), out.view());
        result = out.to_host();
    });
    return result;
}

Mask dilated(const ImageGeometry& geometry, const Mask& mask, double radius_mm, const Run& run) {
    const auto far = distance_to(geometry, mask, radius_mm + geometry.spacing_mm.x, run);
    Mask result(mask.size());
    for (std::size_t i = 0; i < mask.size(); ++i) result[i] = far[i] <= radius_mm;
    return result;
}

Mask opened(const ImageGeometry& geometry, const Mask& mask, double radius_mm, const Run& run) {
    Mask outside(mask.size());
    for (std::size_t i = 0; i < mask.size(); ++i) outside[i] = !mask[i];
    const auto depth = distance_to(geometry, outside, radius_mm + geometry.spacing_mm.x, run);
    for (std::size_t i = 0; i < mask.size(); ++i) outside[i] = depth[i] > radius_mm;
    return dilated(geometry, outside, radius_mm, run);
}

Components connected_components(Int3 size, const Mask& mask) {
    Components result{std::vector<std::int32_t>(mask.size(), 0), {0}};
    const Index nx = size.x, nxy = Index{size.x} * size.y, n = size.count();
    std::vector<Index> stack;
    for (Index seed = 0; seed < n; ++seed) {
        if (!mask[as_size(seed)] || result.label[as_size(seed)]) continue;
        const auto id = static_cast<std::int32_t>(result.size.size());
        result.size.push_back(0);
        stack.assign(1, seed);
        result.label[as_size(seed)] = id;
        while (!stack.empty()) {
            const Index v = stack.back();
            stack.pop_back();
            ++result.size.back();
            const Index x = v % nx, y = v % nxy / nx, z = v / nxy;
            const auto visit = [&](bool inside, Index other) {
                if (!inside || !mask[as_size(other)] || result.label[as_size(other)]) return;
                result.label[as_size(other)] = id;
                stack.push_back(other);
            };
            visit(x > 0, v - 1), visit(x + 1 < nx, v + 1);
            visit(y > 0, v - nx), visit(y + 1 < size.y, v + nx);
            visit(z > 0, v - nxy), visit(z + 1 < size.z, v + nxy);
        }
    }
    return result;
}

double quantile_of(std::vector<double> values, double q) {
    if (values.empty()) return 0;
    const auto at =
        static_cast<std::ptrdiff_t>(std::clamp(q, 0.0, 1.0) * static_cast<double>(values.size() - 1) + 0.5);
    std::nth_element(values.begin(), values.begin() + at, values.end());
    return values[as_size(at)];
}

double median_of(std::vector<double> values) { return quantile_of(std::move(values), 0.5); }

}  // namespace ctffr::imaging
