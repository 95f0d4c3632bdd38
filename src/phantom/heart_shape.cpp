// SPDX-License-Identifier: Apache-2.0
#include "phantom/heart_shape.hpp"

#include "ctffr/core/units.hpp"
#include "phantom/heart_axes.hpp"

namespace ctffr::phantom {
namespace {

constexpr double degree = pi / 180;

// Angle brought to (-pi, pi].
double wrapped(double angle) { return std::remainder(angle, 2 * pi); }

// A direction of the patient (LPS) in the heart frame.
Vec3 from_lps(double x, double y, double z) { return heart_axes().transposed() * Vec3{x, y, z}; }

}  // namespace

HeartShape::HeartShape(const HeartSizes& drawn, Random& random) : sizes(drawn) {
    const auto jitter = [&](double sd) {
        return Vec3{sd * random.normal(), sd * random.normal(), sd * random.normal()};
    };
    annulus_ = Vec3{6, 17, -6} + jitter(0.6);
    root_axis = normalized(from_lps(-0.35, -0.05, 0.93) + jitter(0.03));
    la_center_ = Vec3{-7, -7, -28} + jitter(0.8);
    la_semi_ = {23, 24, 19.5};
    ra_center_ = Vec3{36, -4, -31} + jitter(0.8);
    ra_semi_ = {24, 29, 24};

    // Sinuses of Valsalva: left one to the left and back, right one to the front, non-coronary to the right
    // and back.
    const double azimuth[3] = {20, -100, 140};
    const double turn = random.normal(0, 4);
    for (int s = 0; s < 3; ++s) {
        const double angle = (azimuth[s] + turn) * degree;
        const Vec3 raw = from_lps(std::cos(angle), std::sin(angle), 0);
        sinus_direction[s] = normalized(raw - dot(raw, root_axis) * root_axis);
    }
    const Vec3 junction = annulus_ + 22.0 * root_axis;
    const double ascending = sizes.ascending_radius;
    aorta_axis = smooth_tube({{annulus_, sizes.root_radius - 1},
                              {annulus_ + 11.0 * root_axis, sizes.root_radius},
                              {junction, sizes.root_radius + 0.8},
                              {junction + from_lps(-6, -3, 20), ascending},
                              {junction + from_lps(-8, -3, 42), ascending},
                              {junction + from_lps(-2, 6, 62), ascending - 0.5},
                              {junction + from_lps(6, 30, 70), ascending - 1.5},
                              {junction + from_lps(18, 60, 52), ascending - 2.5},
                              {junction + from_lps(22, 68, 20), ascending - 3},
                              {junction + from_lps(21, 68, -40), ascending - 3.5},
                              {junction + from_lps(16, 66, -130), ascending - 4}},
                             6);
    // The arch is far from everything that joins the root: two tubes keep the common one short.
    const auto arch = aorta_axis.begin() + 5 * 6;
    aorta_ = std::vector<TubeNode>(aorta_axis.begin(), arch + 1);
    descending_ = std::vector<TubeNode>(arch, aorta_axis.end());
    outflow_ = std::vector<TubeNode>{{{2, 8, 16}, 10.0}, {annulus_, sizes.root_radius - 1.5}};
    mitral_ = std::vector<TubeNode>{{{-5, -8, sizes.base - 3}, 12.5}, {{-4, -6, sizes.base + 14}, 15}};
    tricuspid_ = std::vector<TubeNode>{{{44, -8, sizes.base - 6}, 13}, {{44, -6, sizes.base + 14}, 14}};
    la_neck_ = std::vector<TubeNode>{{{-5, -8, sizes.base - 16}, 14}, {{-5, -8, sizes.base - 3}, 12.5}};
    ra_neck_ = std::vector<TubeNode>{{{42, -8, sizes.base - 14}, 15}, {{44, -8, sizes.base - 4}, 13}};
    // Papillary muscles: from the middle of the lateral and inferior walls towards the mitral valve.
    const auto papilla = [&](double angle) {
        const Vec3 out{std::cos(angle * degree), std::sin(angle * degree), 0};
        const double b = sizes.lv_cavity_radius;
        return Tube(smooth_tube({{0.86 * b * out + Vec3{0, 0, 46}, 4.5},
                                 {0.70 * b * out + Vec3{0, 0, 34}, 4.2},
                                 {0.58 * b * out + Vec3{0, 0, 25}, 2.2}},
                                3));
    };
    papillary_ = {papilla(140 + random.normal(0, 6)), papilla(222 + random.normal(0, 6))};
    phase_ = random.uniform(0, 2 * pi);

    // Right ventricular outflow tract, pulmonary trunk and its two arteries.
    const Vec3 valve = Vec3{11, 46, 13} + jitter(0.6);
    const double r = sizes.trunk_radius;
    conus_ = smooth_tube({{{34, 24, 26}, 15}, {{25, 38, 20}, r + 1.0}, {valve, r - 0.5}}, 4);
    const Vec3 fork = valve + from_lps(4, 26, 40);
    trunk_ = smooth_tube({{valve, r - 0.5},
                          {valve + from_lps(2, 6, 14), r + 0.8},
                          {valve + from_lps(3, 15, 28), r + 0.5},
                          {fork, r}},
                         4);
    right_pulmonary_ = smooth_tube({{fork, r - 1},
                                    {fork + from_lps(-18, 14, 1), r - 3},
                                    {fork + from_lps(-44, 18, -4), r - 4},
                                    {fork + from_lps(-80, 24, -16), r - 7}},
                                   4);
    left_pulmonary_ = smooth_tube({{fork, r - 1},
                                   {fork + from_lps(14, 16, 5), r - 3},
                                   {fork + from_lps(28, 34, -2), r - 4},
                                   {fork + from_lps(36, 44, -30), r - 7}},
                                  4);

    const auto vein = [&](Vec3 start, Vec3 lps_step, double radius) {
        const Vec3 step = from_lps(lps_step.x, lps_step.y, lps_step.z);
        return smooth_tube(
            {{start, radius + 2}, {start + step, radius}, {start + 2.2 * step + jitter(1.5), radius - 1.5}},
            4);
    };
    const auto on_la = [&](double x, double y, double z) { return la_center_ + from_lps(x, y, z); };
    pulmonary_veins_ = {vein(on_la(18, 10, 12), {13, 9, 7}, 6), vein(on_la(16, 14, -5), {14, 10, -6}, 6),
                        vein(on_la(-18, 8, 10), {-15, 4, 7}, 6.5),
                        vein(on_la(-17, 12, -6), {-14, 10, -7}, 6)};
    la_appendage_ = smooth_tube({{la_center_ + Vec3{-17, 14, 2}, 9},
                                 {{-33, 22, -24}, 8},
                                 {{-31, 37, -19}, 7},
                                 {Vec3{-22, 49, -10} + jitter(1), 4.5}},
                                4);
    ra_appendage_ = smooth_tube(
        {{ra_center_ + Vec3{2, 14, 2}, 13}, {{40, 26, -22}, 10}, {Vec3{33, 41, -16} + jitter(1), 6.5}}, 4);
    const Vec3 top = ra_center_ + from_lps(-2, 6, 18);
    cava_superior_ =
        smooth_tube({{top, 11}, {top + from_lps(0, 2, 22), 9.5}, {top + from_lps(-2, -2, 70), 9}}, 4);
    const Vec3 bottom = ra_center_ + from_lps(-6, 16, -12);
    cava_inferior_ = smooth_tube(
        {{bottom, 13}, {bottom + from_lps(-3, 8, -16), 12}, {bottom + from_lps(-6, 14, -80), 12}}, 4);

    const Vec3 height = annulus_ + 15.0 * root_axis;
    const double reach = 15.5;
    constexpr double kept_free = 5.5;
    std::vector<TubeNode> left, right;
    for (const double push : {0.0, 5.0, 9.0})
        left.push_back({height + (reach + push) * sinus_direction[0], kept_free});
    for (double angle = 124; angle <= 278; angle += 6)
        left.push_back({groove_guess(angle * degree), kept_free});
    for (const double push : {0.0, 5.0})
        right.push_back({height + (reach + push) * sinus_direction[1], kept_free});
    for (double angle = 40; angle >= -80; angle -= 6)
        right.push_back({groove_guess(angle * degree), kept_free});
    corridor_left_ = std::move(left);
    corridor_right_ = std::move(right);
}

double HeartShape::anterior_angle(double v) const {
    return (45 + 77 * std::pow(std::clamp(1 - v, 0.0, 1.0), sizes.groove_twist)) * degree;
}

double HeartShape::posterior_angle(double v) const {
    return (-54 - 24 * std::pow(std::clamp(1 - v, 0.0, 1.0), 1.5)) * degree;
}

Vec3 HeartShape::on_lv(double angle, double v) const {
    const double c = sizes.base + sizes.lv_length - sizes.equator, b = sizes.lv_cavity_radius + sizes.lv_wall;
    const double first = std::asin((sizes.base - sizes.equator) / c);
    const double psi = first + (pi / 2 - first) * v;
    return {b * std::cos(psi) * std::cos(angle), b * std::cos(psi) * std::sin(angle),
            sizes.equator + c * std::sin(psi)};
}

Vec3 HeartShape::groove_guess(double angle) const {
    Vec3 p = on_lv(angle, 0);
    const double plane = 3.0;  // towards the atria, off the ventricular rim
    // On the right the rim is that of the right ventricle: walk outward until the RV surface is crossed.
    const Vec3 outward{std::cos(angle), std::sin(angle), 0};
    const double base = sizes.base;
    for (double step = 0; step < 60; step += 0.5) {
        const Vec3 q{p.x + step * outward.x, p.y + step * outward.y, base + 6};
        if (std::min(lv_outer(q), rv_bulge(q)) > 0) {
            p = {p.x + (step - 2) * outward.x, p.y + (step - 2) * outward.y, base - plane};
            break;
        }
    }
    return p;
}

double HeartShape::lv_ellipsoid(Vec3 p) const {
    const double b = sizes.lv_cavity_radius + sizes.lv_wall;
    return ellipsoid({p.x, p.y, p.z - sizes.equator}, {b, b, sizes.base + sizes.lv_length - sizes.equator});
}

double HeartShape::lv_outer(Vec3 p) const { return smooth_max(lv_ellipsoid(p), sizes.base - p.z, 6); }

double HeartShape::lv_cavity(Vec3 p) const {
    const double b = sizes.lv_cavity_radius;
    const double c =
        sizes.base + sizes.lv_length - sizes.equator - 0.8 * sizes.lv_wall;  // the apex is thinner
    const double body = ellipsoid({p.x, p.y, p.z - sizes.equator}, {b, b, c}) + trabeculae(p, 14, 0.9);
    // The mitral orifice opens the base to the left atrium, the outflow tract to the aorta.
    const double inflow = smooth_max(body, sizes.base + 3.5 - p.z, 3);
    const double open = smooth_min(inflow, smooth_max(mitral_(p), sizes.base - 1 - p.z, 2), 3);
    return smooth_min(open, outflow_(p), 3);
}

// Ridges along the wall, as heights: `count` around the axis, growing from the base to the apex.
double HeartShape::trabeculae(Vec3 p, int count, double height) const {
    const double angle = std::atan2(p.y, p.x);
    const double along = std::clamp((p.z - 10) / 40, 0.0, 1.0);
    const double broken = 0.6 + 0.4 * std::sin(0.31 * p.z + 3 * angle + phase_);
    return height * along * broken * std::sin(count * angle + 0.10 * p.z + phase_);
}

double HeartShape::papillary(Vec3 p) const { return std::min(papillary_[0](p), papillary_[1](p)); }

double HeartShape::lv_myocardium(Vec3 p) const {
    const double root_blood = root(p);
    return std::max({lv_outer(p), -lv_cavity(p), -(root_blood - root_wall), -la_body(p, root_blood)});
}

double HeartShape::rv_bulge(Vec3 p) const {
    const double b = sizes.lv_cavity_radius + sizes.lv_wall;
    const double c = sizes.base + sizes.lv_length - sizes.equator;
    const double rho = std::max(std::hypot(p.x, p.y), 1.0);
    const double first = std::asin((sizes.base - sizes.equator) / c);
    const double v = (std::atan2((p.z - sizes.equator) / c, rho / b) - first) / (pi / 2 - first);
    const double from = posterior_angle(v), to = anterior_angle(v);
    const double half = 0.5 * (to - from);
    const double x = wrapped(std::atan2(p.y, p.x) - 0.5 * (from + to)) / half;
    const double along = std::max(0.0, v - 0.10) / 0.78;
    const double depth = sizes.rv_depth * (1 - along * along);
    const double bulge = depth > 0 ? depth * (1 - x * x) : depth;
    // The bulge is a height over the LV surface: divide by the slope so that the value stays a distance.
    const double around = depth > 0 ? 2 * depth * x / half / rho : 0;
    const double down = 2 * sizes.rv_depth * along / 0.78 * std::max(0.0, 1 - x * x) /
                        (sizes.lv_length * 1.1) * std::min(1.0, b / rho);
    return (lv_ellipsoid(p) - bulge) / std::sqrt(1 + around * around + down * down);
}

double HeartShape::rv_outer(Vec3 p) const {
    const double plane = (sizes.base + 4 + 0.15 * (p.y - 5) - p.z) / std::hypot(1.0, 0.15);
    return smooth_min(smooth_max(rv_bulge(p), plane, 8), conus_(p) - sizes.rv_wall, 5);
}

double HeartShape::rv_blood(Vec3 p, double root_blood) const {
    const double plane = (sizes.base + 7 + 0.15 * (p.y - 5) - p.z) / std::hypot(1.0, 0.15);
    const double chamber = smooth_max(rv_bulge(p) + sizes.rv_wall + trabeculae(p, 22, 1.6), plane, 4);
    const double tricuspid = smooth_max(tricuspid_(p), sizes.base - 2 - p.z, 2);
    const double all = smooth_min(smooth_min(chamber, tricuspid, 3), conus_(p), 4);
    // The septum belongs to the left ventricle and keeps its shape; muscle also parts conus and aortic root.
    return std::max({all, -lv_ellipsoid(p), -(root_blood - 3.0)});
}

double HeartShape::la_body(Vec3 p, double root_blood) const {
    const double body = ellipsoid(p - la_center_, la_semi_);
    return smooth_max(smooth_min(body, la_neck_(p), 4), -(root_blood - 2.5), 3);
}

double HeartShape::ra_body(Vec3 p, double root_blood, double la) const {
    const double body = ellipsoid(p - ra_center_, ra_semi_);
    const double apart = std::max(-(la - 2.5), -(root_blood - 2.5));
    return smooth_max(smooth_min(body, ra_neck_(p), 4), apart, 3);
}

double HeartShape::la_blood(Vec3 p, double body, double aorta_blood, double trunk_blood) const {
    double blood = body;
    for (const Tube& one : pulmonary_veins_) blood = smooth_min(blood, one(p), 5);
    const double kept_free = std::max(-corridor_left_(p), -(trunk_blood - 2.5));
    const double appendage = smooth_max(la_appendage_(p), kept_free, 3);
    return std::max(smooth_min(blood, appendage, 3), -(aorta_blood - 2.5));
}

double HeartShape::ra_blood(Vec3 p, double body, double root_blood, double la, double rv_surface) const {
    const double veins = std::min(cava_superior_(p), cava_inferior_(p));
    const double kept_free = std::max(-corridor_right_(p), -(rv_surface - 2.0));
    const double appendage = smooth_max(ra_appendage_(p), kept_free, 3);
    const double blood = smooth_min(smooth_min(body, veins, 5), appendage, 4);
    return std::max({blood, -(root_blood - 2.5), -(la - 2.5)});
}

double HeartShape::root(Vec3 p) const {
    double blood = aorta_(p);
    const Vec3 belt = annulus_ + 9.5 * root_axis;
    for (const Vec3 direction : sinus_direction) {
        const Vec3 q = p - (belt + 6.0 * direction);
        const double up = dot(q, root_axis);
        const double flat = norm(q - up * root_axis);
        blood =
            smooth_min(blood, ellipsoid({flat, 0, up}, {sizes.sinus_radius, sizes.sinus_radius, 12.5}), 3);
    }
    return blood;
}

double HeartShape::trunk_blood(Vec3 p, double root_blood, double la) const {
    const double arteries = smooth_min(right_pulmonary_(p), left_pulmonary_(p), 3);
    const double blood = smooth_min(trunk_(p), arteries, 4);
    return std::max({blood, -(root_blood - 2.5), -(la - 3.0)});
}

double HeartShape::epicardium(Vec3 p) const {
    const double root_blood = root(p), la = la_body(p, root_blood), ra = ra_body(p, root_blood, la);
    return epicardium_of(lv_outer(p), rv_outer(p), la, ra, trunk_(p));
}

double HeartShape::epicardium_of(double lv, double rv, double la, double ra, double trunk_blood) const {
    constexpr double fillet = 8;
    // The root of the pulmonary trunk belongs to it: arteries of the outflow tract must go around.
    const double right = smooth_min(rv, trunk_blood - 2.0, 4);
    return smooth_min(smooth_min(lv, right, fillet), std::min(la, ra) - sizes.atrium_wall, fillet);
}

HeartValues HeartShape::values(Vec3 p) const {
    HeartValues v;
    v.root = root(p);
    v.aorta = std::min(v.root, descending_(p));
    const double la = la_body(p, v.root), ra = ra_body(p, v.root, la);
    v.lv_outer = lv_outer(p), v.rv_outer = rv_outer(p);
    v.lv_cavity = lv_cavity(p), v.rv_cavity = rv_blood(p, v.root);
    v.papillary = std::max(papillary(p), v.lv_cavity);
    v.trunk = trunk_blood(p, v.root, la);
    v.left_atrium = la_blood(p, la, v.aorta, v.trunk);
    v.right_atrium = ra_blood(p, ra, v.root, la, v.rv_outer);
    v.epicardium = epicardium_of(v.lv_outer, v.rv_outer, la, ra, trunk_(p));
    // The sac: the heart and the first part of the great vessels under one loose cover.
    const double muscle = smooth_min(v.lv_outer, v.rv_outer, 30), atria = smooth_min(la, ra, 20);
    const double vessels =
        smooth_max(std::min({v.root, v.trunk, Tube::exact_below}), distance(p, annulus_) - 46, 8);
    v.sac = smooth_min(smooth_min(muscle, atria + 1.5, 26), vessels, 18) - 5.2;
    return v;
}

}  // namespace ctffr::phantom
