// SPDX-License-Identifier: Apache-2.0
#include "report/colormap.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "ctffr/core/vec3.hpp"

namespace ctffr::report {

namespace {

struct Anchor {
    double ffr;
    Rgb colour;
};
constexpr std::array<Anchor, 8> anchors = {{{0.50, {0x6b, 0x00, 0x19}},
                                            {0.65, {0xb5, 0x18, 0x2d}},
                                            {0.75, {0xe8, 0x62, 0x32}},
                                            {0.76, {0xf5, 0xa6, 0x3a}},
                                            {0.80, {0xf9, 0xdb, 0x6e}},
                                            {0.81, {0xb2, 0xda, 0xe3}},
                                            {0.90, {0x57, 0xa3, 0xd6}},
                                            {1.00, {0x1f, 0x59, 0xb0}}}};
constexpr Rgb unknown_colour = {0x8c, 0x8c, 0x8c};

double linear_from_srgb(double c) { return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4); }
double srgb_from_linear(double c) {
    return c <= 0.0031308 ? 12.92 * c : 1.055 * std::pow(c, 1 / 2.4) - 0.055;
}

// OKLab: Ottosson, "A perceptual color space for image processing", 2020.
Vec3 oklab_from_rgb(Rgb colour) {
    const double r = linear_from_srgb(colour[0] / 255.0), g = linear_from_srgb(colour[1] / 255.0),
                 b = linear_from_srgb(colour[2] / 255.0);
    const double l = std::cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
    const double m = std::cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
    const double s = std::cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
    return {0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s,
            1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s,
            0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s};
}

Rgb rgb_from_oklab(Vec3 lab) {
    const double l = std::pow(lab.x + 0.3963377774 * lab.y + 0.2158037573 * lab.z, 3);
    const double m = std::pow(lab.x - 0.1055613458 * lab.y - 0.0638541728 * lab.z, 3);
    const double s = std::pow(lab.x - 0.0894841775 * lab.y - 1.2914855480 * lab.z, 3);
    const auto byte = [](double linear) {
        return static_cast<std::uint8_t>(std::lround(255 * srgb_from_linear(std::clamp(linear, 0.0, 1.0))));
    };
    return {byte(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
            byte(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
            byte(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s)};
}

}  // namespace

Rgb ffr_colour(double ffr) {
    if (!std::isfinite(ffr)) return unknown_colour;
    const double x = std::clamp(ffr, colour_low, colour_high);
    std::size_t i = 1;
    while (i + 1 < anchors.size() && x > anchors[i].ffr) ++i;
    const Anchor &a = anchors[i - 1], &b = anchors[i];
    return rgb_from_oklab(
        lerp(oklab_from_rgb(a.colour), oklab_from_rgb(b.colour), (x - a.ffr) / (b.ffr - a.ffr)));
}

std::string hex(Rgb colour) { return fmt::format("{:02x}{:02x}{:02x}", colour[0], colour[1], colour[2]); }

std::string colour_table() {
    std::string table;
    for (int i = 0; i < colour_count; ++i)
        table += hex(ffr_colour(colour_low + (colour_high - colour_low) * i / (colour_count - 1)));
    return table;
}

}  // namespace ctffr::report
