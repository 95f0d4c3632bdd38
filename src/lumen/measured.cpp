// SPDX-License-Identifier: Apache-2.0
#include "lumen/measured.hpp"

#include <algorithm>
#include <cmath>

#include "ctffr/core/units.hpp"

namespace ctffr::lumen {

namespace {

double median(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

// Rays that are missing or far longer than the rest lead into another branch.
bool complete_section(LumenSection& section, const std::vector<double>& raw) {
    const std::size_t n = raw.size();
    std::vector<double> seen;
    for (double r : raw)
        if (r > 0) seen.push_back(r);
    section.radius_mm.assign(n, 0.0F), section.radius_sd_mm.assign(n, 0.0F), section.open.assign(n, 0);
    if (seen.size() < n / 3) return false;
    const double limit = 1.7 * median(seen);
    std::vector<std::size_t> good;
    for (std::size_t a = 0; a < n; ++a)
        if (raw[a] > 0 && raw[a] <= limit) good.push_back(a);
    if (good.size() < n / 4) return false;
    for (std::size_t a = 0; a < n; ++a) {
        const bool fine = raw[a] > 0 && raw[a] <= limit;
        section.open[a] = fine ? 0 : 1;
        if (fine) {
            section.radius_mm[a] = static_cast<float>(raw[a]);
            continue;
        }
        // Between the nearest good rays on both sides, around the circle.
        std::size_t before = 1, after = 1;
        while (!(raw[(a + n - before) % n] > 0 && raw[(a + n - before) % n] <= limit)) ++before;
        while (!(raw[(a + after) % n] > 0 && raw[(a + after) % n] <= limit)) ++after;
        const double t = static_cast<double>(before) / static_cast<double>(before + after);
        section.radius_mm[a] =
            static_cast<float>((1 - t) * raw[(a + n - before) % n] + t * raw[(a + after) % n]);
    }
    return true;
}

}  // namespace

int complete_sections(std::vector<LumenSection>& sections, const std::vector<std::vector<double>>& raw_mm) {
    std::vector<std::size_t> known;
    for (std::size_t i = 0; i < sections.size(); ++i)
        if (complete_section(sections[i], raw_mm[i])) known.push_back(i);
    if (known.empty()) return 0;
    for (std::size_t i = 0; i < sections.size(); ++i) {
        const auto next = std::lower_bound(known.begin(), known.end(), i);
        if (next != known.end() && *next == i) continue;
        const std::size_t high = next == known.end() ? known.back() : *next;
        const std::size_t low = next == known.begin() ? high : *(next - 1);
        const double span = sections[high].arc_mm - sections[low].arc_mm;
        const double t = span > 0 ? (sections[i].arc_mm - sections[low].arc_mm) / span : 0;
        for (std::size_t a = 0; a < sections[i].radius_mm.size(); ++a) {
            sections[i].radius_mm[a] =
                static_cast<float>((1 - t) * sections[low].radius_mm[a] + t * sections[high].radius_mm[a]);
            sections[i].open[a] = 1;
        }
    }
    for (LumenSection& section : sections) section.area_mm2 = polygon_area_mm2(section);
    return static_cast<int>(known.size());
}

}  // namespace ctffr::lumen
