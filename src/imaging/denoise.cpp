// SPDX-License-Identifier: Apache-2.0
#include "imaging/denoise.hpp"

#include <algorithm>
#include <cmath>

namespace ctffr::imaging {

double aortic_noise_hu(const ScalarGrid& image, const HeartFrame& heart) {
    const double h = image.spacing_mm();
    const Vec3 u = any_normal(heart.aorta_axis), v = cross(heart.aorta_axis, u);
    std::vector<double> deviations;
    for (const AortaSection& s : heart.aorta) {
        const int reach = static_cast<int>(0.5 * s.radius_mm / h);
        double n = 0, sum = 0, squares = 0;
        for (int i = -reach; i <= reach; ++i)
            for (int j = -reach; j <= reach; ++j) {
                if (i * i + j * j > reach * reach) continue;
                const Index voxel = image.voxel_at(s.center_lps_mm + (i * h) * u + (j * h) * v);
                if (voxel < 0) continue;
                const double hu = image.values[as_size(voxel)];
                n += 1, sum += hu, squares += hu * hu;
            }
        if (n > 50) deviations.push_back(std::sqrt(std::max(0.0, squares / n - sum * sum / (n * n))));
    }
    return median_of(deviations);
}

namespace {

// The part of the image around the middle of the aorta, with room for the smoothing.
ScalarGrid around_aorta(const ScalarGrid& image, const HeartFrame& heart, double room_mm) {
    const ImageGeometry& g = image.geometry;
    Vec3 low{1e9, 1e9, 1e9}, high{-1e9, -1e9, -1e9};
    for (const AortaSection& s : heart.aorta)
        for (int a = 0; a < 3; ++a) {
            low[a] = std::min(low[a], s.center_lps_mm[a] - 0.5 * s.radius_mm - room_mm);
            high[a] = std::max(high[a], s.center_lps_mm[a] + 0.5 * s.radius_mm + room_mm);
        }
    const Vec3 first = g.index_from_lps(low), last = g.index_from_lps(high);
    int from[3], to[3];
    for (int a = 0; a < 3; ++a) {
        from[a] = std::clamp(static_cast<int>(std::floor(first[a])), 0, g.size[a] - 1);
        to[a] = std::clamp(static_cast<int>(std::ceil(last[a])), from[a], g.size[a] - 1);
    }
    ScalarGrid part{g, {}};
    part.geometry.size = {to[0] - from[0] + 1, to[1] - from[1] + 1, to[2] - from[2] + 1};
    part.geometry.origin_lps_mm = g.lps_from_index({double(from[0]), double(from[1]), double(from[2])});
    for (int k = from[2]; k <= to[2]; ++k)
        for (int j = from[1]; j <= to[1]; ++j) {
            const auto row = image.values.begin() + g.offset(0, j, k);
            part.values.insert(part.values.end(), row + from[0], row + to[0] + 1);
        }
    return part;
}

}  // namespace

double denoising_sigma_mm(const ScalarGrid& image, const HeartFrame& heart, double noise_hu, double widest_mm,
                          const Run& run) {
    if (heart.aorta.empty() || aortic_noise_hu(image, heart) <= noise_hu) return 0;
    const ScalarGrid part = around_aorta(image, heart, 3 * widest_mm);
    // A Gaussian much narrower than a voxel has no effect on the grid.
    double low = 0.3 * image.spacing_mm(), high = widest_mm;
    for (int step = 0; step < 5; ++step) {
        const double middle = 0.5 * (low + high);
        (aortic_noise_hu(gaussian(part, middle, run), heart) > noise_hu ? low : high) = middle;
    }
    return high;
}

}  // namespace ctffr::imaging
