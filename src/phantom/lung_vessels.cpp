// SPDX-License-Identifier: Apache-2.0
// Vessels of the lungs: random branching from the hila outward, enough to look like lung on a slice.
#include "ctffr/core/random.hpp"
#include "phantom/chest.hpp"

namespace ctffr::phantom {
namespace {

struct Sprout {
    Vec3 start, direction;
    double radius = 0, length = 0;
};

}  // namespace

void Chest::grow_lung_vessels(std::uint64_t seed) {
    Random random(seed, 0x4c554e47u);
    const auto jitter = [&](double sd) {
        return Vec3{sd * random.normal(), sd * random.normal(), sd * random.normal()};
    };
    std::vector<Sprout> pending;
    for (const double side : {-1.0, 1.0})
        for (int n = 0; n < 46; ++n) {
            const Vec3 hilum = Vec3{midline_ + side * 42 * size_, spine_ - 38 * size_, 18} + jitter(9);
            const Vec3 out{side * random.uniform(0.1, 1.0), random.uniform(-1.0, 0.5),
                           random.uniform(-1.0, 0.9)};
            pending.push_back({hilum, normalized(out), random.uniform(1.5, 3.4), random.uniform(28, 48)});
        }
    constexpr double thinnest = 0.75;
    while (!pending.empty()) {
        const Sprout sprout = pending.back();
        pending.pop_back();
        Vec3 at = sprout.start, direction = sprout.direction;
        const int pieces = 5;
        bool outside = false;
        for (int piece = 0; piece < pieces && !outside; ++piece) {
            direction = normalized(direction + jitter(0.12));
            const Vec3 next = at + sprout.length / pieces * direction;
            const double r0 = sprout.radius * (1 - 0.06 * piece),
                         r1 = sprout.radius * (1 - 0.06 * (piece + 1));
            lung_vessels_.push_back({{pose_ * at, r0}, {pose_ * next, r1}});
            at = next;
            outside = cavity_at(at) > -6;
        }
        const double radius = sprout.radius * 0.7;
        if (outside || radius < thinnest) continue;
        const Vec3 aside = normalized(cross(direction, normalized(jitter(1))));
        for (const double turn : {-1.0, 1.0}) {
            const double spread = random.uniform(0.35, 0.8);
            pending.push_back({at, normalized(direction + turn * spread * aside),
                               radius * random.uniform(0.8, 1.1),
                               sprout.length * random.uniform(0.55, 0.85)});
        }
    }
}

}  // namespace ctffr::phantom
