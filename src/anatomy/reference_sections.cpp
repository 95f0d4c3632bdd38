// SPDX-License-Identifier: Apache-2.0
#include "anatomy/reference_sections.hpp"

#include <algorithm>
#include <cmath>

#include "ctffr/core/units.hpp"

namespace ctffr {

namespace {

constexpr double smallest_radius_mm = 0.05;
constexpr double largest_open_fraction = 0.25;
constexpr double largest_shape = 3;

double open_fraction(const LumenSection& section) {
    if (section.open.empty()) return 0;
    double open = 0;
    for (std::uint8_t o : section.open) open += o ? 1 : 0;
    return open / static_cast<double>(section.open.size());
}

// A section's radius scatter is common to the whole contour to a good part, so the mean is not divided by
// sqrt(n). Sections that no image fit has made (a mask, a surface, radii of centerlines) state none, or 0.
double mean_sd(const LumenSection& section) {
    double sum = 0;
    for (float sd : section.radius_sd_mm) sum += sd;
    return sum > 0 ? sum / static_cast<double>(section.radius_sd_mm.size()) : -1;
}

// Replaces unusable values by the linear interpolation between usable neighbours (constant at the ends).
void fill_unusable(const std::vector<std::uint8_t>& usable, const Branch& branch,
                   std::vector<double>& value) {
    const std::size_t n = value.size();
    std::size_t before = n;  // last usable
    for (std::size_t i = 0; i < n; ++i) {
        if (usable[i]) {
            before = i;
            continue;
        }
        std::size_t after = i;
        while (after < n && !usable[after]) ++after;
        if (before == n && after == n) return;
        if (before == n) {
            value[i] = value[after];
        } else if (after == n) {
            value[i] = value[before];
        } else {
            const double t = (branch.points[i].arc_mm - branch.points[before].arc_mm) /
                             (branch.points[after].arc_mm - branch.points[before].arc_mm);
            value[i] = value[before] + t * (value[after] - value[before]);
        }
    }
}

}  // namespace

double shape_factor(const LumenSection& section) {
    const auto& r = section.radius_mm;
    const std::size_t n = r.size();
    if (n < 3) return 1;
    double area = 0, moment_x = 0, moment_y = 0, polar = 0;
    for (std::size_t a = 0; a < n; ++a) {
        const std::size_t b = (a + 1) % n;
        const double phi0 = 2 * pi * static_cast<double>(a) / static_cast<double>(n);
        const double phi1 = 2 * pi * static_cast<double>(a + 1) / static_cast<double>(n);
        const double x0 = r[a] * std::cos(phi0), y0 = r[a] * std::sin(phi0);
        const double x1 = r[b] * std::cos(phi1), y1 = r[b] * std::sin(phi1);
        const double twice = x0 * y1 - x1 * y0;
        area += twice / 2;
        moment_x += twice * (x0 + x1) / 6, moment_y += twice * (y0 + y1) / 6;
        polar += twice * (x0 * x0 + x0 * x1 + x1 * x1 + y0 * y0 + y0 * y1 + y1 * y1) / 12;
    }
    if (!(area > 0)) return 1;
    polar -= (moment_x * moment_x + moment_y * moment_y) / area;
    return std::clamp(2 * pi * polar / (area * area), 1.0, largest_shape);
}

SectionMeasures measure_sections(const CoronaryTree& tree, const LumenSurface& lumen) {
    SectionMeasures measures;
    for (const Branch& branch : tree.branches) {
        const auto b = static_cast<std::size_t>(branch.id);
        const std::size_t n = branch.points.size();
        std::vector<double> radius(n), shape(n, 1.0), sd(n, -1.0);
        std::vector<std::uint8_t> usable(n, 1);
        const bool has_sections = b < lumen.branches.size() && lumen.branches[b].sections.size() == n;
        for (std::size_t i = 0; i < n; ++i) {
            radius[i] = branch.points[i].radius_mm;
            if (!has_sections || lumen.branches[b].sections[i].radius_mm.size() < 3) continue;
            const LumenSection& section = lumen.branches[b].sections[i];
            radius[i] = equivalent_radius_mm(section);
            shape[i] = shape_factor(section);
            sd[i] = mean_sd(section);
            usable[i] = open_fraction(section) <= largest_open_fraction;
        }
        fill_unusable(usable, branch, radius);
        fill_unusable(usable, branch, shape);
        for (double& r : radius) r = std::max(r, smallest_radius_mm);
        measures.radius_mm.push_back(std::move(radius)), measures.shape.push_back(std::move(shape));
        measures.usable.push_back(std::move(usable)), measures.sd_mm.push_back(std::move(sd));
    }
    return measures;
}

}  // namespace ctffr
