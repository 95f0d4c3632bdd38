// SPDX-License-Identifier: Apache-2.0
#include "phantom/tree_layout.hpp"

#include <algorithm>
#include <cmath>

#include "ctffr/core/random.hpp"
#include "ctffr/core/units.hpp"
#include "phantom/heart_shape.hpp"
#include "phantom/tree_main_vessels.hpp"
#include "phantom/tree_route.hpp"

namespace ctffr::phantom {

namespace {

constexpr std::uint64_t side_stream = tree_stream + 16;
constexpr double shortest_side_mm = 10;
constexpr int tries = 6;

Segment side_segment(CourseKind kind) {
    switch (kind) {
        case CourseKind::ramus: return Segment::ramus;
        case CourseKind::d1: return Segment::d1;
        case CourseKind::d2: return Segment::d2;
        case CourseKind::om1: return Segment::om1;
        case CourseKind::om2: return Segment::om2;
        case CourseKind::pda: return Segment::r_pda;
        case CourseKind::plb: return Segment::l_plb;
        case CourseKind::lad:
        case CourseKind::lcx:
        case CourseKind::rca:
        case CourseKind::septal:
        case CourseKind::conus:
        case CourseKind::right_ventricular:
        case CourseKind::acute_marginal: return Segment::unknown;
    }
    return Segment::unknown;
}

// Direction at `angle` to the parent, in the plane of the heart's surface, on the side of the target.
Vec3 leaving(const HeartAnatomy& anatomy, const CurvePoint& origin, Vec3 target, double angle_rad) {
    const Vec3 normal = anatomy.epicardium_normal(origin.position_lps_mm);
    const Vec3 across = normalized(cross(normal, origin.tangent));
    const double sign = dot(target - origin.position_lps_mm, across) < 0 ? -1 : 1;
    return std::cos(angle_rad) * origin.tangent + sign * std::sin(angle_rad) * across;
}

// A septal branch dives between the ventricles: the middle layer of the septum, 4 mm below its right side.
std::vector<Vec3> septal_way(const HeartAnatomy& anatomy, const CurvePoint& origin, double length_mm) {
    const HeartShape& shape = anatomy.shape();
    const auto groove = [&](double v) { return anatomy.to_lps(shape.on_lv(shape.anterior_angle(v), v)); };
    double v = 0;
    for (double trial = 0; trial < 0.9; trial += 0.01)
        if (distance(groove(trial), origin.position_lps_mm) < distance(groove(v), origin.position_lps_mm))
            v = trial;
    std::vector<Vec3> way{origin.position_lps_mm};
    const double angle = shape.anterior_angle(v), depth = 4 / anatomy.unit_mm();
    for (double turn = 0.22; polyline_length(way) < length_mm && turn < angle; turn += 0.06) {
        const Vec3 p = shape.on_lv(angle - turn, std::min(0.95, v + 0.06 * turn));
        const Vec3 inward = normalized(Vec3{0, 0, p.z} - p);
        way.push_back(anatomy.to_lps(p + depth * inward));
    }
    return way;
}

RadiusProfile side_profile(const SideBranch& side, double mother_diameter_mm) {
    return {side_diameter(side, mother_diameter_mm) / 2, side.taper_per_mm, 0};
}

Curve side_curve(const HeartAnatomy& anatomy, const TreePlan& plan, const SideBranch& side,
                 const CurvePoint& origin, const RadiusProfile& radius, double length_mm,
                 const std::vector<Obstacle>& obstacles, Random& random, int attempt) {
    const AlongVessel lumen = [radius](double s) { return radius.at(s); };
    if (side.kind == CourseKind::septal) {
        const std::vector<Vec3> way = septal_way(anatomy, origin, length_mm);
        return smooth_curve(way, normalized(normalized(way[1] - way[0]) + 0.3 * origin.tangent), lumen);
    }
    double angle = side.target_angle_rad + (attempt == 0 ? 0 : random.uniform(-0.2, 0.2));
    if (side.parent == CourseKind::rca) angle += nearest_groove(anatomy, origin.position_lps_mm, -pi, 0);
    const double height =
        std::clamp(side.target_height + (attempt == 0 ? 0 : random.uniform(-0.1, 0.1)), 0.2, 0.97);
    WallRoute route;
    route.target_lps_mm = side.kind == CourseKind::pda ? anatomy.posterior_groove(height)
                                                       : wall_point(anatomy, angle, height, fat_below_mm);
    route.start_lps_mm = origin.position_lps_mm;
    // Seen from the right groove the target lies behind the bulge of the ventricle: the near wall tells the
    // side.
    const Vec3 near = side.parent == CourseKind::rca && side.kind != CourseKind::pda
                          ? wall_point(anatomy, angle, 0.2, fat_below_mm)
                          : route.target_lps_mm;
    route.start_direction = leaving(anatomy, origin, near, side.angle_deg * pi / 180);
    route.radius_mm = outer_radius(radius);
    route.length_mm = length_mm;
    route.tortuosity = plan.tortuosity;
    const std::vector<Vec3> way = cross_wall(anatomy, route, obstacles, random);
    return smooth_curve(way, route.start_direction, lumen);
}

}  // namespace

Segment Course::segment_at(double arc_mm) const {
    Segment segment = segments.front().segment;
    for (const SegmentStart& start : segments)
        if (start.arc_mm <= arc_mm + 1e-9) segment = start.segment;
    return segment;
}

std::vector<Course> lay_out_tree(const HeartAnatomy& anatomy, TreePlan plan, double min_radius_mm,
                                 std::uint64_t seed) {
    Course right = lay_right(anatomy, plan, min_radius_mm, seed);
    LeftCourses left = lay_left(anatomy, plan, min_radius_mm, {obstacle_of(right)}, seed);
    std::vector<Course> courses{std::move(left.lad), std::move(left.lcx), std::move(right)};
    std::vector<Obstacle> obstacles;  // of the courses, same order
    for (const Course& course : courses) obstacles.push_back(obstacle_of(course));

    for (std::size_t k = 0; k < plan.sides.size(); ++k) {
        const SideBranch& side = plan.sides[k];
        Random random(seed, side_stream + k);
        const int parent = side.parent == CourseKind::lad ? 0 : (side.parent == CourseKind::lcx ? 1 : 2);
        const Course& mother = courses[static_cast<std::size_t>(parent)];
        const double position = snapped(side.position_mm);
        if (position < 2 || position > mother.curve.length_mm() - 6) continue;
        const CurvePoint origin = mother.curve[mother.curve.index_at(position)];
        const RadiusProfile radius = side_profile(side, 2 * mother.radius_at(position - 2));
        const double length = radius.end_at(min_radius_mm, side.length_mm);
        if (length < shortest_side_mm) continue;
        const double outer = outer_radius(radius)(5), mother_outer = outer_radius(mother.radius)(position);
        const double sine = std::sin(std::min(side.angle_deg, 90.0) * pi / 180);
        const double skip = 1.3 * (outer + mother_outer + clearance_mm) / sine + 2;

        for (std::size_t c = 0; c < courses.size(); ++c) {
            const bool twin =
                courses[c].parent == parent && std::abs(courses[c].parent_arc_mm - position) < 3;
            obstacles[c].skip_mm = static_cast<int>(c) == parent ? skip : (twin ? 1.5 * skip : 0);
        }
        // The longest way found in a few tries is taken.
        Course best;
        for (int attempt = 0; attempt < tries && best.curve.length_mm() < 0.75 * length; ++attempt) {
            Curve curve = side_curve(anatomy, plan, side, origin, radius, length, obstacles, random, attempt);
            curve.cut(length);
            if (side.kind != CourseKind::septal)
                curve.cut(clear_length(curve, outer_radius(radius), obstacles));
            if (curve.length_mm() > best.curve.length_mm()) best.curve = std::move(curve);
        }
        if (best.curve.length_mm() < shortest_side_mm) continue;
        best.kind = side.kind, best.side = mother.side, best.parent = parent, best.parent_arc_mm = position;
        best.radius = radius;
        best.segments = {{0, side_segment(side.kind)}};
        obstacles.push_back(obstacle_of(best));
        courses.push_back(std::move(best));
    }
    return courses;
}

namespace {

Course* find_course(std::vector<Course>& courses, CourseKind kind) {
    for (Course& course : courses)
        if (course.kind == kind) return &course;
    return nullptr;
}

SegmentStart* find_start(Course& course, Segment segment) {
    for (SegmentStart& start : course.segments)
        if (start.segment == segment) return &start;
    return nullptr;
}

}  // namespace

void name_by_scct(std::vector<Course>& courses) {
    Course* d2 = find_course(courses, CourseKind::d2);
    if (d2 && !find_course(courses, CourseKind::d1)) {
        d2->segments.front().segment = Segment::d1;
        Course& lad = *find_course(courses, CourseKind::lad);
        SegmentStart& middle = *find_start(lad, Segment::m_lad);
        const double apex_mm = 2 * find_start(lad, Segment::d_lad)->arc_mm - middle.arc_mm;
        middle.arc_mm = d2->parent_arc_mm;
        find_start(lad, Segment::d_lad)->arc_mm = snapped(0.5 * (middle.arc_mm + apex_mm));
    }
    Course* om2 = find_course(courses, CourseKind::om2);
    if (om2 && !find_course(courses, CourseKind::om1)) {
        om2->segments.front().segment = Segment::om1;
        find_start(*find_course(courses, CourseKind::lcx), Segment::d_cx)->arc_mm = om2->parent_arc_mm;
    }
}

}  // namespace ctffr::phantom
