// SPDX-License-Identifier: Apache-2.0
// Arrival times of a front that moves with a speed given per voxel, and the way back along its gradient.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "ctffr/core/run.hpp"
#include "ctffr/core/vec3.hpp"
#include "imaging/grid.hpp"

namespace ctffr::imaging {

struct FrontLimits {
    double strong_evidence = 0.5;    // voxels with at least this evidence end a gap
    double max_gap_mm = 1e9;         // the front stops where it has run this far without strong evidence
    const Mask* crossing = nullptr;  // voxels in which it may run farther: up to
    double max_crossing_mm = 0;
    bool second_order = true;
};

// What the front knows of every voxel it reached. Voxels it did not reach have infinite time.
struct Front {
    ImageGeometry geometry;
    std::vector<float> time;       // arrival time, mm / speed
    std::vector<float> length_mm;  // length of the way from the seeds
    std::vector<float> gap_mm;     // length of the way since the last strong evidence; empty without limits
    std::vector<std::int32_t> order;  // voxels in the order of arrival

    bool reached(Index voxel) const { return time[as_size(voxel)] < std::numeric_limits<float>::max(); }
};

// Solves |grad T| = 1 / speed from seeds with T = 0 by fast marching (Sethian, PNAS 93:1591, 1996),
// second-order upwind where two upwind voxels are known (Sethian, SIAM Review 41:199, 1999). Voxels of speed
// 0 are walls. `evidence` (same size as speed, or empty for no gap rule) is what FrontLimits speaks about.
// The grid has equal spacing.
Front march(const ImageGeometry& geometry, const std::vector<float>& speed,
            const std::vector<float>& evidence, const std::vector<Index>& seeds, const FrontLimits& limits,
            const Run& run);

// The way back from `from` (LPS mm) along the negative gradient of the arrival time (Runge-Kutta steps of a
// quarter of a voxel, and a step to the earliest neighbour where the gradient leads nowhere), until
// `stop(voxel)` is true or a seed is reached. First point: `from`.
template <class Stop>
std::vector<Vec3> trace_back(const Front& front, Vec3 from, const Stop& stop);

namespace detail {
// One step of trace_back; false when no earlier point exists.
bool step_back(const Front& front, Vec3& at);
}  // namespace detail

template <class Stop>
std::vector<Vec3> trace_back(const Front& front, Vec3 from, const Stop& stop) {
    const ScalarGrid frame{front.geometry, {}};
    std::vector<Vec3> path{from};
    Vec3 at = from;
    while (true) {
        const Index voxel = frame.voxel_at(at);
        if (voxel < 0 || front.time[as_size(voxel)] <= 0 || stop(voxel)) break;
        if (!detail::step_back(front, at)) break;
        path.push_back(at);
    }
    return path;
}

}  // namespace ctffr::imaging
