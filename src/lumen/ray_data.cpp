// SPDX-License-Identifier: Apache-2.0
#include "lumen/ray_data.hpp"

#include <algorithm>
#include <cmath>

#include "ctffr/core/units.hpp"

namespace ctffr::lumen {

namespace {

constexpr double neutral_hu = 20;  // between wall (60 HU) and fat (-90 HU), for first guesses only

double median(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

// Inner edge of calcium on one ray: the half level between blood and the brightest sample, or -1.
double calcium_edge(const float* ray, double blood, double threshold, double reach_mm, bool& adjoins) {
    int start = -1;
    for (int j = 0; j + 1 < RayGrid::steps && RayGrid::rho(j) < reach_mm && start < 0; ++j)
        if (ray[j] > threshold && ray[j + 1] > threshold) start = j;
    if (start < 0) return -1;
    double peak = ray[start];
    for (int j = start; j < RayGrid::steps && ray[j] > threshold; ++j) peak = std::max(peak, double{ray[j]});
    const double half = 0.5 * (blood + peak);
    int j = start;
    while (j > 0 && ray[j] > half) --j;
    while (j + 1 < RayGrid::steps && ray[j + 1] < half) ++j;
    double edge = RayGrid::rho(j);
    if (j + 1 < RayGrid::steps && ray[j + 1] > ray[j])
        edge += RayGrid::step_mm * std::clamp((half - ray[j]) / (ray[j + 1] - ray[j]), 0.0, 1.0);
    double least = blood;
    for (int k = 0; k <= j; ++k) least = std::min(least, double{ray[k]});
    adjoins = least > blood - 0.35 * (blood - neutral_hu);
    return edge;
}

// Number of samples before a neighbour (vein, chamber, bone) begins: the valley between it and the vessel.
int samples_before_neighbour(const float* ray, double edge_mm, double blood, double noise, int limit) {
    const int first = std::clamp(static_cast<int>(edge_mm / RayGrid::step_mm), 0, limit - 1);
    double least = ray[first];
    int valley = first;
    for (int j = first; j < limit; ++j) {
        if (ray[j] < least) least = ray[j], valley = j;
        if (ray[j] > least + std::max(3 * noise, 0.25 * (blood - least))) return valley + 1;
    }
    return limit;
}

bool inside_tube(const FitChain& chain, std::size_t first, std::size_t last, Vec3 p, double margin_mm) {
    for (std::size_t i = first; i <= last; ++i) {
        const FitSection& s = chain.sections[i];
        const Vec3 w = p - s.center;
        const double along = dot(w, s.tangent);
        if (std::abs(along) > 0.4) continue;
        const double r = s.fit.value[SectionParameters::contour] + margin_mm;
        if (dot(w, w) - along * along < r * r) return true;
    }
    return false;
}

struct Range {
    std::size_t first = 0, last = 0;
};
Range near_section(const FitChain& chain, std::size_t at, double reach_mm) {
    const double arc = chain.sections[at].arc_mm;
    Range range{at, at};
    while (range.first > 0 && arc - chain.sections[range.first - 1].arc_mm < reach_mm) --range.first;
    while (range.last + 1 < chain.sections.size() && chain.sections[range.last + 1].arc_mm - arc < reach_mm)
        ++range.last;
    return range;
}

// Rays of `a` in `range_a` that reach into tube `b`; all rays of a section that lies within `b` when asked
// for.
void mark_pair(const FitChain& a, Range range_a, std::vector<SectionRays>& rays, const FitChain& b,
               Range range_b, bool own_center_counts) {
    for (std::size_t i = range_a.first; i <= range_a.last; ++i) {
        const FitSection& s = a.sections[i];
        const double r = s.fit.value[SectionParameters::contour];
        std::vector<std::uint8_t> hit(RayGrid::angles, 0);
        // A section whose centre lies in the other tube shows that tube's wall, not its own.
        if (own_center_counts && inside_tube(b, range_b.first, range_b.last, s.center, 0.0)) {
            std::fill(rays[i].open.begin(), rays[i].open.end(), std::uint8_t{1});
            continue;
        }
        for (int ray = 0; ray < RayGrid::angles; ++ray) {
            const double phi = RayGrid::phi(ray);
            const Vec3 direction = std::cos(phi) * s.normal + std::sin(phi) * s.binormal;
            for (double rho : {r + 0.1, r + 0.45})
                if (inside_tube(b, range_b.first, range_b.last, s.center + rho * direction, 0.1))
                    hit[static_cast<std::size_t>(ray)] = 1;
        }
        for (std::size_t k = 0; k < hit.size(); ++k)
            if (hit[k] || hit[(k + 1) % hit.size()] || hit[(k + hit.size() - 1) % hit.size()])
                rays[i].open[k] = 1;
    }
}

}  // namespace

double RayGrid::phi(int a) { return 2 * pi * a / angles; }

double first_radius(const std::vector<float>& hu, const ScanFacts& scan) {
    double center = 0;
    for (int a = 0; a < RayGrid::angles; ++a)
        center += 0.5 *
                  (hu[static_cast<std::size_t>(a * RayGrid::steps)] +
                   hu[static_cast<std::size_t>(a * RayGrid::steps + 1)]) /
                  RayGrid::angles;
    const double blood = scan.blood_hu, level = 0.5 * (blood + neutral_hu);
    const double contrast = (center - neutral_hu) / (blood - neutral_hu);
    if (contrast < 0.75) {
        // Peak of a blurred disc: 1 - exp(-r^2 / (2 sigma^2)).
        return scan.blur_mm() * std::sqrt(-2 * std::log(1 - std::clamp(contrast, 0.1, 0.75)));
    }
    std::vector<double> crossing;
    for (int a = 0; a < RayGrid::angles; ++a) {
        const float* ray = &hu[static_cast<std::size_t>(a * RayGrid::steps)];
        int j = 0;
        while (j + 1 < RayGrid::steps && ray[j + 1] > level) ++j;
        crossing.push_back(RayGrid::rho(j) + 0.5 * RayGrid::step_mm);
    }
    return std::clamp(median(crossing), 0.3, 3.2);
}

Vec3 brighter_center(const FitSection& section, const std::vector<float>& hu, const ScanFacts& scan) {
    const auto value = [&](int a, int j) {
        return double{hu[static_cast<std::size_t>(a * RayGrid::steps + j)]};
    };
    double here = 0;
    for (int a = 0; a < RayGrid::angles; ++a) here += 0.5 * (value(a, 0) + value(a, 1)) / RayGrid::angles;
    const double contrast = scan.blood_hu - neutral_hu;
    if (here > neutral_hu + 0.5 * contrast) return section.center;
    // The mean over three neighbouring rays and steps; far places must be brighter to win.
    constexpr double reach_mm = 1.0;
    double best = here + 0.1 * contrast;
    Vec3 found = section.center;
    for (int a = 0; a < RayGrid::angles; ++a)
        for (int j = 2; RayGrid::rho(j) < reach_mm; ++j) {
            double mean = 0;
            for (int da = -1; da <= 1; ++da)
                for (int dj = -1; dj <= 1; ++dj)
                    mean += value((a + da + RayGrid::angles) % RayGrid::angles, j + dj) / 9;
            const double score =
                mean - 0.25 * contrast * RayGrid::rho(j) * RayGrid::rho(j) / (reach_mm * reach_mm);
            // Calcium is bright too, but no lumen.
            if (score <= best || mean > scan.blood_hu + 3 * scan.noise_hu) continue;
            best = score;
            const double phi = RayGrid::phi(a);
            found = section.center +
                    RayGrid::rho(j) * (std::cos(phi) * section.normal + std::sin(phi) * section.binormal);
        }
    return found;
}

void choose_samples(const FitSection& section, const ScanFacts& scan, SectionRays& rays) {
    const double blood = section.fit.value[SectionParameters::blood];
    // Ringing of sharp kernels lifts the rim of the lumen by a few per cent of the contrast.
    const double threshold = blood + 3 * scan.noise_hu + 0.06 * (blood - neutral_hu);
    const double sigma = scan.blur_mm();
    const auto n = static_cast<std::size_t>(RayGrid::angles);
    rays.usable.assign(n, 0), rays.calcium_mm.assign(n, -1.0F), rays.adjoins.assign(n, 0);
    const double outer = section.fit.value[SectionParameters::outer];
    for (std::size_t a = 0; a < n; ++a) {
        const float* ray = &rays.hu[a * RayGrid::steps];
        const double r = section.fit.radius(RayGrid::phi(static_cast<int>(a)));
        const double window = std::max(outer, r + 0.4) + 0.6;
        int limit = std::clamp(static_cast<int>(window / RayGrid::step_mm), 4, RayGrid::steps);
        bool adjoins = false;
        const double edge = calcium_edge(ray, blood, threshold, window + 0.5, adjoins);
        if (edge >= 0) {
            rays.calcium_mm[a] = static_cast<float>(edge);
            rays.adjoins[a] = adjoins ? 1 : 0;
            limit = std::clamp(static_cast<int>((edge - 1.3 * sigma) / RayGrid::step_mm), 0, limit);
        } else {
            limit = samples_before_neighbour(ray, r + 0.3, blood, scan.noise_hu, limit);
        }
        rays.usable[a] = limit;
    }
    // Blur carries calcium into the rays beside it.
    std::vector<int> usable = rays.usable;
    for (std::size_t a = 0; a < n; ++a)
        for (std::size_t b : {(a + 1) % n, (a + n - 1) % n})
            if (rays.calcium_mm[b] >= 0 && rays.calcium_mm[a] < 0)
                usable[a] =
                    std::min(usable[a],
                             std::max(0, static_cast<int>((rays.calcium_mm[b] - sigma) / RayGrid::step_mm)));
    rays.usable = usable;
    for (std::size_t a = 0; a < n; ++a)
        if (!rays.open.empty() && rays.open[a]) {
            const double r = section.fit.radius(RayGrid::phi(static_cast<int>(a)));
            rays.usable[a] = std::min(rays.usable[a], static_cast<int>(0.4 * r / RayGrid::step_mm));
        }
}

void mark_open_rays(const std::vector<FitChain>& chains, std::vector<std::vector<SectionRays>>& rays) {
    for (std::size_t c = 0; c < chains.size(); ++c)
        for (SectionRays& section : rays[c]) section.open.assign(RayGrid::angles, 0);
    constexpr double reach_mm = 10;
    for (std::size_t c = 0; c < chains.size(); ++c) {
        if (chains[c].host < 0) continue;
        const auto h = static_cast<std::size_t>(chains[c].host);
        const Range side = near_section(chains[c], 0, reach_mm);
        const Range host = near_section(chains[h], chains[c].host_section, reach_mm);
        mark_pair(chains[c], side, rays[c], chains[h], host, true);
        // The side branch counts from where it has left the axis of its host.
        mark_pair(chains[h], host, rays[h], chains[c], side, false);
        for (std::size_t d = 0; d < chains.size(); ++d) {
            if (d == c || chains[d].host != chains[c].host) continue;
            const FitChain& host_chain = chains[h];
            if (std::abs(host_chain.sections[chains[d].host_section].arc_mm -
                         host_chain.sections[chains[c].host_section].arc_mm) < 4)
                mark_pair(chains[c], side, rays[c], chains[d], near_section(chains[d], 0, reach_mm), false);
        }
    }
}

}  // namespace ctffr::lumen
