// SPDX-License-Identifier: Apache-2.0
// A painted aortic root with arteries and plaques, as an image and as what the search needs of it.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "ctffr/core/random.hpp"
#include "ctffr/core/units.hpp"
#include "ctffr/data/heart.hpp"
#include "ctffr/data/image.hpp"
#include "ctffr/data/quality.hpp"

namespace ctffr::test {

inline constexpr double aorta_mm = 13, blood_hu = 420, muscle_hu = 100, fat_hu = -80, calcium_hu = 1300;

// A straight artery that leaves the aorta at right angles, with a throat near its ostium.
struct Artery {
    double azimuth_deg = 0, length_mm = 45, radius_mm = 1.7;
    double throat_mm = -1, throat_radius_mm = 1.7;  // distance of the throat from the wall
    Vec3 start{};                                   // where it begins: the axis of the aorta, or a fork

    Vec3 direction() const {
        const double a = azimuth_deg * pi / 180;
        return {std::cos(a), std::sin(a), 0};
    }
    Vec3 ostium() const { return aorta_mm * direction(); }
    double outside(Vec3 p) const {
        const double along = std::clamp(dot(p - start, direction()), 0.0, aorta_mm + length_mm);
        const double t = (along - aorta_mm - throat_mm) / 1.2;
        const double narrowed = throat_mm >= 0 ? (radius_mm - throat_radius_mm) * std::exp(-0.5 * t * t) : 0;
        return distance(p, start + along * direction()) - (radius_mm - narrowed);
    }
};

struct Root {
    std::vector<Artery> arteries;
    std::vector<std::pair<Vec3, double>> plaques;  // middle and radius of balls of calcium
    double blood = blood_hu, around = fat_hu, noise = 15;

    double hu(Vec3 p) const {
        const auto share = [](double outside) { return 0.5 * std::erfc(outside / (0.35 * std::sqrt(2.0))); };
        double outside = std::hypot(p.x, p.y) - aorta_mm;
        for (const Artery& a : arteries) outside = std::min(outside, a.outside(p));
        double value = around + (blood - around) * share(outside);
        for (const auto& [middle, radius] : plaques)
            value += (calcium_hu - value) * share(distance(p, middle) - radius);
        return value;
    }
};

struct Scene {
    Volume volume;
    Segmentation labels;
    HeartFrame heart;
    ScanModel scan;
};

inline Scene painted(const Root& root) {
    Scene scene;
    ImageGeometry& g = scene.volume.geometry;
    g.size = {160, 170, 90};
    g.spacing_mm = {0.6, 0.6, 0.6};
    g.origin_lps_mm = {-32, -63, -22};
    scene.labels.geometry = g;
    std::uint64_t n = 0;
    for (int k = 0; k < g.size.z; ++k)
        for (int j = 0; j < g.size.y; ++j)
            for (int i = 0; i < g.size.x; ++i, ++n) {
                const Vec3 p = g.lps_from_index({double(i), double(j), double(k)});
                scene.volume.hu.push_back(
                    static_cast<std::int16_t>(std::lround(root.hu(p) + root.noise * normal_at(3, 1, n))));
                scene.labels.labels.push_back(
                    std::hypot(p.x, p.y) < aorta_mm ? static_cast<std::uint8_t>(Label::aorta) : 0);
            }
    scene.heart.aorta_axis = {0, 0, 1};
    scene.heart.root_center_lps_mm = {0, 0, 0};
    for (int z = -12; z <= 28; ++z) scene.heart.aorta.push_back({{0, 0, double(z)}, aorta_mm});
    scene.scan.blood_hu = root.blood, scene.scan.blood_sd_hu = scene.scan.noise_sd_hu = root.noise;
    scene.scan.myocardium_hu = muscle_hu, scene.scan.fat_hu = fat_hu;
    scene.scan.psf_fwhm_xy_mm = scene.scan.psf_fwhm_z_mm = 0.8;
    return scene;
}

inline const Artery lad{.azimuth_deg = 5}, lcx{.azimuth_deg = 33}, rca{.azimuth_deg = -100};

}  // namespace ctffr::test
