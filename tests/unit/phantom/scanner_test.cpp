// SPDX-License-Identifier: Apache-2.0
#include "phantom/scanner.hpp"

#include <cmath>
#include <complex>
#include <numeric>

#include <gtest/gtest.h>

#include "ctffr/core/units.hpp"
#include "ctffr/parallel/parallel.hpp"

namespace ctffr::phantom {
namespace {

// A scan without noise, motion or steps of a cube of `n` voxels.
ScanSetup plain_setup(int n, double spacing_mm, double fwhm_mm, double overshoot) {
    ScanSetup setup;
    setup.geometry.size = {n, n, n / 2};
    setup.geometry.spacing_mm = {spacing_mm, spacing_mm, spacing_mm};
    setup.scan.psf_xy_fwhm_mm = fwhm_mm, setup.scan.psf_z_fwhm_mm = fwhm_mm * 1.2;
    setup.scan.kernel_overshoot = overshoot, setup.scan.noise_sd_hu = 0;
    setup.rendered = render_blur(setup.geometry, setup.scan), setup.seed = 3;
    setup.coarse.size = {2, 2, 2};
    const double side = spacing_mm * n;
    setup.coarse.spacing_mm = {side, side, side};
    setup.relative_sd.assign(8, 1.0f);
    return setup;
}

template <class Value>
std::vector<std::int16_t> scan(const ScanSetup& setup, const Value& value) {
    std::vector<float> image(static_cast<std::size_t>(setup.geometry.size.count()));
    const Int3 size = setup.geometry.size;
    for (int k = 0; k < size.z; ++k)
        for (int j = 0; j < size.y; ++j)
            for (int i = 0; i < size.x; ++i)
                image[static_cast<std::size_t>(setup.geometry.offset(i, j, k))] =
                    static_cast<float>(value(i, j, k));
    return scan_image(Cpu{}, setup, Array<float, Cpu>(Cpu{}, image), nullptr, ctffr::Run{});
}

// Full width at half maximum of the line spread: the slope of an edge that is sampled at many offsets.
// `response(d)` gives (distance, value) pairs sorted into bins of 0.05 mm, differentiated centrally over 0.1
// mm.
double edge_fwhm(const std::vector<std::pair<double, double>>& samples) {
    constexpr double bin_mm = 0.05;
    constexpr int bins = 160;
    std::vector<double> sum(bins, 0.0), count(bins, 0.0);
    for (const auto& [d, value] : samples) {
        const int bin = static_cast<int>(std::floor(d / bin_mm)) + bins / 2;
        if (bin < 0 || bin >= bins) continue;
        sum[static_cast<std::size_t>(bin)] += value, count[static_cast<std::size_t>(bin)] += 1;
    }
    std::vector<double> slope(bins, 0.0);
    for (std::size_t b = 1; b + 1 < bins; ++b)
        if (count[b - 1] > 0 && count[b + 1] > 0)
            slope[b] = sum[b + 1] / count[b + 1] - sum[b - 1] / count[b - 1];
    std::size_t top = 0;
    for (std::size_t b = 0; b < bins; ++b)
        if (slope[b] > slope[top]) top = b;
    const auto crossing = [&](int step) {
        std::size_t b = top;
        while (slope[b] > 0.5 * slope[top]) b = static_cast<std::size_t>(static_cast<int>(b) + step);
        const auto before = static_cast<std::size_t>(static_cast<int>(b) - step);
        const double t = (slope[before] - 0.5 * slope[top]) / (slope[before] - slope[b]);
        return (static_cast<double>(before) + step * t) * bin_mm;
    };
    return crossing(1) - crossing(-1);
}

TEST(ScannerDesign, PsfHasTheWidthAndOvershootAskedFor) {
    for (const double overshoot : {0.0, 0.03, 0.08}) {
        const PlanePsf psf = design_psf(0.6, overshoot);
        // Edge response by numerical integration of the line spread.
        const double step = 0.001;
        double edge = 0, most = 0, half_width = 0, top = 0;
        const auto line = [&](double x) {
            const auto gauss = [&](double sd) {
                return std::exp(-0.5 * x * x / sd / sd) / sd / std::sqrt(2 * pi);
            };
            return (1 + psf.weight) * gauss(psf.narrow_sd_mm) -
                   (psf.weight > 0 ? psf.weight * gauss(psf.wide_sd_mm) : 0);
        };
        top = line(0);
        for (double x = -5; x < 5; x += step) {
            edge += line(x + step / 2) * step;
            most = std::max(most, edge);
            if (line(x) > top / 2) half_width += step;
        }
        EXPECT_NEAR(edge, 1, 1e-4);
        EXPECT_NEAR(most - 1, overshoot, 2e-3);
        EXPECT_NEAR(half_width, 0.6, 0.005);
    }
}

TEST(ScannerDesign, TapsHaveUnitSumAndTheVariance) {
    for (const double sd : {0.12, 0.2, 0.35, 1.1}) {
        const auto taps = gauss_taps(sd, 0.35);
        double sum = 0, variance = 0;
        for (std::size_t n = 0; n < taps.size(); ++n) {
            const double tap = static_cast<double>(taps[n]) * (n == 0 ? 1 : 2),
                         x = 0.35 * static_cast<double>(n);
            sum += tap, variance += tap * x * x;
        }
        EXPECT_NEAR(sum, 1, 1e-6);
        EXPECT_NEAR(variance, sd * sd, 0.002 * sd * sd);
    }
    EXPECT_EQ(gauss_taps(0, 0.35).size(), 1u);
}

TEST(Scanner, KeepsEvenAttenuation) {
    const ScanSetup setup = plain_setup(32, 0.35, 0.6, 0.05);
    for (const std::int16_t hu : scan(setup, [](int, int, int) { return 437.0; })) ASSERT_EQ(hu, 437);
}

TEST(Scanner, EdgeHasTheDrawnWidthInEveryDirection) {
    for (const double fwhm : {0.5, 0.7}) {
        const int n = 64;
        const double spacing = 0.35;
        for (const double overshoot : {0.0, 0.05}) {
            const ScanSetup setup = plain_setup(n, spacing, fwhm, overshoot);
            for (const Vec3 normal : {normalized({1, 0.08, 0.03}), normalized({1, 0.9, 0.05})}) {
                const Vec3 center = (spacing * (n - 1) / 2) * Vec3{1, 1, 0.5};
                const auto depth = [&](int i, int j, int k) {
                    return dot(spacing * Vec3{1.0 * i, 1.0 * j, 1.0 * k} - center, normal);
                };
                // The renderer's coverage.
                const auto hu = scan(setup, [&](int i, int j, int k) {
                    return 250 * std::erfc(-depth(i, j, k) / (std::sqrt(2.0) * setup.rendered.xy_mm));
                });
                std::vector<std::pair<double, double>> samples;
                for (int k = 8; k < n / 2 - 8; ++k)
                    for (int j = 8; j < n - 8; ++j)
                        for (int i = 8; i < n - 8; ++i)
                            samples.emplace_back(
                                depth(i, j, k), hu[static_cast<std::size_t>(setup.geometry.offset(i, j, k))]);
                EXPECT_NEAR(edge_fwhm(samples), fwhm, 0.05 * fwhm) << "overshoot " << overshoot;
            }
        }
    }
}

TEST(Scanner, CalciumBloomsAndSoftTissueDoesNot) {
    const ScanSetup setup = plain_setup(48, 0.35, 0.6, 0);
    const auto blob = [&](double inside) {
        const auto hu = scan(setup, [&](int i, int j, int k) {
            return std::abs(i - 24) <= 3 && std::abs(j - 24) <= 3 && std::abs(k - 12) <= 3 ? inside : 0.0;
        });
        return std::accumulate(hu.begin(), hu.end(), 0.0) / inside;
    };
    EXPECT_NEAR(blob(500), 343, 4);  // 7^3 voxels: no more, no less
    EXPECT_GT(blob(1500), 343 * 1.05);
    EXPECT_LT(blob(1500), 343 * 1.15);
}

TEST(Scanner, NoiseHasTheDrawnDeviation) {
    ScanSetup setup = plain_setup(96, 0.35, 0.6, 0.03);
    for (const double peak : {0.25, 0.4}) {
        setup.scan.noise_sd_hu = 25, setup.scan.noise_peak_per_mm = peak;
        const auto hu = scan(setup, [](int, int, int) { return 400.0; });
        double sum = 0, squares = 0;
        for (const std::int16_t value : hu) sum += value, squares += 1.0 * value * value;
        const double count = static_cast<double>(hu.size()), mean = sum / count;
        EXPECT_NEAR(mean, 400, 1.0);
        EXPECT_NEAR(std::sqrt(squares / count - mean * mean), 25, 0.05 * 25);
    }
}

TEST(Scanner, NoisePowerPeaksWhereDrawn) {
    ScanSetup setup = plain_setup(128, 0.35, 0.6, 0);
    setup.scan.noise_sd_hu = 30, setup.scan.noise_peak_per_mm = 0.32;
    const auto hu = scan(setup, [](int, int, int) { return 0.0; });
    // Power along the two axes of frequency: 1-D transforms of slices summed over the other axis.
    const int n = 128;
    std::vector<double> power(n / 2, 0.0);
    for (int k = 0; k < setup.geometry.size.z; ++k)
        for (int axis = 0; axis < 2; ++axis) {
            std::vector<double> line(n, 0.0);
            for (int a = 0; a < n; ++a)
                for (int b = 0; b < n; ++b)
                    line[static_cast<std::size_t>(a)] += hu[static_cast<std::size_t>(
                        axis == 0 ? setup.geometry.offset(a, b, k) : setup.geometry.offset(b, a, k))];
            for (int f = 1; f < n / 2; ++f) {
                std::complex<double> sum = 0;
                for (int a = 0; a < n; ++a)
                    sum += line[static_cast<std::size_t>(a)] * std::polar(1.0, -2 * pi * f * a / n);
                power[static_cast<std::size_t>(f)] += std::norm(sum);
            }
        }
    // The peak of the spectrum smoothed over five frequencies (0.022 per mm apart).
    int top = 2;
    const auto smooth = [&](int f) {
        double sum = 0;
        for (int d = -2; d <= 2; ++d) sum += power[static_cast<std::size_t>(std::clamp(f + d, 1, n / 2 - 1))];
        return sum;
    };
    for (int f = 3; f < n / 2 - 2; ++f)
        if (smooth(f) > smooth(top)) top = f;
    EXPECT_NEAR(top / (n * 0.35), 0.32, 0.06);
    EXPECT_LT(smooth(3), 0.5 * smooth(top));    // little power in slow waves
    EXPECT_LT(smooth(50), 0.05 * smooth(top));  // none near the sampling limit
}

TEST(Scanner, SameBitsForAnyThreadsAndOtherBitsForOtherSeeds) {
    ScanSetup setup = plain_setup(48, 0.35, 0.6, 0.04);
    setup.scan.noise_sd_hu = 20;
    setup.scan.slabs = 3, setup.scan.slab_shift_mm = 0.8;
    setup.places = {{{8, 8, 4}, {0.6, 0.2, 0}, 5}};
    const auto value = [](int i, int j, int k) { return 10.0 * ((i * 7 + j * 5 + k * 3) % 40); };
    set_threads(1);
    const auto one = scan(setup, value);
    set_threads(2);
    const auto two = scan(setup, value);
    EXPECT_EQ(one, two);
    setup.seed = 4;
    EXPECT_NE(one, scan(setup, value));
}

TEST(Scanner, MotionSmearsOnlyWhereAndHowItMoves) {
    ScanSetup setup = plain_setup(80, 0.35, 0.5, 0);
    // Thin sheets across x at a moving and a still place.
    const auto sheets = [](int i, int, int) { return i == 20 || i == 60 ? 600.0 : 0.0; };
    const auto still = scan(setup, sheets);
    setup.places = {{{20 * 0.35, 40 * 0.35, 20 * 0.35}, {1.4, 0, 0}, 4}};
    const auto moved = scan(setup, sheets);
    const auto at = [&](const std::vector<std::int16_t>& hu, int i) {
        return static_cast<int>(hu[static_cast<std::size_t>(setup.geometry.offset(i, 40, 20))]);
    };
    EXPECT_LT(at(moved, 20), 0.7 * at(still, 20));
    EXPECT_GT(at(moved, 22), at(still, 22) + 30);
    for (int i = 56; i < 65; ++i) EXPECT_NEAR(at(moved, i), at(still, i), 1);
}

TEST(Scanner, StepsShiftOuterStacksOnly) {
    ScanSetup setup = plain_setup(80, 0.35, 0.5, 0);
    setup.scan.slabs = 3, setup.scan.slab_shift_mm = 1.0;
    const auto rods = [](int i, int j, int) { return std::hypot(i - 40, j - 40) < 6 ? 400.0 : 0.0; };
    const auto hu = scan(setup, rods);
    const auto center = [&](int k) {
        double sum = 0, x = 0, y = 0;
        for (int j = 0; j < 80; ++j)
            for (int i = 0; i < 80; ++i) {
                const double value = hu[static_cast<std::size_t>(setup.geometry.offset(i, j, k))];
                sum += value, x += value * i, y += value * j;
            }
        return std::pair{0.35 * (x / sum - 40), 0.35 * (y / sum - 40)};
    };
    const auto middle = center(20), low = center(2), high = center(37);
    EXPECT_NEAR(std::hypot(middle.first, middle.second), 0, 0.01);
    EXPECT_GT(std::hypot(low.first, low.second), 0.15);
    EXPECT_LT(std::hypot(low.first, low.second), 1.01);
    EXPECT_GT(std::hypot(high.first - low.first, high.second - low.second), 0.1);
}

}  // namespace
}  // namespace ctffr::phantom
