// SPDX-License-Identifier: Apache-2.0
#include "lumen/image_window.hpp"

#include <algorithm>
#include <cmath>

#include "ctffr/core/error.hpp"
#include "ctffr/parallel/parallel.hpp"

namespace ctffr::lumen {

ImageWindow window_around(const Volume& volume, const CoronaryTree& tree, double margin_mm, const Run& run) {
    const ImageGeometry& g = volume.geometry;
    Vec3 low{1e9, 1e9, 1e9}, high{-1e9, -1e9, -1e9};
    for (const Branch& branch : tree.branches)
        for (const CenterlinePoint& point : branch.points) {
            const Vec3 at = g.index_from_lps(point.position_lps_mm);
            for (int k = 0; k < 3; ++k) low[k] = std::min(low[k], at[k]), high[k] = std::max(high[k], at[k]);
        }
    int first[3], count[3];
    for (int k = 0; k < 3; ++k) {
        const double margin = margin_mm / g.spacing_mm[k];
        const int last = std::min(g.size[k] - 1, static_cast<int>(std::ceil(high[k] + margin)));
        first[k] = std::max(0, static_cast<int>(std::floor(low[k] - margin)));
        count[k] = last - first[k] + 1;
        if (!(low[k] <= high[k]) || count[k] < 4)
            throw Error(ExitCode::lumen_failed,
                        "The coronary tree lies outside the image (axis {}: voxels {:.0f} to {:.0f} of {}).",
                        k, low[k], high[k], g.size[k]);
    }
    ImageWindow window;
    window.geometry = g;
    window.geometry.size = {count[0], count[1], count[2]};
    window.geometry.origin_lps_mm = g.lps_from_index(
        {static_cast<double>(first[0]), static_cast<double>(first[1]), static_cast<double>(first[2])});
    window.coefficients.resize(static_cast<std::size_t>(window.geometry.size.count()));
    parallel_for(Cpu{run.profiler}, "lumen window", Index{count[1]} * count[2], [&](Index row) {
        const int j = static_cast<int>(row % count[1]), k = static_cast<int>(row / count[1]);
        const std::int16_t* from =
            &volume.hu[static_cast<std::size_t>(g.offset(first[0], first[1] + j, first[2] + k))];
        float* to = &window.coefficients[static_cast<std::size_t>(row * count[0])];
        for (int i = 0; i < count[0]; ++i) to[i] = static_cast<float>(from[i]);
    });
    on_device(run, [&](const auto& exec) {
        using Exec = std::decay_t<decltype(exec)>;
        Array<float, Exec> data(exec, window.coefficients);
        for (int axis = 0; axis < 3; ++axis)
            kernels::spline_coefficients(exec, window.geometry.size, axis, data.view());
        window.coefficients = data.to_host();
    });
    return window;
}

std::vector<float> sample_planes(const ImageWindow& window, const std::vector<kernels::SectionPlane>& planes,
                                 int angles, int steps, double step_mm, const Run& run) {
    return on_device(run, [&](const auto& exec) {
        using Exec = std::decay_t<decltype(exec)>;
        const Array<float, Exec> coefficients(exec, window.coefficients);
        const Array<kernels::SectionPlane, Exec> where(exec, planes);
        Array<float, Exec> out(exec, static_cast<Index>(planes.size()) * angles * steps);
        kernels::sample_rays(exec, window.geometry, coefficients.view(), where.view(), angles, steps, step_mm,
                             -1000.0F, out.view());
        return out.to_host();
    });
}

}  // namespace ctffr::lumen
