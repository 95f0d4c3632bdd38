// SPDX-License-Identifier: Apache-2.0
#include "lumen/blood_model.hpp"

#include <algorithm>
#include <cmath>

namespace ctffr::lumen {

namespace {

struct Sight {
    double path_mm = 0, hu = 0, sd_hu = 0;
};

// Median of the samples that the wall's blur does not reach; false where the section has no such plateau.
bool plateau(const FitSection& section, const SectionRays& rays, const ScanFacts& scan, Sight& sight) {
    const double clear = section.fit.value[SectionParameters::contour] - 2.0 * scan.blur_mm();
    if (clear < 0.25 || section.calcified) return false;
    std::vector<double> values;
    for (int a = 0; a < RayGrid::angles; ++a)
        for (int j = 0; RayGrid::rho(j) < clear; ++j)
            // Every sample counts for its area.
            for (int k = 0; k <= 2 * j; ++k)
                values.push_back(rays.hu[static_cast<std::size_t>(a * RayGrid::steps + j)]);
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    sight.path_mm = section.path_mm, sight.hu = *middle;
    sight.sd_hu = std::hypot(8.0, scan.noise_hu / std::max(1.0, clear / 0.4));
    return true;
}

BloodLine robust_line(const std::vector<Sight>& sights, double aorta_hu) {
    constexpr double start_sd = 40, slope_mean = -0.75, slope_sd = 0.5, huber = 1.5;
    // Neighbouring sections repeat the same noise; 8 of them count as one.
    constexpr double repeat = 8;
    BloodLine line{aorta_hu, slope_mean};
    for (int pass = 0; pass < 15; ++pass) {
        double a = 1 / (start_sd * start_sd), b = 0, c = 1 / (slope_sd * slope_sd);
        double u = a * aorta_hu, v = c * slope_mean;
        for (const Sight& s : sights) {
            const double off = std::abs(s.hu - line.at(s.path_mm)) / s.sd_hu;
            const double w = (off > huber ? huber / off : 1) / (repeat * s.sd_hu * s.sd_hu);
            a += w, b += w * s.path_mm, c += w * s.path_mm * s.path_mm;
            u += w * s.hu, v += w * s.hu * s.path_mm;
        }
        const double det = a * c - b * b;
        line = {(c * u - b * v) / det, (a * v - b * u) / det};
    }
    return line;
}

}  // namespace

std::vector<BloodLine> fit_blood_lines(const std::vector<FitChain>& chains,
                                       const std::vector<std::vector<SectionRays>>& rays,
                                       const ScanFacts& scan, double aorta_hu) {
    std::vector<BloodLine> lines(chains.size());
    for (std::size_t root = 0; root < chains.size(); ++root) {
        if (chains[root].root != static_cast<int>(root)) continue;
        std::vector<Sight> sights;
        for (std::size_t c = 0; c < chains.size(); ++c) {
            if (chains[c].root != static_cast<int>(root)) continue;
            for (std::size_t i = 0; i < chains[c].sections.size(); ++i) {
                Sight sight;
                if (plateau(chains[c].sections[i], rays[c][i], scan, sight)) sights.push_back(sight);
            }
        }
        lines[root] = robust_line(sights, aorta_hu);
    }
    return lines;
}

std::vector<std::vector<double>> dim_blood(const std::vector<FitChain>& chains,
                                           const std::vector<std::vector<SectionRays>>& rays,
                                           const ScanFacts& scan, const std::vector<BloodLine>& lines) {
    constexpr double around_mm = 15, usual = 0.9, surely_dim = 0.8;
    constexpr std::size_t least_sections = 10;
    std::vector<std::vector<double>> share;
    for (std::size_t c = 0; c < chains.size(); ++c) {
        const FitChain& chain = chains[c];
        const BloodLine& line = lines[static_cast<std::size_t>(chain.root)];
        std::vector<Sight> sights;
        for (std::size_t i = 0; i < chain.sections.size(); ++i) {
            Sight sight;
            if (plateau(chain.sections[i], rays[c][i], scan, sight)) sights.push_back(sight);
        }
        double now = chain.host < 0 ? 1 : share[static_cast<std::size_t>(chain.host)][chain.host_section];
        std::vector<double>& here = share.emplace_back();
        for (const FitSection& section : chain.sections) {
            std::vector<double> seen;
            for (const Sight& s : sights)
                if (std::abs(s.path_mm - section.path_mm) <= around_mm)
                    seen.push_back(s.hu / line.at(s.path_mm));
            if (seen.size() >= least_sections) {
                const auto upper = seen.begin() + static_cast<std::ptrdiff_t>(3 * seen.size() / 4);
                std::nth_element(seen.begin(), upper, seen.end());
                const double bright = std::min(*upper, 1.0);
                now = bright +
                      (1 - bright) * std::clamp((bright - surely_dim) / (usual - surely_dim), 0.0, 1.0);
            }
            here.push_back(now);
        }
    }
    return share;
}

}  // namespace ctffr::lumen
