// SPDX-License-Identifier: Apache-2.0
// The way of a single vessel over the heart: along a groove, or freely over the wall from its origin to its
// target.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "ctffr/core/random.hpp"
#include "ctffr/core/vec3.hpp"
#include "phantom/heart_anatomy.hpp"
#include "phantom/tree_curve.hpp"

namespace ctffr::phantom {

// A vessel already laid out, as an obstacle for the next ones: points about 1 mm apart.
struct Obstacle {
    std::vector<Vec3> points_lps_mm;
    std::vector<double> radius_mm;  // with the wall
    double skip_mm = 0;             // the new vessel may be near on its first stretch: its parent or a twin
};

using AlongVessel = std::function<double(double arc_mm)>;

// Vessels lie in the fat: their axis is one radius plus this far (mm) above the muscle.
inline constexpr double fat_below_mm = 1.5, fat_below_min_mm = 0.8, fat_below_max_mm = 2.5;
// Least distance from wall to wall of two vessels away from where one leaves the other.
inline constexpr double clearance_mm = 1.2;

// Point over the left (0..pi) or right (-pi..0) wall: `height` = 0 at the AV groove, 1 at the apex.
Vec3 wall_point(const HeartAnatomy& anatomy, double groove_angle_rad, double height, double offset_mm);

// Smooth random displacement (mm) with a mean curvature of about 0.05 `tortuosity` per mm; zero and flat at
// 0.
class Meander {
   public:
    Meander(double tortuosity, Random& random);
    double at(double arc_mm) const;

   private:
    static constexpr int modes = 5;
    double wave_number_[modes], amplitude_[modes], phase_[modes];
};

// Request for a vessel that keeps to a given polyline (a groove).
struct GrooveRoute {
    std::vector<Vec3> polyline_lps_mm;  // first point: ostium or origin
    Vec3 start_direction;               // unit, where the vessel must leave
    AlongVessel radius_mm;
    AlongVessel offset_mm;  // wanted height of the axis over the epicardium
    double free_mm = 0;     // first stretch that need not lie on the heart (from the ostium to the groove)
    double tortuosity = 1, length_mm = 100;
    std::vector<Obstacle> obstacles;  // vessels to keep off
};
std::vector<Vec3> follow_groove(const HeartAnatomy& anatomy, const GrooveRoute& route, Random& random);

// Request for a vessel that leaves another one and runs over the wall towards a target.
struct WallRoute {
    Vec3 start_lps_mm, start_direction, target_lps_mm;
    AlongVessel radius_mm;
    double tortuosity = 1, length_mm = 60;
};
std::vector<Vec3> cross_wall(const HeartAnatomy& anatomy, const WallRoute& route,
                             const std::vector<Obstacle>& obstacles, Random& random);

// The smooth curve near a polyline, with radius times curvature below 0.45. `straight_mm`: the first stretch
// that must keep the start direction.
Curve smooth_curve(const std::vector<Vec3>& polyline_lps_mm, Vec3 start_direction,
                   const AlongVessel& radius_mm);

// Arc length at which a curve first comes nearer than the clearance to an obstacle or itself; the length of
// the curve if it never does.
double clear_length(const Curve& curve, const AlongVessel& outer_radius_mm,
                    const std::vector<Obstacle>& obstacles);

}  // namespace ctffr::phantom
