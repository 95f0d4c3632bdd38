// SPDX-License-Identifier: Apache-2.0
#include "imaging/aorta.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <utility>

#include "ctffr/core/units.hpp"
#include "ctffr/parallel/parallel.hpp"

namespace ctffr::imaging {

namespace {

constexpr int ray_count = 36;
constexpr double ray_step_mm = 0.5;
constexpr double tissue_hu = 80;  // around the aorta: wall and muscle; fat and lung are darker still

struct Point2 {
    double x = 0, y = 0;
};

struct Circle {
    Point2 center;
    double radius = 0;
};

// Algebraic least-squares circle (Kasa): x^2 + y^2 = 2 a x + 2 b y + c.
std::optional<Circle> fit_circle(const std::vector<Point2>& points) {
    const double n = static_cast<double>(points.size());
    if (points.size() < 6) return std::nullopt;
    Point2 mean;
    for (const Point2& p : points) mean.x += p.x / n, mean.y += p.y / n;
    double suu = 0, suv = 0, svv = 0, suuu = 0, svvv = 0, suvv = 0, svuu = 0;
    for (const Point2& p : points) {
        const double u = p.x - mean.x, v = p.y - mean.y;
        suu += u * u, suv += u * v, svv += v * v;
        suuu += u * u * u, svvv += v * v * v, suvv += u * v * v, svuu += v * u * u;
    }
    const double det = suu * svv - suv * suv;
    if (std::abs(det) < 1e-9) return std::nullopt;
    const double a = 0.5 * (suuu + suvv), b = 0.5 * (svvv + svuu);
    const double uc = (a * svv - b * suv) / det, vc = (b * suu - a * suv) / det;
    return Circle{{mean.x + uc, mean.y + vc}, std::sqrt(uc * uc + vc * vc + (suu + svv) / n)};
}

// Lengths of the rays from the centre to the wall; negative: none within the reach.
std::array<double, ray_count> cast_rays(const ScalarGrid& grid, Vec3 center, Vec3 u, Vec3 v, double level_hu,
                                        double reach_mm) {
    std::array<double, ray_count> length{};
    for (int r = 0; r < ray_count; ++r) {
        const double a = 2 * pi * r / ray_count;
        const Vec3 direction = std::cos(a) * u + std::sin(a) * v;
        double before = 1e9, found = -1;
        for (double t = 2 * ray_step_mm; t <= reach_mm; t += ray_step_mm) {
            const double value = grid.at(center + t * direction);
            if (value < level_hu) {
                found =
                    before < 1e9 ? t - ray_step_mm * (level_hu - value) / std::max(1e-6, before - value) : t;
                break;
            }
            before = value;
        }
        length[static_cast<std::size_t>(r)] = found;
    }
    return length;
}

double middle_hu(const ScalarGrid& grid, Vec3 center, Vec3 u, Vec3 v) {
    double sum = grid.at(center);
    for (int r = 0; r < 8; ++r) {
        const double a = 2 * pi * r / 8;
        sum += grid.at(center + 3.0 * (std::cos(a) * u + std::sin(a) * v));
    }
    return sum / 9;
}

}  // namespace

Disc fit_disc(const ScalarGrid& grid, Vec3 start, Vec3 normal, const DiscOptions& options) {
    Disc disc;
    disc.center_lps_mm = start;
    const Vec3 u = any_normal(normal), v = cross(normal, u);
    for (int iteration = 0; iteration < 4; ++iteration) {
        disc.mean_hu = middle_hu(grid, disc.center_lps_mm, u, v);
        disc.roundness = disc.closed = 0;
        if (disc.mean_hu < options.min_hu) return disc;
        const auto length = cast_rays(grid, disc.center_lps_mm, u, v, 0.5 * (disc.mean_hu + tissue_hu),
                                      1.4 * options.max_radius_mm);
        std::vector<double> closed;
        for (double l : length)
            if (l > 0) closed.push_back(l);
        if (closed.size() < ray_count / 2) return disc;
        disc.closed = static_cast<double>(closed.size()) / ray_count;
        disc.radius_mm = median_of(closed);
        const double tolerance = std::max(1.5, 0.12 * disc.radius_mm);
        const bool last = iteration == 3;
        std::vector<Point2> inliers;
        for (int r = 0; r < ray_count; ++r) {
            const double l = length[static_cast<std::size_t>(r)], a = 2 * pi * r / ray_count;
            if (l > 0 && std::abs(l - disc.radius_mm) < (last ? tolerance : 2.5 * tolerance))
                inliers.push_back({l * std::cos(a), l * std::sin(a)});
        }
        disc.roundness = static_cast<double>(inliers.size()) / ray_count;
        if (last) break;
        const auto circle = fit_circle(inliers);
        if (!circle || std::hypot(circle->center.x, circle->center.y) > 0.7 * disc.radius_mm) break;
        disc.center_lps_mm += circle->center.x * u + circle->center.y * v;
    }
    if (disc.radius_mm < options.min_radius_mm || disc.radius_mm > options.max_radius_mm) disc.roundness = 0;
    return disc;
}

namespace {

// Circle centres of one axial slice: edge voxels vote along their gradient (Hough), the peaks are fitted.
std::vector<Disc> discs_of_slice(const ScalarGrid& grid, int k, const DiscOptions& options) {
    const Int3 n = grid.geometry.size;
    const double h = grid.spacing_mm();
    const float* slice = grid.values.data() + Index{n.x} * n.y * k;
    std::vector<float> votes(as_size(Index{n.x} * n.y), 0.0f);
    for (int j = 1; j + 1 < n.y; ++j)
        for (int i = 1; i + 1 < n.x; ++i) {
            const float* p = slice + i + Index{n.x} * j;
            const double gx = 0.5 * (p[1] - p[-1]) / h, gy = 0.5 * (p[n.x] - p[-n.x]) / h;
            const double g = std::hypot(gx, gy);
            if (g < 40) continue;
            const int bi = static_cast<int>(std::lround(i + 2.5 / h * gx / g));
            const int bj = static_cast<int>(std::lround(j + 2.5 / h * gy / g));
            if (bi < 0 || bj < 0 || bi >= n.x || bj >= n.y || slice[bi + Index{n.x} * bj] < options.min_hu)
                continue;
            for (double r = options.min_radius_mm; r <= options.max_radius_mm; r += h) {
                const int vi = static_cast<int>(std::lround(i + r / h * gx / g));
                const int vj = static_cast<int>(std::lround(j + r / h * gy / g));
                if (vi < 0 || vj < 0 || vi >= n.x || vj >= n.y) break;
                votes[as_size(vi + Index{n.x} * vj)] += static_cast<float>(1.0 / r);
            }
        }
    struct Peak {
        float votes;
        int i, j;
    };
    std::vector<Peak> peaks;
    std::vector<float> blurred(votes.size(), 0.0f);
    const int b = std::max(1, static_cast<int>(std::lround(1.5 / h)));
    for (int j = b; j + b < n.y; ++j)
        for (int i = b; i + b < n.x; ++i)
            for (int dj = -b; dj <= b; ++dj)
                for (int di = -b; di <= b; ++di)
                    blurred[as_size(i + Index{n.x} * j)] += votes[as_size(i + di + Index{n.x} * (j + dj))];
    const int apart = std::max(1, static_cast<int>(4 / h));
    for (int j = apart; j + apart < n.y; ++j)
        for (int i = apart; i + apart < n.x; ++i) {
            const float here = blurred[as_size(i + Index{n.x} * j)];
            bool highest = here > 1.5f;
            for (int dj = -apart; dj <= apart && highest; ++dj)
                for (int di = -apart; di <= apart && highest; ++di)
                    highest = blurred[as_size(i + di + Index{n.x} * (j + dj))] <= here;
            if (highest) peaks.push_back({here, i, j});
        }
    std::stable_sort(peaks.begin(), peaks.end(),
                     [](const Peak& a, const Peak& c) { return a.votes > c.votes; });
    if (peaks.size() > 12) peaks.resize(12);
    std::vector<Disc> discs;
    for (const Peak& peak : peaks) {
        const Vec3 start = grid.geometry.lps_from_index(
            {static_cast<double>(peak.i), static_cast<double>(peak.j), static_cast<double>(k)});
        const Disc disc = fit_disc(grid, start, {0, 0, 1}, options);
        if (disc.roundness < 0.55) continue;
        const bool seen = std::any_of(discs.begin(), discs.end(), [&](const Disc& other) {
            return distance(other.center_lps_mm, disc.center_lps_mm) < 3;
        });
        if (!seen) discs.push_back(disc);
    }
    return discs;
}

// Best chain through discs that are still free, from the top slice to the bottom, by dynamic programming; up
// to three slices may be missing between two discs.
DiscChain best_chain(const std::vector<std::vector<Disc>>& slices,
                     const std::vector<std::vector<bool>>& taken) {
    struct Step {
        double score = 0;
        int slice = -1, disc = -1;
    };
    std::vector<std::vector<Step>> table(slices.size());
    int end_slice = -1, end_disc = -1;
    double best = 0;
    for (int s = static_cast<int>(slices.size()) - 1; s >= 0; --s) {
        const auto at = static_cast<std::size_t>(s);
        table[at].resize(slices[at].size());
        for (std::size_t d = 0; d < slices[at].size(); ++d) {
            if (taken[at][d]) continue;
            const Disc& disc = slices[at][d];
            Step& step = table[at][d];
            for (std::size_t above = at + 1; above <= at + 4 && above < slices.size(); ++above)
                for (std::size_t e = 0; e < slices[above].size(); ++e) {
                    if (taken[above][e]) continue;
                    const Disc& other = slices[above][e];
                    const double dz = other.center_lps_mm.z - disc.center_lps_mm.z;
                    const Vec3 d3 = other.center_lps_mm - disc.center_lps_mm;
                    const double shift = std::hypot(d3.x, d3.y),
                                 change = std::abs(other.radius_mm - disc.radius_mm);
                    if (shift > 1.0 + 1.0 * dz || change > 1.0 + 0.7 * dz ||
                        std::abs(other.mean_hu - disc.mean_hu) > 0.2 * disc.mean_hu)
                        continue;
                    const double score = table[above][e].score - 0.1 * shift - 0.1 * change;
                    if (score > step.score) step = {score, static_cast<int>(above), static_cast<int>(e)};
                }
            step.score += 2 * (disc.roundness - 0.4);
            if (step.score > best) best = step.score, end_slice = s, end_disc = static_cast<int>(d);
        }
    }
    DiscChain chain;
    chain.score = best;
    while (end_slice >= 0) {
        const auto s = static_cast<std::size_t>(end_slice), d = static_cast<std::size_t>(end_disc);
        chain.discs.push_back(slices[s][d]);
        end_slice = table[s][d].slice, end_disc = table[s][d].disc;
    }
    std::reverse(chain.discs.begin(), chain.discs.end());  // from the top down
    return chain;
}

}  // namespace

std::vector<DiscChain> find_disc_chains(const ScalarGrid& grid, const DiscOptions& options, const Run& run) {
    const int slices = grid.geometry.size.z;
    std::vector<std::vector<Disc>> discs(static_cast<std::size_t>(slices));
    parallel_for_uneven(Cpu{run.profiler}, "round discs", slices, 4, [&](Index k) {
        discs[as_size(k)] = discs_of_slice(grid, static_cast<int>(k), options);
    });
    std::vector<std::vector<bool>> taken;
    for (const auto& slice : discs) taken.emplace_back(slice.size(), false);
    std::vector<DiscChain> chains;
    while (chains.size() < 8) {
        DiscChain chain = best_chain(discs, taken);
        if (chain.discs.size() < 8) break;
        for (std::size_t s = 0; s < discs.size(); ++s)
            for (std::size_t d = 0; d < discs[s].size(); ++d)
                for (const Disc& used : chain.discs)
                    if (std::abs(used.center_lps_mm.z - discs[s][d].center_lps_mm.z) < 0.1 &&
                        distance(used.center_lps_mm, discs[s][d].center_lps_mm) < used.radius_mm)
                        taken[s][d] = true;
        chains.push_back(std::move(chain));
    }
    return chains;
}

namespace {

// Indices of the annulus and of the widest place of the sinuses in a walk from the ventricle upwards. The
// sinuses are the lowest place that is all round closed and at least 6 % wider than the narrowest place of
// the 18 mm below it (the outflow tract); the annulus is where four fifths of that narrowing are done.
// Without such a place (a straight or dilated root) the widest closed place of the lowest 40 mm is taken.
std::pair<std::size_t, std::size_t> find_sinus(const std::vector<Disc>& walk) {
    const auto width = [&](std::size_t i) {
        double sum = 0;
        const std::size_t first = i > 1 ? i - 2 : 0, last = std::min(i + 2, walk.size() - 1);
        for (std::size_t j = first; j <= last; ++j) sum += walk[j].radius_mm;
        return sum / static_cast<double>(last - first + 1);
    };
    std::size_t widest = 0;
    for (std::size_t i = 1; i + 1 < walk.size(); ++i) {
        if (walk[i].closed < 0.95) continue;
        if (i < 40 && (walk[widest].closed < 0.95 || width(i) > width(widest))) widest = i;
        bool highest = true;  // of its neighbourhood
        for (std::size_t j = i > 4 ? i - 4 : 0; j <= std::min(i + 4, walk.size() - 1); ++j)
            highest = highest && width(j) <= width(i);
        if (!highest) continue;
        std::size_t narrow = i;
        for (std::size_t j = i; j-- > 0 && i - j <= 18 && walk[j].closed >= 0.95;)
            if (width(j) < width(narrow)) narrow = j;
        if (width(narrow) > 0.94 * width(i)) continue;
        const double level = width(i) - 0.8 * (width(i) - width(narrow));
        std::size_t annulus = i;
        while (annulus > narrow && width(annulus) > level) --annulus;
        return {annulus, i};
    }
    const std::size_t down = 12;
    return {widest > down ? widest - down : 0, widest};
}

}  // namespace

AorticRoot trace_root(const ScalarGrid& grid, const DiscChain& ascending, const DiscOptions& options) {
    // Direction of the part above the sinuses: from the lower to the upper half of the chain.
    const auto& discs = ascending.discs;
    Vec3 axis = normalized(discs.front().center_lps_mm - discs[discs.size() / 2].center_lps_mm);
    if (discs.front().center_lps_mm.z - discs[discs.size() / 2].center_lps_mm.z < 6 || axis.z < 0.7)
        axis = normalized(discs.front().center_lps_mm - discs.back().center_lps_mm);
    // Walk from the middle of the chain up to its top and down to where the section is no longer a disc.
    const Disc start = fit_disc(grid, discs[discs.size() / 2].center_lps_mm, axis, options);
    std::vector<Disc> walk;
    for (int sense = 1; sense >= -1; sense -= 2) {
        std::vector<Disc> part;
        Vec3 at = start.center_lps_mm, direction = axis;
        for (int step = 0; step < 90; ++step) {
            const Disc disc = fit_disc(grid, at, direction, options);
            const bool inside = grid.voxel_at(at) >= 0 && disc.mean_hu > 0.75 * start.mean_hu;
            if (!inside || disc.roundness < 0.3 || disc.radius_mm > 1.6 * start.radius_mm ||
                distance(disc.center_lps_mm, at) > 6)
                break;
            part.push_back(disc);
            const Vec3 shift = disc.center_lps_mm - at;
            direction = normalized(direction + (0.04 * sense) * shift);
            at = at + 0.5 * shift + static_cast<double>(sense) * direction;
        }
        if (sense == 1) {
            walk.assign(part.rbegin(), part.rend());  // top first
        } else if (part.size() > 1) {
            walk.insert(walk.end(), part.begin() + 1, part.end());
        }
    }
    AorticRoot root;
    if (walk.size() < 8) return root;
    std::reverse(walk.begin(), walk.end());  // from the heart upwards
    const auto [annulus, sinus] = find_sinus(walk);
    for (std::size_t i = annulus; i < walk.size(); ++i)
        root.sections.push_back({walk[i].center_lps_mm, walk[i].radius_mm});
    root.axis = normalized(walk.back().center_lps_mm - walk[annulus].center_lps_mm);
    root.sinus_center_lps_mm = walk[sinus].center_lps_mm;
    root.sinus_height_mm = distance(walk[sinus].center_lps_mm, walk[annulus].center_lps_mm);
    return root;
}

}  // namespace ctffr::imaging
