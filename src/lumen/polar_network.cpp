// SPDX-License-Identifier: Apache-2.0
#include "lumen/polar_network.hpp"

#include <algorithm>
#include <cmath>

#include "ctffr/core/error.hpp"
#include "ctffr/core/units.hpp"

namespace ctffr::lumen {

namespace {

constexpr std::size_t angles = PolarGrid::angles, steps = PolarGrid::steps, samples = PolarGrid::samples;
constexpr double fat_hu = -100;
// Beyond this radius the wall leaves the grid: the section is sampled on a wider one.
constexpr double widest_radius_mm = 3.2;

// Sections at the even distance the network was trained on, between those of the chain.
struct EvenSections {
    std::vector<FitSection> sections;
    std::vector<double> blood_hu;
    double scale = 1, step_mm = PolarGrid::section_mm;
};

EvenSections evenly(const std::vector<FitSection>& from, const std::vector<double>& blood_hu) {
    EvenSections even;
    double widest = 0;
    for (const FitSection& s : from) widest = std::max(widest, s.fit.value[SectionParameters::contour]);
    even.scale = std::max(1.0, widest / widest_radius_mm);
    even.step_mm = even.scale * PolarGrid::section_mm;
    const double start = from.front().arc_mm, length = from.back().arc_mm - start;
    const auto count = static_cast<std::size_t>(std::floor(length / even.step_mm + 1e-6)) + 1;
    std::size_t i = 0;
    for (std::size_t k = 0; k < count; ++k) {
        const double arc = start + static_cast<double>(k) * even.step_mm;
        while (i + 2 < from.size() && from[i + 1].arc_mm <= arc) ++i;
        const FitSection &a = from[i], &b = from[std::min(i + 1, from.size() - 1)];
        const double span = b.arc_mm - a.arc_mm,
                     t = span > 0 ? std::clamp((arc - a.arc_mm) / span, 0.0, 1.0) : 0;
        FitSection s = a;
        s.arc_mm = arc;
        s.center = lerp(a.center, b.center, t);
        s.tangent = normalized(lerp(a.tangent, b.tangent, t));
        const Vec3 normal = lerp(a.normal, b.normal, t);
        s.normal = normalized(normal - dot(normal, s.tangent) * s.tangent);
        s.binormal = cross(s.tangent, s.normal);
        even.sections.push_back(s);
        const std::size_t next = std::min(i + 1, from.size() - 1);
        even.blood_hu.push_back(blood_hu[i] + t * (blood_hu[next] - blood_hu[i]));
    }
    return even;
}

float probability(float logit) { return 1.0f / (1.0f + std::exp(-logit)); }

// The scale of a Laplace distribution times the square root of two is its standard deviation.
float deviation(float log_scale, double scale) {
    return static_cast<float>(std::sqrt(2.0) * scale * std::exp(std::clamp<double>(log_scale, -6, 1)));
}

RayEstimate estimate_at(const std::vector<float>& out, std::size_t section, std::size_t angle, double scale) {
    const auto value = [&](std::size_t k) {
        return out[(k * PolarLayout::window + section) * angles + angle];
    };
    for (std::size_t k = 0; k < PolarLayout::outputs; ++k)
        if (!std::isfinite(value(k)))
            throw Error(ExitCode::lumen_failed,
                        "The lumen network answered with a number that is not finite: its weights are "
                        "damaged, or the "
                        "image is unlike any it can take.");
    RayEstimate ray;
    ray.radius_mm = static_cast<float>(scale * static_cast<double>(value(0)));
    ray.outer_mm = static_cast<float>(scale * static_cast<double>(value(1)));
    ray.sd_mm = deviation(value(2), scale), ray.outer_sd_mm = deviation(value(3), scale);
    ray.open = probability(value(4)), ray.calcium = probability(value(5)), ray.stent = probability(value(6));
    return ray;
}

RayEstimate between(const RayEstimate& a, const RayEstimate& b, float t) {
    const auto mix = [t](float x, float y) { return x + t * (y - x); };
    return {mix(a.radius_mm, b.radius_mm), mix(a.outer_mm, b.outer_mm),
            mix(a.sd_mm, b.sd_mm),         mix(a.outer_sd_mm, b.outer_sd_mm),
            mix(a.open, b.open),           mix(a.calcium, b.calcium),
            mix(a.stent, b.stent)};
}

}  // namespace

std::vector<float> polar_input(const std::vector<float>& hu, const std::vector<SectionConditions>& conditions,
                               double scale, std::ptrdiff_t first, std::size_t count) {
    const auto sections = static_cast<std::ptrdiff_t>(conditions.size());
    std::vector<float> input(PolarLayout::channels * count * samples);
    for (std::size_t s = 0; s < count; ++s) {
        const auto from = static_cast<std::size_t>(
            std::clamp<std::ptrdiff_t>(first + static_cast<std::ptrdiff_t>(s), 0, sections - 1));
        const SectionConditions& c = conditions[from];
        const double contrast = c.blood_hu - fat_hu;
        for (std::size_t a = 0; a < angles; ++a) {
            const double phi = 2 * pi * static_cast<double>(a) / angles, x = std::cos(phi), y = std::sin(phi);
            const double radial =
                std::sqrt(std::max(0.0, x * x * c.uu + 2 * x * y * c.uv + y * y * c.vv)) / scale;
            const double around =
                std::sqrt(std::max(0.0, y * y * c.uu - 2 * x * y * c.uv + x * x * c.vv)) / scale;
            for (std::size_t j = 0; j < steps; ++j) {
                const double value = hu[from * samples + a * steps + j];
                const double rho = (static_cast<double>(j) + 0.5) * PolarGrid::step_mm;
                const double channel[PolarLayout::channels] = {
                    std::clamp((value - fat_hu) / contrast, -1.0, 4.0),
                    std::clamp(value / 500, -2.0, 4.0),
                    10 * c.noise_hu / contrast,
                    3 * radial,
                    3 * around,
                    3 * c.along_mm / scale,
                    rho / 2.4 - 1,
                    c.blood_hu / 500};
                for (std::size_t k = 0; k < PolarLayout::channels; ++k)
                    input[(k * count + s) * samples + a * steps + j] = static_cast<float>(channel[k]);
            }
        }
    }
    return input;
}

std::vector<RayEstimate> estimate_rays(const ImageWindow& window, const std::vector<FitSection>& sections,
                                       const std::vector<double>& blood_hu, const ScanFacts& scan,
                                       const PolarNetwork& network, const Run& run) {
    const EvenSections even = evenly(sections, blood_hu);
    const std::vector<float> hu = sample_polar(window, even.sections, even.scale, run);
    std::vector<SectionConditions> conditions;
    for (std::size_t i = 0; i < even.sections.size(); ++i)
        conditions.push_back(conditions_of(even.sections[i], window.geometry, scan, even.blood_hu[i]));
    const std::size_t n = even.sections.size(), core = PolarLayout::window - 2 * PolarLayout::margin;
    std::vector<RayEstimate> found(n * angles);
    for (std::size_t start = 0; start < n; start += core) {
        run.check_cancel();
        const auto first =
            static_cast<std::ptrdiff_t>(start) - static_cast<std::ptrdiff_t>(PolarLayout::margin);
        const std::vector<float> out =
            network(polar_input(hu, conditions, even.scale, first, PolarLayout::window));
        CTFFR_CHECK_OP(out.size(), ==, PolarLayout::outputs * PolarLayout::window * angles);
        for (std::size_t i = start; i < std::min(n, start + core); ++i)
            for (std::size_t a = 0; a < angles; ++a)
                found[i * angles + a] = estimate_at(out, i - start + PolarLayout::margin, a, even.scale);
    }
    std::vector<RayEstimate> rays;
    rays.reserve(sections.size() * angles);
    for (const FitSection& s : sections) {
        const double at =
            std::clamp((s.arc_mm - sections.front().arc_mm) / even.step_mm, 0.0, static_cast<double>(n - 1));
        const auto low = static_cast<std::size_t>(at), high = std::min(low + 1, n - 1);
        for (std::size_t a = 0; a < angles; ++a)
            rays.push_back(between(found[low * angles + a], found[high * angles + a],
                                   static_cast<float>(at - static_cast<double>(low))));
    }
    return rays;
}

}  // namespace ctffr::lumen
