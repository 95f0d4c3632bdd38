// SPDX-License-Identifier: Apache-2.0
#include "imaging/agatston.hpp"

#include <algorithm>
#include <cmath>

#include "ctffr/core/error.hpp"

namespace ctffr::imaging {

namespace {

constexpr double defined_slice_mm = 3, thin_slice_mm = 1.5, least_area_mm2 = 1;

int weight_of(double peak_hu, const CalciumThresholds& t) {
    return peak_hu >= t.weight4_hu ? 4 : peak_hu >= t.weight3_hu ? 3 : peak_hu >= t.weight2_hu ? 2 : 1;
}

}  // namespace

CalciumThresholds calcium_thresholds(double kvp) {
    constexpr double tolerance_kv = 2, at_100_kv_hu = 147;
    const CalciumThresholds at_120;
    if (!(kvp > 0) || std::abs(kvp - 120) <= tolerance_kv) return at_120;
    if (std::abs(kvp - 100) <= tolerance_kv) {
        const double factor = at_100_kv_hu / at_120.calcium_hu;
        return {at_100_kv_hu, factor * at_120.weight2_hu, factor * at_120.weight3_hu,
                factor * at_120.weight4_hu};
    }
    throw Error(
        ExitCode::input_unsupported,
        "The calcium series was made at {:.0f} kV: the Agatston score is defined at 120 kV, and has a "
        "published threshold at 100 kV. Give a series of one of these.",
        kvp);
}

Volume calcium_slices(const Volume& volume) {
    const ImageGeometry& g = volume.geometry;
    const int stack = static_cast<int>(std::lround(defined_slice_mm / g.spacing_mm.z));
    if (g.spacing_mm.z >= thin_slice_mm || stack < 2) return volume;
    Volume thick;
    thick.acquisition = volume.acquisition, thick.patient = volume.patient, thick.hash = volume.hash;
    thick.geometry = g;
    thick.geometry.size.z = g.size.z / stack;
    thick.geometry.spacing_mm.z = stack * g.spacing_mm.z;
    thick.geometry.origin_lps_mm = g.lps_from_index({0, 0, 0.5 * (stack - 1)});
    const auto plane = static_cast<std::size_t>(g.size.x) * static_cast<std::size_t>(g.size.y);
    thick.hu.resize(plane * static_cast<std::size_t>(thick.geometry.size.z));
    for (int k = 0; k < thick.geometry.size.z; ++k)
        for (std::size_t p = 0; p < plane; ++p) {
            double sum = 0;
            for (int s = 0; s < stack; ++s)
                sum += volume.hu[plane * static_cast<std::size_t>(k * stack + s) + p];
            thick.hu[plane * static_cast<std::size_t>(k) + p] =
                static_cast<std::int16_t>(std::lround(sum / stack));
        }
    return thick;
}

std::vector<Index> bright_voxels(const Volume& volume, const CalciumThresholds& thresholds) {
    std::vector<Index> voxels;
    for (std::size_t v = 0; v < volume.hu.size(); ++v)
        if (volume.hu[v] >= thresholds.calcium_hu) voxels.push_back(static_cast<Index>(v));
    return voxels;
}

std::vector<CalciumRegion> calcium_regions(const Volume& volume, const std::vector<Index>& voxels,
                                           const CalciumThresholds& thresholds) {
    const ImageGeometry& g = volume.geometry;
    const Index nx = g.size.x, plane = nx * g.size.y;
    const double pixel_mm2 = g.spacing_mm.x * g.spacing_mm.y;
    std::vector<std::uint8_t> taken(voxels.size(), 0);
    // Position of a voxel in the list; its size for one that is not there.
    const auto find = [&](Index voxel) {
        const auto at = std::lower_bound(voxels.begin(), voxels.end(), voxel);
        return at != voxels.end() && *at == voxel ? static_cast<std::size_t>(at - voxels.begin())
                                                  : voxels.size();
    };
    std::vector<CalciumRegion> regions;
    std::vector<std::size_t> front;
    for (std::size_t seed = 0; seed < voxels.size(); ++seed) {
        if (taken[seed]) continue;
        CalciumRegion region;
        region.slice = static_cast<int>(voxels[seed] / plane);
        region.peak_hu = -1e9;
        std::size_t pixels = 0;
        front.assign(1, seed);
        taken[seed] = 1;
        while (!front.empty()) {
            const Index voxel = voxels[front.back()];
            front.pop_back();
            ++pixels;
            const int i = static_cast<int>(voxel % nx), j = static_cast<int>(voxel % plane / nx);
            const double hu = volume.hu[static_cast<std::size_t>(voxel)];
            if (hu > region.peak_hu || (hu == region.peak_hu && voxel < region.peak_voxel))
                region.peak_hu = hu, region.peak_voxel = voxel;
            for (int dj = -1; dj <= 1; ++dj)
                for (int di = -1; di <= 1; ++di) {
                    if (i + di < 0 || i + di >= g.size.x || j + dj < 0 || j + dj >= g.size.y) continue;
                    const std::size_t next = find(voxel + di + nx * dj);
                    if (next == voxels.size() || taken[next]) continue;
                    taken[next] = 1;
                    front.push_back(next);
                }
        }
        region.area_mm2 = static_cast<double>(pixels) * pixel_mm2;
        // An area of exactly 1 mm2 must not fall to the rounding of the pixel spacing.
        if (region.area_mm2 < least_area_mm2 * (1 - 1e-9)) continue;
        region.volume_mm3 = region.area_mm2 * g.spacing_mm.z;
        region.weight = weight_of(region.peak_hu, thresholds);
        region.agatston = region.area_mm2 * region.weight * g.spacing_mm.z / defined_slice_mm;
        regions.push_back(region);
    }
    return regions;
}

}  // namespace ctffr::imaging
