// SPDX-License-Identifier: Apache-2.0
#include "phantom/tree_route.hpp"

#include <algorithm>
#include <cmath>

#include "ctffr/core/units.hpp"
#include "phantom/tree_radius.hpp"

namespace ctffr::phantom {

namespace {

constexpr double walk_step_mm = 1.0, groove_spacing_mm = 2.0, knot_spacing_mm = 4.0;
constexpr double most_bent = 0.45;         // radius times curvature
constexpr double straight_start_mm = 3.0;  // a branch keeps its direction so far

Vec3 tangential(Vec3 v, Vec3 normal) { return v - dot(v, normal) * normal; }

Vec3 aorta_gradient(const HeartAnatomy& anatomy, Vec3 p) {
    constexpr double h = 0.3;
    return normalized({anatomy.aorta({p.x + h, p.y, p.z}) - anatomy.aorta({p.x - h, p.y, p.z}),
                       anatomy.aorta({p.x, p.y + h, p.z}) - anatomy.aorta({p.x, p.y - h, p.z}),
                       anatomy.aorta({p.x, p.y, p.z + h}) - anatomy.aorta({p.x, p.y, p.z - h})});
}

// Quintic step, 0 below 0 and 1 above 1.
double smooth_step(double u) {
    u = std::clamp(u, 0.0, 1.0);
    return u * u * u * (10 - 15 * u + 6 * u * u);
}

// Least distance between walls, and the direction away from the nearest vessel.
struct Nearest {
    double gap_mm = 1e9;
    Vec3 away;
};

Nearest nearest_obstacle(const std::vector<Obstacle>& obstacles, Vec3 p, double arc_mm, double radius_mm) {
    Nearest nearest;
    for (const Obstacle& obstacle : obstacles) {
        if (arc_mm < obstacle.skip_mm) continue;
        for (std::size_t i = 0; i < obstacle.points_lps_mm.size(); ++i) {
            const Vec3 d = p - obstacle.points_lps_mm[i];
            const double gap = norm(d) - radius_mm - obstacle.radius_mm[i];
            if (gap < nearest.gap_mm) nearest = {gap, normalized(d)};
        }
    }
    return nearest;
}

// Moves one point of a groove vessel to its height over the heart and away from the aorta.
Vec3 settled(const HeartAnatomy& anatomy, const GrooveRoute& route, Vec3 p, double arc_mm) {
    const double radius = route.radius_mm(arc_mm), wanted = route.offset_mm(arc_mm);
    const double height = anatomy.epicardium(p);
    const bool free = arc_mm < route.free_mm;
    if (height < wanted || !free) {
        // On the way from the ostium to the heart the pull grows gently.
        const double pull = height < wanted ? 1.0 : smooth_step((arc_mm - route.free_mm) / 12);
        p += std::clamp(pull * (wanted - height), -1.5, 1.5) * anatomy.epicardium_normal(p);
    }
    const double outer = radius + healthy_wall_mm(radius);
    if (const Nearest near = nearest_obstacle(route.obstacles, p, arc_mm, outer);
        near.gap_mm < clearance_mm + 0.5)
        p += std::min(1.0, clearance_mm + 0.5 - near.gap_mm) * near.away;
    const double away = (radius + clearance_mm + 0.8) * smooth_step((arc_mm - 1) / 7);
    if (const double gap = anatomy.aorta(p); gap < away) p += (away - gap) * aorta_gradient(anatomy, p);
    return p;
}

}  // namespace

Vec3 wall_point(const HeartAnatomy& anatomy, double angle_rad, double height, double offset_mm) {
    const Vec3 apex = anatomy.apex(), base = anatomy.av_groove(angle_rad);
    const Vec3 middle = 0.25 * (anatomy.av_groove(0) + anatomy.av_groove(pi / 2) + anatomy.av_groove(pi) +
                                anatomy.av_groove(-pi / 2));
    const Vec3 axis = normalized(apex - middle);
    const Vec3 outward = normalized(tangential(base - middle, axis));
    // From outside the heart, so that the nearest point of the surface is on the right wall.
    const double bulge = 0.35 * norm(apex - middle) * std::sin(pi * height);
    return anatomy.on_epicardium(lerp(base, apex, height) + bulge * outward, offset_mm);
}

Meander::Meander(double tortuosity, Random& random) {
    constexpr double wavelengths_mm[modes] = {16, 21, 29, 40, 56};
    for (int j = 0; j < modes; ++j) {
        wave_number_[j] = 2 * pi / (wavelengths_mm[j] * random.uniform(0.9, 1.1));
        const double curvature =
            0.06 * tortuosity * std::sqrt(2.0 / modes) * random.normal_in(0, 1, -1.8, 1.8);
        amplitude_[j] = std::clamp(curvature / (wave_number_[j] * wave_number_[j]), -1.3, 1.3);
        phase_[j] = random.uniform(0, 2 * pi);
    }
}

double Meander::at(double arc_mm) const {
    double sum = 0;
    for (int j = 0; j < modes; ++j) sum += amplitude_[j] * std::sin(wave_number_[j] * arc_mm + phase_[j]);
    return sum * smooth_step((arc_mm - 6) / 18);
}

std::vector<Vec3> follow_groove(const HeartAnatomy& anatomy, const GrooveRoute& route, Random& random) {
    std::vector<Vec3> p = resampled(route.polyline_lps_mm, groove_spacing_mm);
    const Meander sideways(1.5 * route.tortuosity, random);  // the smoothing below takes a third away
    for (std::size_t i = 1; i < p.size(); ++i) {
        const double arc = groove_spacing_mm * static_cast<double>(i);
        const Vec3 along = normalized((i + 1 < p.size() ? p[i + 1] : p[i]) - p[i - 1]);
        const double shift = arc < route.free_mm ? 0 : sideways.at(arc - route.free_mm);
        if (shift != 0) p[i] += shift * normalized(cross(anatomy.epicardium_normal(p[i]), along));
    }
    const std::size_t fixed = 3;  // ostium and the way straight out of the aorta
    for (int pass = 0; pass < 10; ++pass) {
        const std::vector<Vec3> old = p;
        for (std::size_t i = fixed; i + 1 < p.size(); ++i)
            p[i] = 0.5 * old[i] + 0.25 * (old[i - 1] + old[i + 1]);
        for (std::size_t i = fixed; i < p.size(); ++i)
            p[i] = settled(anatomy, route, p[i], groove_spacing_mm * static_cast<double>(i));
    }
    std::vector<Vec3> out{p.front()};
    double arc = 0;
    for (std::size_t i = 1; i < p.size() && arc < route.length_mm; ++i) {
        arc += distance(p[i], p[i - 1]);
        out.push_back(p[i]);
    }
    return out;
}

std::vector<Vec3> cross_wall(const HeartAnatomy& anatomy, const WallRoute& route,
                             const std::vector<Obstacle>& obstacles, Random& random) {
    const Meander sideways(route.tortuosity, random);
    Vec3 p = route.start_lps_mm, heading = route.start_direction;
    const double start_height = anatomy.epicardium(p);
    const int steps = static_cast<int>(route.length_mm / walk_step_mm) + 1;
    std::vector<Vec3> out{p};
    for (int k = 1; k <= steps; ++k) {
        const double arc = k * walk_step_mm, radius = route.radius_mm(arc);
        const Vec3 normal = anatomy.epicardium_normal(p);
        heading = normalized(tangential(heading, normal));
        if (arc > straight_start_mm) {
            Vec3 wanted = normalized(tangential(route.target_lps_mm - p, normal));
            // Near the target the vessel just runs on.
            if (distance(route.target_lps_mm, p) < 15) wanted = heading;
            if (const Nearest near = nearest_obstacle(obstacles, p, arc, radius); near.gap_mm < 8)
                wanted += (8 - near.gap_mm) / 4 * normalized(tangential(near.away, normal));
            if (const double gap = anatomy.aorta(p) - radius; gap < 6)
                wanted += (6 - gap) / 3 * normalized(tangential(aorta_gradient(anatomy, p), normal));
            const Vec3 left = cross(normal, heading);
            const double miss = std::atan2(dot(wanted, left), dot(wanted, heading));
            // Second difference of the displacement = curvature of the meander.
            const double bend = sideways.at(arc + 1) - 2 * sideways.at(arc) + sideways.at(arc - 1);
            const double turn = std::clamp(miss / 14, -0.07, 0.07) + bend;
            heading = normalized(heading + turn * walk_step_mm * left);
        }
        p += walk_step_mm * heading;
        const double blend = smooth_step(arc / 10);
        const double wanted_height = (1 - blend) * start_height + blend * (radius + fat_below_mm);
        p += std::clamp(wanted_height - anatomy.epicardium(p), -0.4, 0.4) * anatomy.epicardium_normal(p);
        out.push_back(p);
    }
    return out;
}

Curve smooth_curve(const std::vector<Vec3>& polyline, Vec3 start_direction, const AlongVessel& radius_mm) {
    std::vector<Vec3> knots = resampled(polyline, knot_spacing_mm);
    const auto last = static_cast<std::ptrdiff_t>(knots.size()) - 1;
    for (int pass = 0;; ++pass) {
        if (last > 1) knots[1] = knots[0] + distance(knots[1], knots[0]) * start_direction;
        Curve curve(knots, start_direction);
        std::vector<bool> near_bend(knots.size(), false);
        bool bent = false;
        for (std::size_t i = 0; i < curve.size(); ++i) {
            const double arc = Curve::step_mm * static_cast<double>(i);
            if (norm(curve[i].curvature_per_mm) * radius_mm(arc) < most_bent) continue;
            bent = true;
            const auto k = static_cast<std::ptrdiff_t>(arc / knot_spacing_mm);
            for (std::ptrdiff_t j = std::max<std::ptrdiff_t>(1, k - 2); j <= std::min(k + 3, last - 1); ++j)
                near_bend[static_cast<std::size_t>(j)] = true;
        }
        if (!bent || pass == 60) return curve;
        const std::vector<Vec3> old = knots;
        // A start that would be bent too sharply gives way towards the vessel's further course.
        if (last > 1 && near_bend[1])
            start_direction = normalized(0.9 * start_direction + 0.1 * normalized(old[2] - old[0]));
        for (std::ptrdiff_t j = 2; j < last; ++j) {
            const auto i = static_cast<std::size_t>(j);
            if (near_bend[i]) knots[i] = 0.6 * old[i] + 0.2 * (old[i - 1] + old[i + 1]);
        }
    }
}

double clear_length(const Curve& curve, const AlongVessel& outer_radius_mm,
                    const std::vector<Obstacle>& obstacles) {
    for (std::size_t i = 0; i < curve.size(); i += 4) {
        const double arc = Curve::step_mm * static_cast<double>(i), radius = outer_radius_mm(arc);
        const double gap = nearest_obstacle(obstacles, curve[i].position_lps_mm, arc, radius).gap_mm;
        if (gap < clearance_mm + 0.1) return arc - 2.5;
        for (std::size_t j = 0; j + 40 < i; j += 4) {
            const double other = outer_radius_mm(Curve::step_mm * static_cast<double>(j));
            const double to_self =
                distance(curve[i].position_lps_mm, curve[j].position_lps_mm) - radius - other;
            if (to_self < clearance_mm && Curve::step_mm * static_cast<double>(i - j) > 4 * (radius + other))
                return arc - 1.5;
        }
    }
    return curve.length_mm();
}

}  // namespace ctffr::phantom
