// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "ctffr/core/error.hpp"
#include "ctffr/core/units.hpp"
#include "ctffr/kernels/image.hpp"
#include "ctffr/parallel/parallel.hpp"
#include "lumen/measured.hpp"

namespace ctffr::lumen {

namespace {

// The mask around the tree as a smooth indicator: 1 inside, 0 outside.
struct SmoothMask {
    ImageGeometry geometry;
    std::vector<float> value;
    double sigma_mm = 0;

    double at(Vec3 p) const {
        const Vec3 i = geometry.index_from_lps(p);
        if (!geometry.contains(i)) return 0;
        const int x = std::min(static_cast<int>(i.x), geometry.size.x - 2);
        const int y = std::min(static_cast<int>(i.y), geometry.size.y - 2);
        const int z = std::min(static_cast<int>(i.z), geometry.size.z - 2);
        const double fx = i.x - x, fy = i.y - y, fz = i.z - z;
        double sum = 0;
        for (int c = 0; c < 8; ++c) {
            const double w = (c & 1 ? fx : 1 - fx) * (c & 2 ? fy : 1 - fy) * (c & 4 ? fz : 1 - fz);
            sum += w * value[static_cast<std::size_t>(
                           geometry.offset(x + (c & 1), y + (c >> 1 & 1), z + (c >> 2 & 1)))];
        }
        return sum;
    }
};

std::vector<float> gaussian_taps(double sigma_voxels) {
    const int radius = std::max(1, static_cast<int>(std::ceil(4 * sigma_voxels)));
    std::vector<float> taps;
    double sum = 0;
    for (int k = 0; k <= radius; ++k) {
        taps.push_back(static_cast<float>(std::exp(-0.5 * k * k / (sigma_voxels * sigma_voxels))));
        sum += (k == 0 ? 1 : 2) * double{taps.back()};
    }
    for (float& w : taps) w = static_cast<float>(w / sum);
    return taps;
}

SmoothMask smooth_mask(const Segmentation& mask, const CoronaryTree& tree, const Run& run) {
    const ImageGeometry& g = mask.geometry;
    const auto is_coronary = [](std::uint8_t label) {
        return label == static_cast<std::uint8_t>(Label::coronary_left) ||
               label == static_cast<std::uint8_t>(Label::coronary_right);
    };
    const bool labelled = std::any_of(mask.labels.begin(), mask.labels.end(), is_coronary);
    Vec3 low{1e9, 1e9, 1e9}, high{-1e9, -1e9, -1e9};
    for (const Branch& branch : tree.branches)
        for (const CenterlinePoint& point : branch.points) {
            const Vec3 at = g.index_from_lps(point.position_lps_mm);
            for (int k = 0; k < 3; ++k) low[k] = std::min(low[k], at[k]), high[k] = std::max(high[k], at[k]);
        }
    int first[3], size[3];
    for (int k = 0; k < 3; ++k) {
        first[k] = std::clamp(static_cast<int>(low[k] - 8 / g.spacing_mm[k]), 0, g.size[k] - 1);
        const int last = std::clamp(static_cast<int>(high[k] + 8 / g.spacing_mm[k]) + 1, 0, g.size[k] - 1);
        size[k] = last - first[k] + 1;
        if (size[k] < 2)
            throw Error(ExitCode::lumen_failed, "The coronary tree lies outside the mask along axis {}.", k);
    }
    SmoothMask smooth;
    smooth.geometry = g;
    smooth.geometry.size = {size[0], size[1], size[2]};
    smooth.geometry.origin_lps_mm = g.lps_from_index(
        {static_cast<double>(first[0]), static_cast<double>(first[1]), static_cast<double>(first[2])});
    smooth.value.resize(static_cast<std::size_t>(smooth.geometry.size.count()));
    for (int z = 0; z < size[2]; ++z)
        for (int y = 0; y < size[1]; ++y)
            for (int x = 0; x < size[0]; ++x) {
                const std::uint8_t label =
                    mask.labels[static_cast<std::size_t>(g.offset(first[0] + x, first[1] + y, first[2] + z))];
                smooth.value[static_cast<std::size_t>(smooth.geometry.offset(x, y, z))] =
                    (labelled ? is_coronary(label) : label != 0) ? 1.0F : 0.0F;
            }
    // One width in mm for all axes, so that the smoothing is the same in every direction.
    const double widest = std::max({g.spacing_mm.x, g.spacing_mm.y, g.spacing_mm.z});
    smooth.sigma_mm = 0.6 * widest;
    on_device(run, [&](const auto& exec) {
        using Exec = std::decay_t<decltype(exec)>;
        Array<float, Exec> a(exec, smooth.value), b(exec, smooth.geometry.size.count());
        for (int axis = 0; axis < 3; ++axis) {
            const Array<float, Exec> taps(exec, gaussian_taps(smooth.sigma_mm / g.spacing_mm[axis]));
            kernels::convolve_axis(exec, smooth.geometry.size, axis, taps.view(), View<const float>(a.view()),
                                   b.view());
            std::swap(a, b);
        }
        smooth.value = a.to_host();
    });
    return smooth;
}

// Distance from `center` along `direction` at which the indicator falls through one half; -1 when it does
// not.
double half_level(const SmoothMask& mask, Vec3 center, Vec3 direction) {
    constexpr double step = 0.1, reach = 6;
    double before = mask.at(center);
    if (before < 0.5) return -1;
    for (double rho = step; rho < reach; rho += step) {
        const double now = mask.at(center + rho * direction);
        if (now < 0.5) return rho - step * (0.5 - now) / (before - now);
        before = now;
    }
    return -1;
}

}  // namespace

Measured measure_mask(const Segmentation& mask, const CoronaryTree& tree, int angles, const Run& run) {
    const SmoothMask smooth = smooth_mask(mask, tree, run);
    Measured out;
    out.tree = tree;
    out.lumen.method = "mask";
    std::size_t total = 0, measured = 0;
    for (Branch& branch : out.tree.branches) {
        run.check_cancel();
        LumenBranch lumen_branch;
        lumen_branch.branch = branch.id;
        lumen_branch.sections = frames_along(branch);
        auto& sections = lumen_branch.sections;
        std::vector<std::vector<double>> raw(sections.size());
        parallel_for(Cpu{run.profiler}, "mask rays", static_cast<Index>(sections.size()), [&](Index index) {
            const auto i = static_cast<std::size_t>(index);
            const LumenSection& s = sections[i];
            // Where the centre is outside, no ray counts and the section is interpolated.
            raw[i].assign(static_cast<std::size_t>(angles), -1);
            for (int a = 0; a < angles; ++a) {
                const double phi = 2 * pi * a / angles;
                const double r = half_level(smooth, s.center_lps_mm,
                                            std::cos(phi) * s.normal + std::sin(phi) * s.binormal);
                // A disc blurred by sigma has its half level at r - sigma^2 / (2 r).
                if (r > 0)
                    raw[i][static_cast<std::size_t>(a)] =
                        r + smooth.sigma_mm * smooth.sigma_mm / (2 * std::max(r, smooth.sigma_mm));
            }
        });
        total += sections.size();
        const int known = complete_sections(sections, raw);
        measured += static_cast<std::size_t>(known);
        if (known == 0)
            throw Error(ExitCode::lumen_failed,
                        "Coronary branch {} ({}) lies outside the mask; check mask and centerlines.",
                        branch.id, segment_name(branch.segment));
        for (std::size_t i = 0; i < sections.size(); ++i)
            branch.points[i].radius_mm = equivalent_radius_mm(sections[i]);
        out.lumen.branches.push_back(std::move(lumen_branch));
    }
    if (2 * measured < total)
        throw Error(ExitCode::lumen_failed,
                    "Only {} of {} centerline points lie inside the mask; check that they belong together.",
                    measured, total);
    if (10 * measured < 9 * total)
        out.remarks.push_back(
            fmt::format("{} of {} centerline points lie outside the mask; the lumen there is interpolated.",
                        total - measured, total));
    return out;
}

}  // namespace ctffr::lumen
