// SPDX-License-Identifier: Apache-2.0
#include "imaging/heart_guidance.hpp"

#include <algorithm>

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

std::vector<float> guide_vessels(const HeartMaps& maps, const Mask& blocked, Vesselness& vessels,
                                 const Run& run) {
    // Where the network sees nothing the evidence of the clearest tube falls below what grow_paths calls
    // weak: it may be crossed, but no path ends there.
    constexpr double unseen = 0.1, seen_well = 0.5, left_over = 0.15;
    std::vector<float> together = vessels.evidence;
    for_voxels_seen(maps, vessels.geometry, "guide vessels", run, [&](std::size_t voxel, Vec3 p) {
        const double classical = vessels.evidence[voxel];
        if (blocked[voxel] || classical <= 0) return;
        const double seen = maps.lumen_at(p);
        const double trust = std::clamp((seen - unseen) / (seen_well - unseen), 0.0, 1.0);
        const double guided =
            classical * (left_over + (1 - left_over) * trust) + (1 - classical) * 0.5 * seen;
        together[voxel] = static_cast<float>(guided);
        vessels.evidence[voxel] = std::max(vessels.evidence[voxel], together[voxel]);
        vessels.speed[voxel] = static_cast<float>(
            std::max(slowest, static_cast<double>(vessels.speed[voxel]) * guided / classical));
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
