// SPDX-License-Identifier: Apache-2.0
#include "phantom/tree_main_vessels.hpp"

#include <algorithm>
#include <cmath>

#include "ctffr/core/random.hpp"
#include "ctffr/core/units.hpp"

namespace ctffr::phantom {

namespace {

constexpr std::uint64_t right_stream = tree_stream + 1, left_stream = tree_stream + 2,
                        circumflex_stream = tree_stream + 3;
constexpr double ostial_flare = 0.15;

// Cubic from a (leaving along `da`) to b (arriving along `db`), both ends included.
void append_bend(std::vector<Vec3>& line, Vec3 a, Vec3 da, Vec3 b, Vec3 db) {
    const double reach = distance(a, b);
    for (int i = 0; i <= 12; ++i) {
        const double u = i / 12.0, v = 1 - u;
        line.push_back(v * v * (1 + 2 * u) * a + u * u * (1 + 2 * v) * b + reach * u * v * (v * da - u * db));
    }
}

void append_groove(std::vector<Vec3>& line, const HeartAnatomy& anatomy, double from_rad, double to_rad) {
    const int steps = std::max(2, static_cast<int>(std::abs(to_rad - from_rad) / 0.04));
    for (int i = 0; i <= steps; ++i)
        line.push_back(anatomy.av_groove(from_rad + (to_rad - from_rad) * i / steps));
}

Vec3 groove_direction(const HeartAnatomy& anatomy, double angle_rad, double sense) {
    return normalized(anatomy.av_groove(angle_rad + 0.03 * sense) -
                      anatomy.av_groove(angle_rad - 0.03 * sense));
}

double arc_nearest(const Curve& curve, Vec3 p, double from_mm) {
    std::size_t best = curve.index_at(from_mm);
    for (std::size_t i = best; i < curve.size(); ++i)
        if (distance(curve[i].position_lps_mm, p) < distance(curve[best].position_lps_mm, p)) best = i;
    return snapped(Curve::step_mm * static_cast<double>(best));
}

void append_posterior_branch(std::vector<Vec3>& line, const HeartAnatomy& anatomy, bool descending) {
    if (descending) {
        for (double t = 0.1; t <= 0.95; t += 0.03) line.push_back(anatomy.posterior_groove(t));
        return;
    }
    append_groove(line, anatomy, -pi, -pi - 0.35);
    for (double height = 0.12; height <= 0.9; height += 0.06)
        line.push_back(wall_point(anatomy, pi - 0.5 - 0.15 * height, height, 0));
}

void set_position(TreePlan& plan, CourseKind kind, double position_mm) {
    for (SideBranch& side : plan.sides)
        if (side.kind == kind) side.position_mm = position_mm;
}

AlongVessel height_in_fat(const RadiusProfile& radius) {
    return [radius](double arc_mm) { return radius.at(arc_mm) + fat_below_mm; };
}

// The taper that brings a course from its first radius to `radius_mm` at `position_mm`, side branches
// included.
double taper_towards(const RadiusProfile& without_taper, double position_mm, double radius_mm) {
    return std::clamp(std::log(without_taper.at(position_mm - 3) / radius_mm) / position_mm, 0.0003, 0.012);
}

RadiusProfile right_profile(const TreePlan& plan, double crux_mm, double taper_per_mm) {
    RadiusProfile radius(plan.rca_diameter_mm / 2, taper_per_mm, ostial_flare);
    for (CourseKind kind : {CourseKind::conus, CourseKind::right_ventricular, CourseKind::acute_marginal})
        if (const SideBranch* side = plan.find(kind)) pass_side_branch(radius, *side);
    if (crux_mm < 0) return radius;
    const double before = radius.at(crux_mm - 3);
    if (plan.dominance == Dominance::right)
        radius.add_step(crux_mm + 0.5, plan.plb_diameter_mm / 2 / before, 3);
    radius.add_taper(crux_mm + 2, 0.009);
    return radius;
}

}  // namespace

double nearest_groove(const HeartAnatomy& anatomy, Vec3 p, double low_rad, double high_rad) {
    double best = low_rad;
    for (double angle = low_rad; angle <= high_rad; angle += 0.02)
        if (distance(anatomy.av_groove(angle), p) < distance(anatomy.av_groove(best), p)) best = angle;
    return best;
}

AlongVessel outer_radius(const RadiusProfile& radius) {
    return [radius](double arc_mm) { return radius.at(arc_mm) + healthy_wall_mm(radius.at(arc_mm)); };
}

Obstacle obstacle_of(const Course& course) {
    Obstacle obstacle;
    const AlongVessel outer = outer_radius(course.radius);
    for (std::size_t i = 0; i < course.curve.size(); i += 4) {
        obstacle.points_lps_mm.push_back(course.curve[i].position_lps_mm);
        obstacle.radius_mm.push_back(outer(Curve::step_mm * static_cast<double>(i)));
    }
    return obstacle;
}

double side_diameter(const SideBranch& side, double mother_diameter_mm) {
    // The artery of the inferior wall may be nearly as wide as what goes on; others leave the main vessel the
    // lead.
    const bool inferior = side.kind == CourseKind::pda || side.kind == CourseKind::plb;
    return std::min(side.diameter_mm, (inferior                         ? 0.8
                                       : side.parent == CourseKind::lcx ? 0.76
                                                                        : 0.7) *
                                          mother_diameter_mm);
}

void pass_side_branch(RadiusProfile& radius, const SideBranch& side) {
    const double mother = 2 * radius.at(side.position_mm - 2);
    const double branch = side_diameter(side, mother);
    radius.add_step(side.position_mm + 0.5, huo_kassab_rest(mother / side.law_residual, branch) / mother, 3);
}

Course lay_right(const HeartAnatomy& anatomy, TreePlan& plan, double min_radius_mm, std::uint64_t seed) {
    Random random(seed, right_stream);
    const OstiumSite ostium = anatomy.right_ostium();
    GrooveRoute route;
    const double entry =
        nearest_groove(anatomy, ostium.position_lps_mm + 12.0 * ostium.outward, -2.2, -0.15) - 0.08;
    append_bend(route.polyline_lps_mm, ostium.position_lps_mm, ostium.outward, anatomy.av_groove(entry),
                groove_direction(anatomy, entry, -1));
    route.free_mm = polyline_length(route.polyline_lps_mm);
    append_groove(route.polyline_lps_mm, anatomy, entry - 0.04, -pi);
    const double to_crux = polyline_length(route.polyline_lps_mm);
    const bool left = plan.dominance == Dominance::left;
    if (!left) append_posterior_branch(route.polyline_lps_mm, anatomy, plan.dominance == Dominance::balanced);
    const RadiusProfile guess(plan.rca_diameter_mm / 2, 0.002, 0);
    route.start_direction = ostium.outward;
    route.radius_mm = [guess](double s) { return guess.at(s); };
    route.offset_mm = height_in_fat(guess);
    route.tortuosity = plan.tortuosity;
    route.length_mm =
        left ? random.uniform(0.7, 0.95) * to_crux
             : to_crux + (plan.dominance == Dominance::right ? plan.plb_length_mm : plan.pda_length_mm);

    Course course;
    course.kind = CourseKind::rca, course.side = Side::right;
    course.curve = smooth_curve(follow_groove(anatomy, route, random), ostium.outward, route.radius_mm);
    const double crux = left ? -1 : arc_nearest(course.curve, anatomy.av_groove(pi), 0.6 * to_crux);
    const double margin = snapped(plan.rca_share_to_margin * (left ? to_crux : crux));
    set_position(plan, CourseKind::acute_marginal, margin);
    if (plan.dominance == Dominance::right) set_position(plan, CourseKind::pda, crux);
    double taper = plan.rca_taper_per_mm;
    if (!left) {
        const bool right = plan.dominance == Dominance::right;
        double target = right ? huo_kassab_mother({plan.pda_diameter_mm, plan.plb_diameter_mm}) / 2
                              : plan.pda_diameter_mm / 2;
        // A small RCA has small end branches.
        const double widest = 0.97 * right_profile(plan, -1, 0).at(crux - 3);
        const double shrink = std::min(1.0, widest / target);
        target *= shrink, plan.pda_diameter_mm *= shrink, plan.plb_diameter_mm *= shrink;
        for (SideBranch& side : plan.sides)
            if (side.kind == CourseKind::pda) side.diameter_mm = plan.pda_diameter_mm;
        taper = taper_towards(right_profile(plan, -1, 0), crux, target);
    }
    course.radius = right_profile(plan, crux, taper);
    course.curve.cut(course.radius.end_at(min_radius_mm, course.curve.length_mm()));
    course.segments = {{0, Segment::p_rca}, {snapped(margin / 2), Segment::m_rca}, {margin, Segment::d_rca}};
    if (!left)
        course.segments.push_back(
            {crux, plan.dominance == Dominance::right ? Segment::r_plb : Segment::r_pda});
    return course;
}

namespace {

// Where LAD (`forward` = 1) and LCX (-1) start when there is no left main: beside each other on the aortic
// wall.
OstiumSite separate_ostium(const HeartAnatomy& anatomy, const TreePlan& plan, double forward) {
    constexpr double tilt = 0.4;
    const double flared = (1 + ostial_flare) * 0.5 * (plan.lad_diameter_mm + plan.lcx_diameter_mm);
    const double shift_mm = 0.5 * (flared + healthy_wall_mm(plan.lad_diameter_mm / 2) +
                                   healthy_wall_mm(plan.lcx_diameter_mm / 2) + clearance_mm + 0.8);
    const OstiumSite site = anatomy.left_ostium();
    const Vec3 d = anatomy.anterior_groove(0.3) - anatomy.av_groove(0.8);
    const Vec3 aside = forward * normalized(d - dot(d, site.outward) * site.outward);
    Vec3 p = site.position_lps_mm + shift_mm * aside;
    for (int i = 0; i < 20; ++i) p -= anatomy.aorta(p) * site.outward;
    return {p, normalized(site.outward + tilt * aside)};
}

RadiusProfile lad_profile(const TreePlan& plan, double lm_end_mm) {
    RadiusProfile radius;
    if (lm_end_mm > 0) {
        radius = RadiusProfile(plan.lm_diameter_mm / 2, 0.001, ostial_flare);
        radius.add_step(lm_end_mm + 0.5, plan.lad_diameter_mm / 2 / radius.at(lm_end_mm - 2), 3.5);
        radius.add_taper(lm_end_mm, plan.lad_taper_per_mm);
    } else {
        radius = RadiusProfile(plan.lad_diameter_mm / 2, plan.lad_taper_per_mm, ostial_flare);
    }
    for (const SideBranch& side : plan.sides)
        if (side.parent == CourseKind::lad && side.kind != CourseKind::ramus) pass_side_branch(radius, side);
    return radius;
}

double apex_arc(const Curve& curve, Vec3 apex) { return arc_nearest(curve, apex, 40); }

Course lay_lad(const HeartAnatomy& anatomy, const TreePlan& plan, double min_radius_mm,
               const std::vector<Obstacle>& obstacles, std::uint64_t seed) {
    Random random(seed, left_stream);
    OstiumSite ostium = anatomy.left_ostium();
    if (plan.absent_left_main) ostium = separate_ostium(anatomy, plan, 1);
    // The bend into the groove needs room.
    double entry = 0.06;
    while (entry < 0.4 && distance(anatomy.anterior_groove(entry), ostium.position_lps_mm) < 20)
        entry += 0.01;
    GrooveRoute route;
    append_bend(route.polyline_lps_mm, ostium.position_lps_mm, ostium.outward, anatomy.anterior_groove(entry),
                normalized(anatomy.anterior_groove(entry + 0.03) - anatomy.anterior_groove(entry - 0.03)));
    route.free_mm = polyline_length(route.polyline_lps_mm);
    for (double t = entry + 0.02; t <= 1; t += 0.02)
        route.polyline_lps_mm.push_back(anatomy.anterior_groove(t));
    for (double t = 0.97; t >= 0.4; t -= 0.03) route.polyline_lps_mm.push_back(anatomy.posterior_groove(t));

    Course course;
    course.kind = CourseKind::lad, course.side = Side::left;
    course.radius = lad_profile(plan, snapped(plan.lm_length_mm));
    const RadiusProfile radius = course.radius;
    if (plan.bridge) {
        course.bridge_start_mm = snapped(plan.bridge_start_mm);
        course.bridge_end_mm = course.bridge_start_mm + snapped(plan.bridge_length_mm);
    }
    const double start = course.bridge_start_mm, end = course.bridge_end_mm, depth = plan.bridge_depth_mm;
    route.radius_mm = [radius](double s) { return radius.at(s); };
    route.offset_mm = [=](double s) {
        const double above = radius.at(s) + fat_below_mm;
        if (end <= start) return above;
        // Into the muscle and out again over 8 mm.
        const double u = std::clamp(std::min(s - start + 8, end + 8 - s) / 8, 0.0, 1.0);
        return above - u * u * (3 - 2 * u) * (above + depth + radius.at(s));
    };
    route.start_direction = ostium.outward;
    route.tortuosity = plan.tortuosity;
    route.length_mm = 400;
    course.curve = smooth_curve(follow_groove(anatomy, route, random), ostium.outward, route.radius_mm);
    const double apex = apex_arc(course.curve, anatomy.apex());
    course.curve.cut(plan.lm_length_mm + plan.lad_length_mm);
    course.curve.cut(course.radius.end_at(min_radius_mm, course.curve.length_mm()));
    course.curve.cut(clear_length(course.curve, outer_radius(radius), obstacles));
    const SideBranch* d1 = plan.find(CourseKind::d1);
    const double lm_end = snapped(plan.lm_length_mm);
    const double p_end = snapped(d1 ? d1->position_mm : lm_end + 25);
    if (lm_end > 0) course.segments.push_back({0, Segment::lm});
    course.segments.push_back({lm_end, Segment::p_lad});
    course.segments.push_back({p_end, Segment::m_lad});
    course.segments.push_back({snapped(0.5 * (p_end + apex)), Segment::d_lad});
    return course;
}

RadiusProfile lcx_profile(const TreePlan& plan, double crux_mm, double taper_per_mm, bool root) {
    RadiusProfile radius(plan.lcx_diameter_mm / 2, taper_per_mm, root ? ostial_flare : 0);
    for (const SideBranch& side : plan.sides)
        if (side.parent == CourseKind::lcx) pass_side_branch(radius, side);
    if (crux_mm > 0) radius.add_taper(crux_mm + 2, 0.009);
    // An LCX that does not reach the crux thins out beyond its last branch.
    double last = 26;
    for (const SideBranch& side : plan.sides)
        if (side.parent == CourseKind::lcx) last = std::max(last, side.position_mm);
    if (plan.dominance != Dominance::left) radius.add_taper(last, 0.008);
    return radius;
}

}  // namespace

LeftCourses lay_left(const HeartAnatomy& anatomy, TreePlan& plan, double min_radius_mm,
                     const std::vector<Obstacle>& obstacles, std::uint64_t seed) {
    LeftCourses left;
    left.lad = lay_lad(anatomy, plan, min_radius_mm, obstacles, seed);
    Random random(seed, circumflex_stream);
    Course& lcx = left.lcx;
    lcx.kind = CourseKind::lcx, lcx.side = Side::left;
    Vec3 start, direction;
    if (plan.absent_left_main) {
        const OstiumSite ostium = separate_ostium(anatomy, plan, -1);
        start = ostium.position_lps_mm, direction = ostium.outward;
    } else {
        lcx.parent = 0, lcx.parent_arc_mm = snapped(plan.lm_length_mm);
        const CurvePoint& origin = left.lad.curve[left.lad.curve.index_at(lcx.parent_arc_mm)];
        start = origin.position_lps_mm;
        const Vec3 d = anatomy.av_groove(0.6) - start;
        const Vec3 aside = normalized(d - dot(d, origin.tangent) * origin.tangent);
        const double angle = plan.lm_angle_deg * pi / 180;
        direction = std::cos(angle) * origin.tangent + std::sin(angle) * aside;
    }
    GrooveRoute route;
    const double entry = nearest_groove(anatomy, start + 10.0 * direction, 0.15, 1.3) + 0.12;
    append_bend(route.polyline_lps_mm, start, direction, anatomy.av_groove(entry),
                groove_direction(anatomy, entry, 1));
    route.free_mm = polyline_length(route.polyline_lps_mm);
    append_groove(route.polyline_lps_mm, anatomy, entry + 0.04, pi);
    const double to_crux = polyline_length(route.polyline_lps_mm);
    const bool dominant = plan.dominance == Dominance::left;
    if (dominant) append_posterior_branch(route.polyline_lps_mm, anatomy, true);
    const RadiusProfile guess(plan.lcx_diameter_mm / 2, 0.004, 0);
    route.start_direction = direction;
    route.radius_mm = [guess](double s) { return guess.at(s); };
    route.offset_mm = height_in_fat(guess);
    route.tortuosity = plan.tortuosity;
    route.length_mm = dominant ? to_crux + plan.pda_length_mm : std::min(plan.lcx_length_mm, to_crux - 5);
    route.obstacles = {obstacle_of(left.lad)};
    route.obstacles.front().skip_mm = plan.absent_left_main ? 0 : 15;
    lcx.curve = smooth_curve(follow_groove(anatomy, route, random), direction, route.radius_mm);
    const double crux = dominant ? arc_nearest(lcx.curve, anatomy.av_groove(pi), 0.6 * to_crux) : -1;
    // The posterolateral branch of the LCX leaves well before the crux or its end.
    set_position(plan, CourseKind::plb,
                 snapped((dominant ? crux : lcx.curve.length_mm()) - random.uniform(14, 22)));
    const double taper = dominant
                             ? taper_towards(lcx_profile(plan, -1, 0, false), crux, plan.pda_diameter_mm / 2)
                             : plan.lcx_taper_per_mm;
    lcx.radius = lcx_profile(plan, crux, taper, plan.absent_left_main);
    lcx.curve.cut(lcx.radius.end_at(min_radius_mm, lcx.curve.length_mm()));
    std::vector<Obstacle> all = route.obstacles;
    all.insert(all.end(), obstacles.begin(), obstacles.end());
    lcx.curve.cut(clear_length(lcx.curve, outer_radius(lcx.radius), all));
    const SideBranch* om1 = plan.find(CourseKind::om1);
    lcx.segments = {{0, Segment::p_cx}, {snapped(om1 ? om1->position_mm : 26), Segment::d_cx}};
    if (dominant) lcx.segments.push_back({crux, Segment::l_pda});
    return left;
}

}  // namespace ctffr::phantom
