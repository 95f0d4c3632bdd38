// SPDX-License-Identifier: Apache-2.0
#include "meshes/analytic/recipes.hpp"

#include <algorithm>
#include <cmath>

#include "ctffr/core/units.hpp"
#include "meshing/grading.hpp"

namespace ctffr {

using meshing::append_graded;
using meshing::Curve;
using meshing::SweptTube;

namespace {

int scaled(int n, double level) { return std::max(1, static_cast<int>(std::lround(n * level))); }

SweptTube tube_of(double level, Curve curve) {
    SweptTube tube;
    tube.curve = std::move(curve);
    tube.core = scaled(12, level), tube.ring = scaled(8, level);
    return tube;
}

SweptTube straight_tube(double level, double start_m) {
    SweptTube tube = tube_of(level, meshing::straight_curve({0, 0, 0}, {0, 0, 1}));
    tube.stations_m = {start_m};
    return tube;
}

}  // namespace

double cosine_stenosis_radius_m(double z_m, double radius_m, double length_m, double throat_ratio) {
    if (z_m <= 0 || z_m >= length_m) return radius_m;
    return radius_m * (1 - (1 - throat_ratio) * 0.5 * (1 - std::cos(2 * pi * z_m / length_m)));
}

meshing::SweptTube stenosis_tube(double level, const StenosisTube& shape) {
    SweptTube tube = straight_tube(level, -shape.inlet_m);
    append_graded(tube.stations_m, 0, scaled(20, level), 1.0 / 13);
    append_graded(tube.stations_m, shape.length_m, scaled(36, level), 1);
    append_graded(tube.stations_m, shape.length_m + shape.outlet_m, scaled(64, level), 11);
    // An eccentric throat is a circle about a shifted centre, seen from the axis of the tube.
    tube.radius_m = [shape](double s, double theta) {
        const double radius = cosine_stenosis_radius_m(s, shape.radius_m, shape.length_m, shape.throat_ratio);
        const double shift = shape.eccentricity * (shape.radius_m - radius);
        const double across = shift * std::sin(theta);
        return shift == 0 ? radius : shift * std::cos(theta) + std::sqrt(radius * radius - across * across);
    };
    return tube;
}

FlowMesh stenosis_mesh(double level, const StenosisTube& shape) {
    return meshing::swept_mesh(stenosis_tube(level, shape));
}

FlowMesh pipe_mesh(double level, double radius_m, double length_m) {
    SweptTube tube = straight_tube(level, 0);
    append_graded(tube.stations_m, length_m, scaled(30, level), 1);
    tube.radius_m = [=](double, double) { return radius_m; };
    return meshing::swept_mesh(tube);
}

FlowMesh ellipse_mesh(double level, double a_m, double b_m, double length_m) {
    FlowMesh mesh = pipe_mesh(level, 1, length_m);
    for (Vec3& p : mesh.points) p.x *= a_m, p.y *= b_m;
    compute_geometry(mesh);
    return mesh;
}

FlowMesh dean_bend_mesh(double level, const DeanBend& bend) {
    SweptTube tube = tube_of(level, meshing::bend_curve(bend.inlet_m, bend.bend_radius_m, bend.angle_rad));
    const double bend_m = bend.bend_radius_m * bend.angle_rad;
    const double step_m = bend.radius_m / 3;
    const auto cells = [&](double length_m) {
        return scaled(std::max(1, static_cast<int>(std::lround(length_m / step_m))), level);
    };
    tube.stations_m = {0};
    append_graded(tube.stations_m, bend.inlet_m, cells(bend.inlet_m), 1);
    append_graded(tube.stations_m, bend.inlet_m + bend_m, cells(bend_m), 1);
    append_graded(tube.stations_m, bend.inlet_m + bend_m + bend.outlet_m, cells(bend.outlet_m), 1);
    const double radius_m = bend.radius_m;
    tube.radius_m = [=](double, double) { return radius_m; };
    return meshing::swept_mesh(tube);
}

FlowMesh fda_nozzle_mesh(double level) {
    constexpr double pipe_m = 6e-3, throat_m = 2e-3, cone_start_m = -62.685e-3, cone_end_m = -40e-3;
    SweptTube tube = straight_tube(level, cone_start_m - 20e-3);
    tube.keep_area = true;
    append_graded(tube.stations_m, cone_start_m, scaled(8, level), 0.5);
    append_graded(tube.stations_m, cone_end_m, scaled(28, level), 0.5);
    append_graded(tube.stations_m, 0, scaled(50, level), 0.4);
    const int step = static_cast<int>(tube.stations_m.size()) - 1;
    append_graded(tube.stations_m, 250e-3, scaled(110, level), 10);
    tube.radius_m = [](double s, double) {
        if (s <= cone_start_m) return pipe_m;
        if (s >= cone_end_m) return throat_m;
        return pipe_m + (throat_m - pipe_m) * (s - cone_start_m) / (cone_end_m - cone_start_m);
    };
    tube.outer = meshing::OuterRing{step, scaled(12, level), 3, [](double, double) { return pipe_m; }};
    return meshing::swept_mesh(tube);
}

}  // namespace ctffr
