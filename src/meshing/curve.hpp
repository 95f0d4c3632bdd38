// SPDX-License-Identifier: Apache-2.0
// Curves that tubes are swept along. The parameter s is in metres.
#pragma once

#include <functional>
#include <vector>

#include "ctffr/core/vec3.hpp"

namespace ctffr::meshing {

struct Curve {
    std::function<Vec3(double s)> position, tangent;  // the tangent has length 1
    Vec3 normal{1, 0, 0};  // the direction theta = 0 at the start; made square to the tangent
};

// Right-handed: binormal = tangent x normal.
struct Frame {
    Vec3 origin, normal, binormal, tangent;
};

Curve straight_curve(Vec3 origin, Vec3 direction);
// A straight inlet of length `inlet_m` along +z from (0, 0, -inlet_m), then a bend in the plane x-z about
// (bend_radius_m, 0, 0) through `angle`, then straight on. theta = 0 points to the centre of the bend. s is
// arc length; s = 0 is the start of the inlet.
Curve bend_curve(double inlet_m, double bend_radius_m, double angle);
// A smooth curve (Catmull-Rom) through the points; s is the length of the chords, from 0.
Curve polyline_curve(const std::vector<Vec3>& points);

// Rotation-minimising frames at the stations by double reflection (Wang, Juettler, Zheng and Liu, ACM Trans.
// Graph. 27 (2008) 2).
std::vector<Frame> frames_along(const Curve& curve, const std::vector<double>& stations_m);

}  // namespace ctffr::meshing
