// SPDX-License-Identifier: Apache-2.0
#include "meshing/analytic_lumen.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "ctffr/core/units.hpp"
#include "meshing/jet_width.hpp"

namespace ctffr::meshing {

namespace {

constexpr double width_step_mm = 0.1;
constexpr double beyond_mm = 1.5;  // tubes are covered by boxes this far beyond their openings

double smooth_min(double a, double b, double k) {
    if (k <= 0) return std::min(a, b);
    const double h = std::max(k - std::abs(a - b), 0.0);
    return std::min(a, b) - 0.25 * h * h / k;
}

// Boxes around a stretch of an axis, each about one radius long.
void cover(std::vector<Box>& boxes, Vec3 origin, Vec3 direction, double from, double to, double radius) {
    const int pieces = std::max(1, static_cast<int>((to - from) / radius));
    for (int i = 0; i < pieces; ++i) {
        const Vec3 a = origin + (from + (to - from) * i / pieces) * direction;
        const Vec3 b = origin + (from + (to - from) * (i + 1) / pieces) * direction;
        Box box;
        for (int k = 0; k < 3; ++k) {
            box.low_mm[k] = std::min(a[k], b[k]) - 1.05 * radius;
            box.high_mm[k] = std::max(a[k], b[k]) + 1.05 * radius;
        }
        boxes.push_back(box);
    }
}

}  // namespace

TubeLumen::TubeLumen(std::vector<Tube> tubes, double blend_mm)
    : tubes_(std::move(tubes)), blend_mm_(blend_mm) {
    const auto add = [&](const std::string& name, Vec3 center, Vec3 normal, double radius) {
        if (!name.empty()) openings_.push_back({name, name.starts_with("inlet"), center, normal, radius});
    };
    for (const Tube& tube : tubes_) {
        add(tube.start_name, tube.origin_mm + tube.start_mm * tube.direction, -tube.direction,
            tube.radius_mm(tube.start_mm));
        add(tube.end_name, tube.origin_mm + tube.end_mm * tube.direction, tube.direction,
            tube.radius_mm(tube.end_mm));
    }
    find_widths();
}

void TubeLumen::find_widths() {
    const auto is_inlet = [](const std::string& name) { return name.starts_with("inlet"); };
    // Along the flow, which may run against the tube's own axis.
    const auto fill = [&](std::size_t i, double incoming) {
        const Tube& tube = tubes_[i];
        const double sign = is_inlet(tube.end_name) ? -1 : 1, from = sign > 0 ? tube.start_mm : tube.end_mm;
        const auto steps = static_cast<int>(std::ceil((tube.end_mm - tube.start_mm) / width_step_mm));
        Widths& w = widths_[i];
        for (int k = 0; k <= steps; ++k) {
            w.arc_mm.push_back((tube.end_mm - tube.start_mm) * k / steps);
            w.width_mm.push_back(2 * tube.radius_mm(from + sign * w.arc_mm.back()));
        }
        limit_by_throats(w.arc_mm, w.width_mm, incoming);
    };
    widths_.resize(tubes_.size());
    std::size_t feeder = 0;
    for (std::size_t i = 0; i < tubes_.size(); ++i)
        if (is_inlet(tubes_[i].start_name) || is_inlet(tubes_[i].end_name)) fill(feeder = i, 0);
    for (std::size_t i = 0; i < tubes_.size(); ++i) {
        if (!widths_[i].arc_mm.empty()) continue;
        const double s = dot(tubes_[i].origin_mm - tubes_[feeder].origin_mm, tubes_[feeder].direction);
        fill(i, widths_[feeder].arc_mm.empty() ? 0 : width_mm(feeder, s));
    }
}

double TubeLumen::width_mm(std::size_t i, double s) const {
    const Tube& tube = tubes_[i];
    const bool against = tube.end_name.starts_with("inlet");
    return value_at(widths_[i].arc_mm, widths_[i].width_mm, against ? tube.end_mm - s : s - tube.start_mm);
}

ImplicitLumen::Sample TubeLumen::sample(Vec3 p) const {
    Sample out;
    double nearest = 1e9;
    for (std::size_t i = 0; i < tubes_.size(); ++i) {
        const Tube& tube = tubes_[i];
        const Vec3 w = p - tube.origin_mm;
        const double s = dot(w, tube.direction);
        const double along = tube.round_start ? std::max(s, tube.start_mm) : s;
        const double within = std::clamp(s, tube.start_mm, tube.end_mm);
        const Vec3 shift = tube.shift_mm ? tube.shift_mm(within) : Vec3{};
        const double rho = norm(w - along * tube.direction - shift);
        const double radius = tube.radius_mm(within);
        const double f = rho - radius;
        out.value_mm = i == 0 ? f : smooth_min(out.value_mm, f, blend_mm_);
        if (f < nearest) nearest = f, out.diameter_mm = width_mm(i, within);
    }
    return out;
}

std::vector<Box> TubeLumen::boxes() const {
    std::vector<Box> boxes;
    for (const Tube& tube : tubes_) {
        double widest = 0;
        for (int i = 0; i <= 64; ++i)
            widest =
                std::max(widest, tube.radius_mm(tube.start_mm + (tube.end_mm - tube.start_mm) * i / 64.0));
        cover(boxes, tube.origin_mm, tube.direction, tube.start_mm - beyond_mm, tube.end_mm + beyond_mm,
              widest);
    }
    return boxes;
}

EllipticLumen::EllipticLumen(Vec3 origin_mm, Vec3 direction, Vec3 major, double length_mm, double a_mm,
                             double b_mm)
    : origin_mm_(origin_mm),
      direction_(normalized(direction)),
      length_mm_(length_mm),
      a_mm_(a_mm),
      b_mm_(b_mm) {
    major_ = normalized(major - dot(major, direction_) * direction_);
    minor_ = cross(direction_, major_);
    openings_.push_back({"inlet", true, origin_mm_, -direction_, a_mm});
    openings_.push_back({"outlet", false, origin_mm_ + length_mm * direction_, direction_, a_mm});
}

ImplicitLumen::Sample EllipticLumen::sample(Vec3 p) const {
    const Vec3 w = p - origin_mm_;
    const double u = dot(w, major_) / a_mm_, v = dot(w, minor_) / b_mm_;
    const double k = std::sqrt(u * u + v * v);
    const double slope = k > 0 ? std::sqrt(u * u / (a_mm_ * a_mm_) + v * v / (b_mm_ * b_mm_)) / k : 0;
    return {slope > 0 ? (k - 1) / slope : -b_mm_, 2 * b_mm_};
}

std::vector<Box> EllipticLumen::boxes() const {
    std::vector<Box> boxes;
    cover(boxes, origin_mm_, direction_, -beyond_mm, length_mm_ + beyond_mm, a_mm_);
    return boxes;
}

TubeLumen pipe_lumen(Vec3 origin_mm, Vec3 direction, double length_mm, double radius_mm) {
    Tube tube{origin_mm,
              normalized(direction),
              0,
              length_mm,
              [=](double) { return radius_mm; },
              false,
              "inlet",
              "outlet",
              {}};
    return {{tube}, 0};
}

TubeLumen cosine_stenosis_lumen(Vec3 origin_mm, Vec3 direction, double r0_mm, double depth, double length_mm,
                                double before_mm, double after_mm, Vec3 off_axis) {
    const auto radius = [=](double z) {
        if (z <= 0 || z >= length_mm) return r0_mm;
        return r0_mm * (1 - 0.5 * depth * (1 - std::cos(2 * pi * z / length_mm)));
    };
    Tube tube{origin_mm, normalized(direction), before_mm, after_mm, radius, false, "inlet", "outlet", {}};
    if (norm(off_axis) > 0) tube.shift_mm = [=](double z) { return (r0_mm - radius(z)) * off_axis; };
    return {{tube}, 0};
}

TubeLumen stenosed_tree_lumen() {
    const auto main_radius = [](double x) {
        const double taper = 1.75 - 0.75 * x / 60;
        return std::abs(x - 30) < 5 ? taper * (1 - 0.30 * (1 + std::cos(pi * (x - 30) / 5))) : taper;
    };
    const auto branch = [](double x, double angle_deg, double turn_deg, double radius, const char* name) {
        const double a = angle_deg * pi / 180, phi = turn_deg * pi / 180;
        const Vec3 d{std::cos(a), std::sin(a) * std::cos(phi), std::sin(a) * std::sin(phi)};
        return Tube{{x, 0, 0}, d, 0, 30, [=](double) { return radius; }, true, "", name, {}};
    };
    return {{{{0, 0, 0}, {1, 0, 0}, 0, 60, main_radius, false, "inlet", "outlet_main", {}},
             branch(15, 50, 0, 1.1, "outlet_b1"),
             branch(44, 55, 150, 0.9, "outlet_b2")},
            0.4};
}

TubeLumen symmetric_fork_lumen(Vec3 fork_mm, Vec3 direction, Vec3 side, double half_angle_rad, double r0_mm,
                               double r1_mm, double parent_mm, double daughter_mm) {
    const Vec3 d = normalized(direction), n = normalized(side - dot(side, d) * d);
    // The parent runs against its own axis, so that its round end lies at the fork.
    Tube parent{fork_mm, -d, 0, parent_mm, [=](double) { return r0_mm; }, true, "", "inlet", {}};
    std::vector<Tube> tubes{parent};
    for (double sign : {1.0, -1.0}) {
        const Vec3 way = std::cos(half_angle_rad) * d + sign * std::sin(half_angle_rad) * n;
        tubes.push_back({fork_mm,
                         way,
                         0,
                         daughter_mm,
                         [=](double) { return r1_mm; },
                         true,
                         "",
                         sign > 0 ? "outlet_a" : "outlet_b",
                         {}});
    }
    return {tubes, 0.3 * r1_mm};
}

}  // namespace ctffr::meshing
