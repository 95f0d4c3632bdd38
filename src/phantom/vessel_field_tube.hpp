// SPDX-License-Identifier: Apache-2.0
// One vessel as an exact shape: polar lumen radius, outer wall, plaque, calcium and stent along a smooth
// centerline.
#pragma once

#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "ctffr/core/vec3.hpp"
#include "ctffr/data/image.hpp"
#include "ctffr/data/tree.hpp"
#include "phantom/tree_curve.hpp"

namespace ctffr::phantom {

// Cross-section at one entry of the centerline table; between entries everything is linear in arc length.
// Lumen: r(theta) = lumen_mm (1 + a2 cos 2(theta - phi2) + a3 cos 3(theta - phi3)) / sqrt(1 + (a2^2 + a3^2) /
// 2), so that lumen_mm is the area-equivalent radius. Outer wall: a circle of radius outer_mm about the
// shifted centre.
struct Station {
    CurvePoint axis;
    double reference_mm = 1;  // healthy lumen radius
    double lumen_mm = 1;
    double cos2 = 0, sin2 = 0, cos3 = 0, sin3 = 0;  // a2 cos 2 phi2, ...
    double wall_mm = 0.5;                           // healthy wall thickness
    double outer_mm = 1.5;
    double shift_normal_mm = 0, shift_binormal_mm = 0;
    double blood_hu = 400;
};

// A calcium body in vessel coordinates: (ds/half_length)^2 + (dtheta/half_angle)^2 + (ddepth/half_depth)^2 <
// 1, where depth is 0 on the lumen and 1 on the outer side of the plaque.
struct Calcium {
    double arc_mm = 0, angle_rad = 0, depth = 0.5;
    double half_length_mm = 1, half_angle_rad = 0.5, half_depth = 0.5;
    double hu = 800;
};

struct Plaque {
    std::string kind;  // "soft", "fibrous", "calcified", "mixed", "stent"
    double start_mm = 0, end_mm = 0;
    double hu = 60;  // of what is not calcium
    std::vector<Calcium> calcium;
};

// Zigzag rings on the cylinder of the healthy lumen, pairwise joined at every third crown.
struct Stent {
    double start_mm = 0, end_mm = 0;
    double strut_mm = 0.1, hu = 3000;
    double pitch_mm = 1.6, amplitude_mm = 0.6;
    int crowns = 6;
};

struct ArteryTube {
    Side side = Side::left;
    int parent = -1;
    double parent_arc_mm = 0;
    std::vector<Station> stations;  // Curve::step_mm apart
    std::vector<Plaque> plaques;
    std::vector<Stent> stents;

    double length_mm() const { return Curve::step_mm * static_cast<double>(stations.size() - 1); }
    std::size_t index_at(double arc_mm) const;
};

// A point in the coordinates of a tube, with the cross-section there.
struct ArteryPoint {
    std::size_t station = 0;                  // nearest table entry
    double arc_mm = 0;                        // below 0 or beyond the length: outside the ends
    double rho_mm = 0, cosine = 1, sine = 0;  // polar about the centerline, angle from the normal
    double lumen_radius_mm = 0;               // at that angle
    double lumen_mm = 0,
           wall_mm = 0;  // signed distances to lumen surface and outer wall, exact to first order
    double depth_mm = 0,
           thickness_mm = 0;  // from the lumen outward, and from lumen to outer wall along the ray
};

// Radius of the lumen in the direction (cosine, sine).
double lumen_radius(const Station& station, double cosine, double sine);
// Distance from the centerline to the outer wall in that direction.
double outer_radius(const Station& station, double cosine, double sine);
// `guess`: a table entry not far from the nearest one.
ArteryPoint locate(const ArteryTube& tube, Vec3 p_lps_mm, std::size_t guess);
// What the wall is made of at a point between lumen and outer wall.
struct WallTissue {
    double hu = 0;
    Label label = Label::background;
};
WallTissue wall_tissue(const ArteryTube& tube, const ArteryPoint& at);
// Outer depth (mm from the lumen) of plaque at a ray; 0 where the wall is healthy.
double plaque_depth_mm(const ArteryTube& tube, const ArteryPoint& at);

inline constexpr double healthy_wall_hu = 50;

}  // namespace ctffr::phantom
