// SPDX-License-Identifier: Apache-2.0
#include "imaging/scan_model.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "ctffr/core/units.hpp"
#include "ctffr/parallel/parallel.hpp"

namespace ctffr::imaging {

namespace {

constexpr double fwhm_per_sigma = 2.3548200450309493;

// Standard deviation of values around their least-squares plane over (x, y).
double sd_about_plane(const std::vector<Vec3>& xyv) {  // x, y, value
    const double n = static_cast<double>(xyv.size());
    Vec3 mean;
    for (Vec3 p : xyv) mean += p / n;
    double sxx = 0, sxy = 0, syy = 0, sxv = 0, syv = 0, svv = 0;
    for (Vec3 p : xyv) {
        const Vec3 d = p - mean;
        sxx += d.x * d.x, sxy += d.x * d.y, syy += d.y * d.y;
        sxv += d.x * d.z, syv += d.y * d.z, svv += d.z * d.z;
    }
    const double det = sxx * syy - sxy * sxy;
    if (n < 12 || det <= 0) return -1;
    const double a = (sxv * syy - syv * sxy) / det, b = (syv * sxx - sxv * sxy) / det;
    return std::sqrt(std::max(0.0, svv - a * sxv - b * syv) / (n - 3));
}

}  // namespace

void measure_blood(const Volume& volume, const AorticRoot& root, ScanModel& scan) {
    const ImageGeometry& g = volume.geometry;
    std::vector<double> values, noise;
    for (const AortaSection& section : root.sections) {
        // The slice of the image through the centre, and the middle of the disc in it.
        const Vec3 at = g.index_from_lps(section.center_lps_mm);
        const int k = static_cast<int>(std::lround(at.z));
        if (k < 0 || k >= g.size.z) continue;
        const double reach = 0.6 * section.radius_mm;
        std::vector<Vec3> disc;
        const int ri = static_cast<int>(reach / g.spacing_mm.x),
                  rj = static_cast<int>(reach / g.spacing_mm.y);
        const int ci = static_cast<int>(std::lround(at.x)), cj = static_cast<int>(std::lround(at.y));
        for (int j = std::max(0, cj - rj); j <= std::min(g.size.y - 1, cj + rj); ++j)
            for (int i = std::max(0, ci - ri); i <= std::min(g.size.x - 1, ci + ri); ++i) {
                const double x = (i - at.x) * g.spacing_mm.x, y = (j - at.y) * g.spacing_mm.y;
                if (x * x + y * y > reach * reach) continue;
                const double hu = volume.hu[as_size(g.offset(i, j, k))];
                disc.push_back({x, y, hu});
                values.push_back(hu);
            }
        if (const double sd = sd_about_plane(disc); sd >= 0) noise.push_back(sd);
    }
    scan.blood_hu = median_of(values);
    for (double& v : values) v = std::abs(v - scan.blood_hu);
    scan.blood_sd_hu = 1.4826 * median_of(values);
    scan.noise_sd_hu = median_of(noise);
}

double histogram_mode(const ScalarGrid& grid, const Mask& use, double low_hu, double high_hu,
                      double fallback) {
    std::vector<double> counts(static_cast<std::size_t>((high_hu - low_hu) / 2) + 1, 0.0);
    double total = 0;
    for (std::size_t i = 0; i < use.size(); ++i) {
        const double v = grid.values[i];
        if (!use[i] || v < low_hu || v >= high_hu) continue;
        counts[static_cast<std::size_t>((v - low_hu) / 2)] += 1;
        total += 1;
    }
    if (total < 500) return fallback;
    std::size_t best = 0;
    double best_sum = -1;
    const std::size_t half = 5;
    for (std::size_t b = half; b + half < counts.size(); ++b) {
        double sum = 0;
        for (std::size_t i = b - half; i <= b + half; ++i)
            sum +=
                counts[i] * (1.0 - std::abs(static_cast<double>(i) - static_cast<double>(b)) / (half + 1.0));
        if (sum > best_sum) best_sum = sum, best = b;
    }
    return low_hu + 2 * static_cast<double>(best) + 1;
}

EdgeFit fit_edge(const std::vector<double>& t, const std::vector<double>& hu) {
    EdgeFit result;
    const std::size_t n = t.size();
    if (n < 8) return result;
    const auto [low, high] = std::minmax_element(hu.begin(), hu.end());
    // Parameters: middle value, half step (signed), position, log sigma.
    double p[4] = {0.5 * (*low + *high), 0.5 * (hu.back() > hu.front() ? *high - *low : *low - *high), 0,
                   std::log(0.35)};
    const auto residuals = [&](const double* q, std::vector<double>& r) {
        double sum = 0;
        const double sigma = std::exp(q[3]);
        for (std::size_t i = 0; i < n; ++i) {
            r[i] = q[0] + q[1] * std::erf((t[i] - q[2]) / (std::sqrt(2.0) * sigma)) - hu[i];
            sum += r[i] * r[i];
        }
        return sum;
    };
    std::vector<double> r(n), trial_r(n);
    double cost = residuals(p, r), damping = 1e-3;
    for (int iteration = 0; iteration < 40; ++iteration) {
        double a[4][5] = {};
        const double sigma = std::exp(p[3]);
        for (std::size_t i = 0; i < n; ++i) {
            const double z = (t[i] - p[2]) / sigma, bell = std::sqrt(2 / pi) * std::exp(-0.5 * z * z);
            const double j[4] = {1, std::erf(z / std::sqrt(2.0)), -p[1] * bell / sigma, -p[1] * bell * z};
            for (int u = 0; u < 4; ++u) {
                for (int v = 0; v < 4; ++v) a[u][v] += j[u] * j[v];
                a[u][4] -= j[u] * r[i];
            }
        }
        for (int u = 0; u < 4; ++u) a[u][u] *= 1 + damping;
        for (int c = 0; c < 4; ++c) {  // Gauss-Jordan; the damped normal matrix is positive definite
            const double pivot = a[c][c];
            if (std::abs(pivot) < 1e-300) return result;
            for (int v = c; v < 5; ++v) a[c][v] /= pivot;
            for (int u = 0; u < 4; ++u)
                if (u != c)
                    for (int v = 4; v >= c; --v) a[u][v] -= a[u][c] * a[c][v];
        }
        double q[4];
        for (int u = 0; u < 4; ++u) q[u] = p[u] + a[u][4];
        q[3] = std::clamp(q[3], std::log(0.05), std::log(3.0));
        const double trial = residuals(q, trial_r);
        if (trial < cost) {
            const double gain = (cost - trial) / std::max(cost, 1e-12);
            std::copy(q, q + 4, p);
            r = trial_r, cost = trial, damping = std::max(1e-9, damping * 0.2);
            if (gain < 1e-8) break;
        } else {
            damping *= 5;
            if (damping > 1e6) break;
        }
    }
    result.sigma_mm = std::exp(p[3]);
    result.contrast_hu = 2 * std::abs(p[1]);
    result.shift_mm = p[2];
    result.residual_hu = std::sqrt(cost / static_cast<double>(n));
    result.good = std::isfinite(cost) && result.sigma_mm > 0.06 && result.sigma_mm < 2.5;
    return result;
}

namespace {

struct Edge {
    bool good = false;
    double nz2 = 0, variance = 0;  // of the blur along the normal, reading blur taken off
};

// The profile through an edge point, averaged over a small patch of the surface.
Edge measure_edge(const Volume& volume, Vec3 at, Vec3 normal, const ScanModel& scan) {
    constexpr double reach_mm = 2.0, step_mm = 0.1, patch_mm = 0.6;
    Edge edge;
    const Vec3 u = any_normal(normal), v = cross(normal, u);
    std::vector<double> t, hu;
    for (double s = -reach_mm; s <= reach_mm + 1e-9; s += step_mm) {
        double sum = 0;
        for (int a = -1; a <= 1; ++a)
            for (int b = -1; b <= 1; ++b)
                sum += sample_hu(volume, at + s * normal + (patch_mm * a) * u + (patch_mm * b) * v);
        t.push_back(s), hu.push_back(sum / 9);
    }
    // Both sides must be level: a vessel wall with fat behind it would look like a wider edge.
    const auto spread = [&](std::size_t from, std::size_t to) {
        const auto [low, high] = std::minmax_element(hu.begin() + static_cast<std::ptrdiff_t>(from),
                                                     hu.begin() + static_cast<std::ptrdiff_t>(to));
        return *high - *low;
    };
    const EdgeFit fit = fit_edge(t, hu);
    if (!fit.good || std::abs(fit.shift_mm) > 0.6 ||
        fit.contrast_hu < 0.5 * (scan.blood_hu - scan.myocardium_hu))
        return edge;
    const double flat = 0.06 * fit.contrast_hu + 1.5 * scan.noise_sd_hu;
    const auto tail = static_cast<std::size_t>(0.8 / step_mm);
    if (spread(0, tail) > flat || spread(t.size() - tail, t.size()) > flat) return edge;
    if (fit.residual_hu > 0.02 * fit.contrast_hu + 0.4 * scan.noise_sd_hu) return edge;
    const ImageGeometry& g = volume.geometry;
    double reading = 0;
    for (int a = 0; a < 3; ++a) {
        const double n = dot(normal, g.direction.column(a));
        reading += n * n * g.spacing_mm[a] * g.spacing_mm[a] / 6;
    }
    const double nz = dot(normal, g.direction.column(2));
    edge.good = true;
    edge.nz2 = nz * nz;
    edge.variance = fit.sigma_mm * fit.sigma_mm - reading;
    return edge;
}

}  // namespace

SharpnessFit measure_sharpness(const Volume& volume, const ScalarGrid& grid, const ScanModel& scan,
                               const Run& run) {
    const Int3 n = grid.geometry.size;
    const double h = grid.spacing_mm();
    const double level = 0.5 * (scan.blood_hu + scan.myocardium_hu);
    struct Place {
        Vec3 at, normal;
    };
    std::vector<Place> places;
    const Index stride[3] = {1, n.x, Index{n.x} * n.y};
    for (int k = 4; k + 4 < n.z; ++k)
        for (int j = 4; j + 4 < n.y; ++j)
            for (int i = 4; i + 4 < n.x; ++i) {
                const Index voxel = grid.geometry.offset(i, j, k);
                const float* p = grid.values.data() + voxel;
                if (*p < level || (p[1] >= level && p[-1] >= level && p[stride[1]] >= level &&
                                   p[-stride[1]] >= level && p[stride[2]] >= level && p[-stride[2]] >= level))
                    continue;
                const Vec3 gradient{p[1] - double{p[-1]}, p[stride[1]] - double{p[-stride[1]]},
                                    p[stride[2]] - double{p[-stride[2]]}};
                const double steep = norm(gradient) / (2 * h);
                if (steep < 0.15 * (scan.blood_hu - scan.myocardium_hu)) continue;
                const Vec3 normal = normalized(gradient);
                places.push_back({grid.position(voxel) - ((*p - level) / steep) * normal, normal});
            }
    // Enough edges for a good median; the same ones every time.
    const std::size_t wanted = 12000, stride_places = std::max<std::size_t>(1, places.size() / wanted);
    std::vector<Edge> edges((places.size() + stride_places - 1) / stride_places);
    parallel_for_uneven(Cpu{run.profiler}, "edge profiles", static_cast<Index>(edges.size()), 64,
                        [&](Index e) {
                            const Place& place = places[as_size(e) * stride_places];
                            edges[as_size(e)] = measure_edge(volume, place.at, place.normal, scan);
                        });
    SharpnessFit result;
    constexpr std::size_t bins = 8;
    std::array<std::vector<double>, bins> variance;
    std::array<double, bins> nz2_sum{};
    for (const Edge& e : edges) {
        if (!e.good) continue;
        ++result.edges;
        const auto b = std::min(bins - 1, static_cast<std::size_t>(e.nz2 * bins));
        variance[b].push_back(e.variance), nz2_sum[b] += e.nz2;
    }
    // Line through the medians of the bins, weighted by their edges.
    double sw = 0, sx = 0, sy = 0, sxx = 0, sxy = 0, steepest = 0;
    for (std::size_t b = 0; b < bins; ++b) {
        if (variance[b].size() < 25) continue;
        const double w = std::min(400.0, static_cast<double>(variance[b].size()));
        const double x = nz2_sum[b] / static_cast<double>(variance[b].size()), y = median_of(variance[b]);
        sw += w, sx += w * x, sy += w * y, sxx += w * x * x, sxy += w * x * y;
        steepest = std::max(steepest, x);
    }
    if (sw <= 0) return result;
    const double det = sw * sxx - sx * sx;
    result.z_measured = steepest > 0.5 && det > 1e-6;
    const double slope = result.z_measured ? (sw * sxy - sx * sy) / det : 0;
    const double at_xy = result.z_measured ? (sy - slope * sx) / sw : sy / sw;
    const auto fwhm = [](double v) { return fwhm_per_sigma * std::sqrt(std::max(v, 0.01)); };
    result.fwhm_xy_mm = fwhm(at_xy);
    const double slice_mm = std::max(volume.geometry.spacing_mm.z, volume.acquisition.slice_thickness_mm);
    result.fwhm_z_mm = result.z_measured ? fwhm(at_xy + slope) : std::max(slice_mm, result.fwhm_xy_mm);
    return result;
}

}  // namespace ctffr::imaging
