// SPDX-License-Identifier: Apache-2.0
// Hexahedral O-grid of a tube: a square core and a ring of cells, swept along a curve.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ctffr/data/flow_mesh.hpp"
#include "meshing/curve.hpp"

namespace ctffr::meshing {

// A ring of cells around the tube beyond station `from`: behind a sudden expansion. The step is wall.
struct OuterRing {
    int from_station = 0;
    int cells = 8;
    double expansion = 1;  // outermost cell over the innermost, along the radius
    std::function<double(double s, double theta)> radius_m;
};

struct SweptTube {
    Curve curve;
    std::vector<double> stations_m;  // s of the planes of points, ascending
    // Distance of the wall from the curve in the plane of the frame; theta from the normal to the binormal.
    std::function<double(double s, double theta)> radius_m;
    int core = 12;  // the core has core x core cells, the ring 4 core x ring
    int ring = 8;
    double ring_expansion = 0.5;                  // cell at the wall over the cell at the core
    double core_corner = 0.55, core_side = 0.47;  // the core's reach along its diagonals and axes, in radii
    std::optional<OuterRing> outer;
    std::vector<Frame> frames;  // one a station, m; empty: rotation-minimising frames of the curve
    // Sections, an outer ring with them, are widened so that the polygon of the wall points has the area of
    // the contour, not less.
    bool keep_area = false;
    std::string inlet = "inlet", outlet = "outlet";  // names of the patches
};

// Wall points lie exactly on the radius function (unless keep_area); all others are scaled with it from a
// unit disc, whose core is bounded by arcs and filled by transfinite interpolation. Cells run layer by layer.
// Patches inlet, outlet, wall. Volumes are those of the polygons: second order in the number of cells around.
FlowMesh swept_mesh(const SweptTube& tube);

}  // namespace ctffr::meshing
