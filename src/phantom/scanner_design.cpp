// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "ctffr/core/units.hpp"
#include "phantom/scanner.hpp"

namespace ctffr::phantom {
namespace {

constexpr double fwhm_per_sd = 2.3548200450309493;
constexpr double wide_over_narrow = 2.2;  // ring of a sharp kernel about two widths from the edge

double gauss_cdf(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }

// Largest overshoot of the edge response with unit narrow width.
double edge_overshoot(double weight) {
    double most = 0;
    for (double x = 0; x < 8; x += 0.01)
        most = std::max(most, (1 + weight) * gauss_cdf(x) - weight * gauss_cdf(x / wide_over_narrow) - 1);
    return most;
}

// Full width at half maximum of the line spread with unit narrow width.
double line_width(double weight) {
    const auto line = [&](double x) {
        return (1 + weight) * std::exp(-0.5 * x * x) -
               weight / wide_over_narrow * std::exp(-0.5 * x * x / (wide_over_narrow * wide_over_narrow));
    };
    double low = 0, high = 3;
    const double half = 0.5 * line(0);
    while (high - low > 1e-9) {
        const double x = 0.5 * (low + high);
        (line(x) > half ? low : high) = x;
    }
    return 2 * low;
}

}  // namespace

PlanePsf design_psf(double fwhm_mm, double overshoot) {
    if (overshoot <= 0) return {fwhm_mm / fwhm_per_sd, 0, 0};
    double low = 0, high = 2;
    while (high - low > 1e-9) {
        const double weight = 0.5 * (low + high);
        (edge_overshoot(weight) < overshoot ? low : high) = weight;
    }
    const double narrow = fwhm_mm / line_width(low);
    return {narrow, wide_over_narrow * narrow, low};
}

NoiseFilter design_noise(double peak_per_mm) {
    // H(f) = exp(-a f^2) - w exp(-b f^2), a = 2 pi^2 narrow^2: largest where f^2 = ln(w b / a) / (b - a).
    constexpr double ratio = 2.5, weight = 0.93;
    const double a = std::log(weight * ratio * ratio) / ((ratio * ratio - 1) * peak_per_mm * peak_per_mm);
    const double narrow = std::sqrt(a / (2 * pi * pi));
    return {narrow, ratio * narrow, weight};
}

std::vector<float> gauss_taps(double sd_mm, double spacing_mm) {
    const double wanted = sd_mm / spacing_mm * (sd_mm / spacing_mm);
    if (wanted < 1e-6) return {1.0f};
    const int radius = std::max(1, static_cast<int>(std::ceil(3.6 * std::sqrt(wanted))));
    std::vector<double> taps(static_cast<std::size_t>(radius) + 1);
    // Samples of exp(-n^2 / (2 width^2)), unit sum; returns their variance.
    const auto sample = [&](double width) {
        double sum = 0, variance = 0;
        for (int n = 0; n <= radius; ++n) {
            double& tap = taps[static_cast<std::size_t>(n)];
            tap = std::exp(-0.5 * n * n / (width * width));
            sum += n == 0 ? tap : 2 * tap;
        }
        for (int n = 0; n <= radius; ++n) {
            taps[static_cast<std::size_t>(n)] /= sum;
            variance += 2.0 * n * n * taps[static_cast<std::size_t>(n)];
        }
        return variance;
    };
    // A sampled narrow Gaussian has too small a variance, a truncated one too: find the width that gives the
    // wanted one.
    double low = 0.05, high = 2 * std::sqrt(wanted) + 0.5;
    for (int n = 0; n < 60; ++n) {
        const double width = 0.5 * (low + high);
        (sample(width) < wanted ? low : high) = width;
    }
    sample(0.5 * (low + high));
    return {taps.begin(), taps.end()};
}

}  // namespace ctffr::phantom
