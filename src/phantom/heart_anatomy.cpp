// SPDX-License-Identifier: Apache-2.0
#include "phantom/heart_anatomy.hpp"

#include "ctffr/core/random.hpp"
#include "ctffr/core/units.hpp"
#include "phantom/heart_axes.hpp"
#include "phantom/heart_shape.hpp"

namespace ctffr::phantom {
namespace {

constexpr double muscle_g_per_ml = 1.05;
constexpr int groove_steps = 240;  // over the whole AV groove
constexpr int septal_steps = 120;  // from base to apex

// Volume of LV muscle in cubic heart units. Midpoint rule; the surface averages out its error below 0.5 %.
double muscle_volume(const HeartShape& shape) {
    const double step = 1.5, reach = shape.sizes.lv_cavity_radius + shape.sizes.lv_wall + 2;
    double volume = 0;
    for (double z = shape.sizes.base - 2; z < shape.apex().z + 2; z += step)
        for (double y = -reach; y < reach; y += step)
            for (double x = -reach; x < reach; x += step)
                // Linear coverage over one cell removes the steps of counting cell centres.
                if (const double d = shape.lv_outer({x, y, z}); d < step)
                    volume += std::clamp(0.5 - shape.lv_myocardium({x, y, z}) / step, 0.0, 1.0);
    return volume * step * step * step;
}

Vec3 interpolated(const std::vector<Vec3>& points, double at) {
    const double last = static_cast<double>(points.size() - 1);
    at = std::clamp(at, 0.0, last);
    const std::size_t i = std::min(static_cast<std::size_t>(at), points.size() - 2);
    return lerp(points[i], points[i + 1], at - static_cast<double>(i));
}

// The same curve with points at even arc lengths.
std::vector<Vec3> evenly_spaced(const std::vector<Vec3>& points, int steps) {
    std::vector<double> arc{0};
    for (std::size_t i = 1; i < points.size(); ++i)
        arc.push_back(arc.back() + distance(points[i - 1], points[i]));
    std::vector<Vec3> even;
    std::size_t i = 0;
    for (int s = 0; s <= steps; ++s) {
        const double want = arc.back() * s / steps;
        while (i + 2 < points.size() && arc[i + 1] < want) ++i;
        const double span = std::max(arc[i + 1] - arc[i], 1e-9);
        even.push_back(lerp(points[i], points[i + 1], std::clamp((want - arc[i]) / span, 0.0, 1.0)));
    }
    return even;
}

}  // namespace

HeartAnatomy::HeartAnatomy(const BodySize& body, std::uint64_t seed, const Mat3& pose) : body_(body) {
    Random random(seed, 0x48454152u);
    HeartSizes sizes;
    // Thick walls where the muscle is heavy for the body: half of the excess goes to thickness, half to size.
    const double heaviness = body.lv_mass_g / (125 * std::pow(body.bsa_m2 / 1.85, 1.35));
    sizes.lv_wall *= std::clamp(std::pow(heaviness, 0.35), 0.85, 1.25) * random.normal_in(1, 0.04, 0.9, 1.1);
    sizes.lv_cavity_radius *= random.normal_in(1, 0.04, 0.92, 1.08);
    sizes.lv_length *= random.normal_in(1, 0.03, 0.94, 1.06);
    sizes.rv_depth *= random.normal_in(1, 0.05, 0.9, 1.1);
    sizes.root_radius *= random.normal_in(1, 0.05, 0.9, 1.1);
    sizes.sinus_radius *= random.normal_in(1, 0.04, 0.92, 1.08);
    sizes.ascending_radius *= random.normal_in(1, 0.07, 0.88, 1.15);
    sizes.groove_twist *= random.normal_in(1, 0.06, 0.85, 1.15);
    shape_ = std::make_shared<const HeartShape>(sizes, random);
    scale_ = std::cbrt(body.lv_mass_g / muscle_g_per_ml * 1000.0 / muscle_volume(*shape_));
    const Vec3 tilt{random.normal_in(0, 0.06, -0.12, 0.12), random.normal_in(0, 0.06, -0.12, 0.12),
                    random.normal_in(0, 0.06, -0.12, 0.12)};
    const Mat3 tilted = rotation(tilt), nominal = heart_axes();
    const auto posed = [&](int column) { return pose * (tilted * nominal.column(column)); };
    axes_ = Mat3::from_columns(posed(0), posed(1), posed(2));
    // The middle of the heart is the origin of the patient frame.
    base_lps_mm_ = -scale_ * (axes_ * Vec3{14, 8, 4});
    trace_grooves();
}

double HeartAnatomy::epicardium(Vec3 p) const { return scale_ * shape_->epicardium(to_heart(p)); }

double HeartAnatomy::aorta(Vec3 p) const { return scale_ * shape_->root(to_heart(p)); }

Vec3 HeartAnatomy::epicardium_normal(Vec3 p) const {
    constexpr double h = 0.3;
    return normalized({epicardium({p.x + h, p.y, p.z}) - epicardium({p.x - h, p.y, p.z}),
                       epicardium({p.x, p.y + h, p.z}) - epicardium({p.x, p.y - h, p.z}),
                       epicardium({p.x, p.y, p.z + h}) - epicardium({p.x, p.y, p.z - h})});
}

Vec3 HeartAnatomy::on_epicardium(Vec3 p, double offset_mm) const {
    for (int i = 0; i < 60; ++i) {
        const double miss = epicardium(p) - offset_mm;
        if (std::abs(miss) < 1e-5) break;
        // Values are distances only near the surface: short steps keep the walk from overshooting.
        p -= std::clamp(miss, -4.0, 4.0) * 0.9 * epicardium_normal(p);
    }
    return p;
}

void HeartAnatomy::trace_grooves() {
    constexpr double first = 126 * pi / 180;  // below the bifurcation of the left main
    const double crux = shape_->posterior_angle(0);
    std::vector<Vec3> ring;
    for (int i = 0; i < groove_steps; ++i) {
        const double angle = -pi + 2 * pi * i / groove_steps;
        const double about =
            angle < 0 ? first + angle / pi * (first - crux) : first + angle / pi * (crux + 2 * pi - first);
        ring.push_back(on_epicardium(to_lps(shape_->groove_guess(about)), 0));
    }
    // Averaging along the ring takes out kinks where the guess changes from one ventricle to the other.
    for (int pass = 0; pass < 12; ++pass) {
        std::vector<Vec3> smooth = ring;
        for (int i = 0; i < groove_steps; ++i) {
            const auto at = [&](int k) {
                return ring[static_cast<std::size_t>((k + groove_steps) % groove_steps)];
            };
            smooth[static_cast<std::size_t>(i)] = 0.25 * at(i - 1) + 0.5 * at(i) + 0.25 * at(i + 1);
        }
        for (int i = 0; i < groove_steps; ++i)
            ring[static_cast<std::size_t>(i)] = on_epicardium(smooth[static_cast<std::size_t>(i)], 0);
    }
    ring.push_back(ring.front());
    av_groove_ = std::move(ring);
    const auto trace = [&](Vec3 start, bool anterior) {
        std::vector<Vec3> line{start};
        for (int i = 1; i <= septal_steps; ++i) {
            const double v = static_cast<double>(i) / septal_steps;
            const double angle = anterior ? shape_->anterior_angle(v) : shape_->posterior_angle(v);
            line.push_back(on_epicardium(to_lps(shape_->on_lv(angle, v)), 0));
        }
        for (int pass = 0; pass < 10; ++pass) {
            const std::vector<Vec3> old = line;
            for (std::size_t i = 1; i + 1 < line.size(); ++i)
                line[i] = on_epicardium(0.25 * old[i - 1] + 0.5 * old[i] + 0.25 * old[i + 1], 0);
        }
        return evenly_spaced(line, septal_steps);
    };
    anterior_ = trace(av_groove(0), true);
    posterior_ = trace(av_groove(pi), false);
}

Vec3 HeartAnatomy::av_groove(double angle_rad) const {
    return interpolated(av_groove_, (std::remainder(angle_rad, 2 * pi) + pi) / (2 * pi) * groove_steps);
}
Vec3 HeartAnatomy::anterior_groove(double t) const { return interpolated(anterior_, t * septal_steps); }
Vec3 HeartAnatomy::posterior_groove(double t) const { return interpolated(posterior_, t * septal_steps); }
Vec3 HeartAnatomy::apex() const { return to_lps(shape_->apex()); }

OstiumSite HeartAnatomy::ostium(int sinus) const {
    // At the height of the upper third of the sinus, straight out from the axis until the wall.
    const auto index = static_cast<std::size_t>(sinus);
    const Vec3 start = shape_->aorta_axis.front().center + 15.0 * shape_->root_axis;
    const Vec3 direction = shape_->sinus_direction[index];
    double inside = 0, outside = 30;
    while (outside - inside > 1e-6) {
        const double middle = 0.5 * (inside + outside);
        (shape_->root(start + middle * direction) < 0 ? inside : outside) = middle;
    }
    return {to_lps(start + inside * direction), normalized(axes_ * direction)};
}

OstiumSite HeartAnatomy::left_ostium() const { return ostium(0); }
OstiumSite HeartAnatomy::right_ostium() const { return ostium(1); }

HeartFrame HeartAnatomy::frame() const {
    HeartFrame frame;
    // Sections up to the top of the ascending part, before the axis turns over into the arch.
    const auto& axis = shape_->aorta_axis;
    for (std::size_t i = 0; i + 1 < axis.size(); ++i) {
        if (normalized(axes_ * (axis[i + 1].center - axis[i].center)).z < 0.6) break;
        frame.aorta.push_back({to_lps(axis[i].center), scale_ * axis[i].radius});
    }
    frame.aorta_axis = normalized(frame.aorta.back().center_lps_mm - frame.aorta.front().center_lps_mm);
    frame.root_center_lps_mm = to_lps(axis.front().center + 9.5 * shape_->root_axis);
    frame.lv_found = true;
    frame.lv_base_lps_mm = to_lps({0, 0, shape_->sizes.base});
    frame.lv_apex_lps_mm = apex();
    frame.lv_mass_g = body_.lv_mass_g;
    return frame;
}

}  // namespace ctffr::phantom
