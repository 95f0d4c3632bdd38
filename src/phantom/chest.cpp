// SPDX-License-Identifier: Apache-2.0
#include "phantom/chest.hpp"

#include "ctffr/core/random.hpp"
#include "ctffr/core/units.hpp"

namespace ctffr::phantom {
namespace {

// Cylinder of elliptic section with slightly squared corners (exponent 2.5), first-order distance.
double squared_cylinder(double x, double y, double half_x, double half_y) {
    const double u = std::abs(x) / half_x, v = std::abs(y) / half_y;
    const double f = std::pow(u, 2.5) + std::pow(v, 2.5);
    if (f < 1e-9) return -std::min(half_x, half_y);
    const double level = std::pow(f, 0.4);
    const double gx = std::pow(u, 1.5) / half_x, gy = std::pow(v, 1.5) / half_y;
    return (level - 1) / (std::pow(f, -0.6) * std::hypot(gx, gy));
}

double smooth_step(double t) {
    t = std::clamp(t, 0.0, 1.0);
    return t * t * (3 - 2 * t);
}

double rounded_box(Vec3 p, Vec3 half, double radius) {
    const Vec3 q{std::abs(p.x) - half.x + radius, std::abs(p.y) - half.y + radius,
                 std::abs(p.z) - half.z + radius};
    const Vec3 out{std::max(q.x, 0.0), std::max(q.y, 0.0), std::max(q.z, 0.0)};
    return norm(out) + std::min(std::max({q.x, q.y, q.z}), 0.0) - radius;
}

}  // namespace

Chest::Chest(const BodySize& body, const HeartAnatomy& heart, std::uint64_t seed, const Mat3& pose)
    : pose_(pose) {
    Random random(seed, 0x43484553u);
    // The heart fixes where sternum, spine and diaphragm can be.
    Vec3 low{1e9, 1e9, 1e9}, high{-1e9, -1e9, -1e9};
    constexpr double step = 5;
    for (double z = -110; z <= 90; z += step)
        for (double y = -110; y <= 110; y += step)
            for (double x = -110; x <= 110; x += step)
                if (heart.epicardium(pose * Vec3{x, y, z}) < 0) {
                    low = {std::min(low.x, x), std::min(low.y, y), std::min(low.z, z)};
                    high = {std::max(high.x, x), std::max(high.y, y), std::max(high.z, z)};
                }
    size_ = std::pow(body.bsa_m2 / 1.85, 0.45);
    midline_ = low.x + 0.36 * (high.x - low.x) + random.normal(0, 3);
    front_ = low.y - random.uniform(9, 15);
    spine_ = high.y + 27 * size_ + random.uniform(0, 5);
    bottom_ = low.z;
    fat_mm_ = std::clamp(random.normal(body.sex == 'F' ? 20 : 14, 5), 6.0, 35.0) * size_;
    rib_pitch_ = 25 * size_, rib_phase_ = random.uniform(0, rib_pitch_);
    const double back = spine_ + 12 * size_;
    center_ = {midline_, 0.5 * (front_ + back), 0};
    half_ = {std::max(132 * size_, high.x - midline_ + 14), 0.5 * (back - front_) + 4, 0};
    transverse_ = std::vector<TubeNode>{{{-33 * size_, 26 * size_, 0}, 4.5},
                                        {{-10, 23 * size_, 0}, 4},
                                        {{10, 23 * size_, 0}, 4},
                                        {{33 * size_, 26 * size_, 0}, 4.5}};
    spinous_ = std::vector<TubeNode>{{{0, 33 * size_, 0}, 3.5}, {{0, 56 * size_, -10}, 3.5}};
    grow_lung_vessels(seed);
}

double Chest::skin_at(Vec3 q) const {
    const double wall = 24 * size_;
    return squared_cylinder(q.x - center_.x, q.y - center_.y - 4, half_.x + wall + fat_mm_,
                            half_.y + wall + fat_mm_ + 4);
}

double Chest::cavity_at(Vec3 q) const {
    const double shell = squared_cylinder(q.x - center_.x, q.y - center_.y, half_.x, half_.y);
    // The spine and the muscles beside it push the back wall in at the midline.
    const Vec3 at{q.x - midline_, q.y - (spine_ + 16 * size_), 0};
    return smooth_max(shell, -ellipsoid(at, {30 * size_, 32 * size_, 1e3}), 25);
}

double Chest::ribs_at(Vec3 q) const {
    // Hoops in the wall, 8 mm outside the cavity, falling towards the front; open at sternum and spine.
    const double depth = cavity_at(q) - 8 * size_;
    const double across = std::abs(q.x - midline_);
    if (depth > 20 || depth < -20) return 15;
    const double fall = 0.55 * (q.y - center_.y) + 0.12 * across;
    const double z = std::remainder(q.z - fall + rib_phase_, rib_pitch_);
    const double half_height = 6.0 * size_;
    const double hoop = ellipsoid({depth, z * 0.9, 0}, {3.8 * size_, half_height, 1e3});
    const double front = q.y < center_.y ? 48 * size_ - across : -1e3;  // ends where cartilage begins
    const double back = q.y > center_.y ? 20 * size_ - across : -1e3;
    return smooth_max(smooth_max(hoop, front, 5), back, 5);
}

double Chest::cartilage(Vec3 p) const {
    const Vec3 q = inside(p);
    const double depth = cavity_at(q) - 8 * size_;
    const double across = std::abs(q.x - midline_);
    if (q.y > center_.y || across > 70 || std::abs(depth) > 20) return 15;
    const double fall = 0.55 * (q.y - center_.y) + 0.12 * across;
    const double z = std::remainder(q.z - fall + rib_phase_, rib_pitch_);
    const double hoop = ellipsoid({depth, z * 0.9, 0}, {4.2 * size_, 6.5 * size_, 1e3});
    return smooth_max(std::max(hoop, across - 48 * size_), 17 * size_ - across, 3);
}

double Chest::sternum_at(Vec3 q) const {
    const Vec3 at{q.x - midline_, q.y - (front_ - 9 * size_), q.z - (bottom_ + 95)};
    return rounded_box(at, {17 * size_, 5.5 * size_, 85}, 4.5);
}

double Chest::vertebra_at(Vec3 q) const {
    const double pitch = 27 * size_;
    const double z = std::remainder(q.z, pitch);
    const Vec3 at{q.x - midline_, q.y - spine_, z};
    // Waisted body.
    const double waist = 1.5 * (1 - 4 * z * z / (pitch * pitch));
    const double body =
        smooth_max(ellipsoid({at.x, at.y, 0}, {(17.5 - waist) * size_, (15 - waist) * size_, 1e3}),
                   std::abs(z) - 10.5 * size_, 3);
    // Arch: a ring about the canal, transverse and spinous processes.
    const Vec3 canal{at.x, at.y - 22 * size_, 0};
    const double ring = std::abs(norm(canal) - 11.5 * size_) - 2.6 * size_;
    const double arch = std::max(ring, std::abs(z + 2) - 8 * size_);
    const double processes = std::min(transverse_({at.x, at.y, z + 2}), spinous_({at.x, at.y, z + 2}));
    const double canal_wall = 9.0 * size_ - norm(canal);
    return smooth_min(body, std::max(smooth_min(arch, processes, 3), canal_wall), 2);
}

double Chest::bone(Vec3 p) const {
    const Vec3 q = inside(p);
    double solid = std::min(ribs_at(q), sternum_at(q));
    if (q.y > spine_ - 40) solid = std::min(solid, vertebra_at(q));
    return solid;
}

double Chest::disc(Vec3 p) const {
    const Vec3 q = inside(p);
    return ellipsoid({q.x - midline_, q.y - spine_, 0}, {16.5 * size_, 14 * size_, 1e3});
}

double Chest::spinal_canal(Vec3 p) const {
    const Vec3 q = inside(p);
    return std::hypot(q.x - midline_, q.y - spine_ - 22 * size_) - 9.2 * size_;
}

double Chest::diaphragm(Vec3 p) const {
    const Vec3 q = inside(p);
    const auto dome = [&](double x, double y, double top, double curve) {
        const double r2 = (q.x - x) * (q.x - x) + (q.y - y) * (q.y - y);
        return q.z - top + curve * (std::sqrt(1 + r2 / (curve * curve)) - 1);
    };
    const double right = dome(midline_ - 72 * size_, center_.y, bottom_ + 36, 62 * size_);
    const double left = dome(midline_ + 80 * size_, center_.y + 12, bottom_ + 20, 75 * size_);
    return 0.8 * smooth_min(right, left, 24);
}

double Chest::liver(Vec3 p) const {
    const Vec3 q = inside(p);
    const double edge = (q.x - (midline_ + 34 * size_) + 0.35 * (q.y - front_ - 30)) * 0.94;
    return smooth_max(smooth_max(diaphragm(p) + 2.2, cavity_at(q) + 2.2, 4), edge, 12);
}

double Chest::stomach(Vec3 p) const {
    const Vec3 q = inside(p);
    const Vec3 at{q.x - (midline_ + 84 * size_), q.y - center_.y, q.z - (bottom_ - 24)};
    return smooth_max(ellipsoid(at, {48 * size_, 62 * size_, 46 * size_}), diaphragm(p) + 2.6, 5);
}

double Chest::stomach_gas(Vec3 p) const {
    // Gas floats to the front of a patient on the back.
    return std::max(stomach(p) + 4, inside(p).y - (center_.y - 12));
}

double Chest::oesophagus(Vec3 p) const {
    const Vec3 q = inside(p);
    return ellipsoid({q.x - midline_ - 9 * size_, q.y - (spine_ - 21 * size_), 0}, {8, 5.5, 1e3});
}

double Chest::mediastinum(Vec3 p, double sac, double great_vessels) const {
    const Vec3 q = inside(p);
    // A fatty partition from sternum to spine, thin in front, plus a cuff around vessels and sac.
    const double to_back = smooth_step((q.y - front_ - 15) / (spine_ - front_ - 45));
    const double half_width = 6 + 15 * to_back, middle = midline_ + 10 - 6 * to_back;
    const double partition = std::abs(q.x - middle) - half_width;
    const double cuff = smooth_min(sac - 1.5, great_vessels - 2, 14);
    return smooth_min(cuff, partition, 22);
}

}  // namespace ctffr::phantom
