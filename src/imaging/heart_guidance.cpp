// SPDX-License-Identifier: Apache-2.0
#include "imaging/heart_guidance.hpp"

#include <algorithm>
#include <cmath>

#include "ctffr/core/units.hpp"
#include "ctffr/parallel/parallel.hpp"

namespace ctffr::imaging {

namespace {

constexpr double slowest = 0.02;  // as of voxels without evidence (VesselnessOptions::weak_speed)

// Calls visit(voxel, point) for the voxels of a grid that lie in the network's box.
template <class Visit>
void for_voxels_seen(const HeartMaps& maps, const ImageGeometry& geometry, const char* what, const Run& run,
                     const Visit& visit) {
    const ScalarGrid frame{geometry, {}};
    parallel_for(Cpu{run.profiler}, what, geometry.size.count(), [&](Index voxel) {
        const Vec3 p = frame.position(voxel);
        if (maps.geometry().contains(maps.geometry().index_from_lps(p))) visit(as_size(voxel), p);
    });
}

}  // namespace

void guide_pools(const HeartMaps& maps, const ImageGeometry& geometry, Mask& blocked, const Run& run) {
    for_voxels_seen(maps, geometry, "guide pools", run, [&](std::size_t voxel, Vec3 p) {
        const double lumen = maps.lumen_at(p);
        if (blocked[voxel])
            blocked[voxel] = !(lumen > 0.6 && maps.at(HeartMaps::aorta_mm, p) > 0.5);
        else
            blocked[voxel] = maps.at(HeartMaps::look_alike, p) > 0.6 && lumen < 0.2;
    });
}

namespace {

// Radius (mm) of the artery about every voxel of the network's grid where it sees one, else 0: the volume
// seen in a ball, two voxels each way, over the longest way through it is the area of a section, as far as
// one artery runs there, and what the network's voxels add to a thin one (measured on virtual patients: an
// artery of 0.5 mm radius looks like one of 0.73 mm).
std::vector<float> seen_radius_mm(const HeartMaps& maps, const Run& run) {
    constexpr double ball_mm = 2.4, added_mm2 = 0.85;
    constexpr Index reach = 2;
    constexpr float least_seen = 0.3f;
    const ScalarGrid& grid = maps.maps[HeartMaps::lumen_left];
    const std::vector<float>& left = grid.values;
    const std::vector<float>& right = maps.maps[HeartMaps::lumen_right].values;
    const Int3 n = grid.geometry.size;
    const double h = grid.spacing_mm();
    std::vector<float> radius(left.size(), 0.0f);
    parallel_for(Cpu{run.profiler}, "guide radius", n.count(), [&](Index voxel) {
        if (left[as_size(voxel)] + right[as_size(voxel)] < least_seen) return;
        const Index x = voxel % n.x, y = voxel / n.x % n.y, z = voxel / (Index{n.x} * n.y);
        double seen = 0;
        for (Index c = std::max<Index>(0, z - reach); c <= std::min<Index>(n.z - 1, z + reach); ++c)
            for (Index b = std::max<Index>(0, y - reach); b <= std::min<Index>(n.y - 1, y + reach); ++b)
                for (Index a = std::max<Index>(0, x - reach); a <= std::min<Index>(n.x - 1, x + reach); ++a) {
                    const auto away = (a - x) * (a - x) + (b - y) * (b - y) + (c - z) * (c - z);
                    if (static_cast<double>(away) * h * h > ball_mm * ball_mm) continue;
                    const auto at = as_size(a + n.x * (b + Index{n.y} * c));
                    seen += std::min(1.0, static_cast<double>(left[at]) + static_cast<double>(right[at]));
                }
        const double area_mm2 = seen * h * h * h / (2 * ball_mm) - added_mm2;
        radius[as_size(voxel)] = static_cast<float>(std::sqrt(std::max(0.0, area_mm2) / pi));
    });
    return radius;
}

}  // namespace

std::vector<float> guide_vessels(const HeartMaps& maps, const Mask& blocked, Vesselness& vessels,
                                 const Run& run) {
    // Where the network sees nothing the evidence of the clearest tube falls below what grow_paths calls
    // weak: it may be crossed, but no path ends there. What the network alone is sure of is enough to end on.
    constexpr double unseen = 0.1, seen_well = 0.5, left_over = 0.15, network_alone = 0.6;
    // Off the axis that the network gives it does not count alone: paths are to stay in the middle.
    constexpr double off_axis_mm = 2;
    // Thicker ones are measured in the image; this only keeps thin ones from passing for thinner.
    constexpr float thin_mm = 0.8f;
    std::vector<float> together = vessels.evidence;
    const std::vector<float> radius = seen_radius_mm(maps, run);
    const ScalarGrid network{maps.geometry(), {}};
    for_voxels_seen(maps, vessels.geometry, "guide vessels", run, [&](std::size_t voxel, Vec3 p) {
        const double classical = vessels.evidence[voxel];
        if (blocked[voxel]) return;
        const double seen = maps.lumen_at(p);
        if (classical <= 0 && seen < unseen) return;
        const double trust = std::clamp((seen - unseen) / (seen_well - unseen), 0.0, 1.0);
        const double axis = std::clamp(off_axis_mm - maps.at(HeartMaps::centerline_mm, p), 0.0, 1.0);
        const double guided =
            classical * (left_over + (1 - left_over) * trust) + (1 - classical) * network_alone * seen * axis;
        together[voxel] = static_cast<float>(guided);
        vessels.evidence[voxel] = std::max(vessels.evidence[voxel], together[voxel]);
        const double speed =
            classical > 0 ? std::min(guided, static_cast<double>(vessels.speed[voxel]) * guided / classical)
                          : guided * (0.2 + 0.8 * axis * axis);
        vessels.speed[voxel] = static_cast<float>(std::max(slowest, speed));
        if (const Index at = network.voxel_at(p); at >= 0 && seen > seen_well)
            vessels.radius_mm[voxel] =
                std::max(vessels.radius_mm[voxel], std::min(thin_mm, radius[as_size(at)]));
    });
    return together;
}

SideSupport& SideSupport::operator+=(const SideSupport& other) {
    left += other.left, right += other.right, length_mm += other.length_mm;
    return *this;
}

double SideSupport::share(Side side) const {
    return length_mm > 0 ? (side == Side::left ? left : right) / length_mm : 0.5;
}

SideSupport side_support(const HeartMaps& maps, const std::vector<Vec3>& line) {
    SideSupport support;
    for (std::size_t i = 1; i < line.size(); ++i) {
        const double step = distance(line[i - 1], line[i]);
        support.left += step * maps.at(HeartMaps::lumen_left, line[i]);
        support.right += step * maps.at(HeartMaps::lumen_right, line[i]);
        support.length_mm += step;
    }
    return support;
}

double guided_prior(double prior, double share) { return (0.2 + 0.8 * prior) * share; }

}  // namespace ctffr::imaging
