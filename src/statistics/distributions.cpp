// SPDX-License-Identifier: Apache-2.0
#include "ctffr/statistics/distributions.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <numeric>

#include "ctffr/core/error.hpp"

namespace ctffr::statistics {

namespace {

// Root of an increasing function by bisection: some 60 halvings, used a few dozen times per report, so that
// certainty counts for more than speed.
template <class F>
double root_of_increasing(F f, double low, double high) {
    while (f(low) > 0) low *= 2;
    while (f(high) < 0) high *= 2;
    for (int step = 0; step < 200; ++step) {
        const double middle = 0.5 * (low + high);
        if (middle <= low || middle >= high) break;  // neighbours in double precision
        (f(middle) < 0 ? low : high) = middle;
    }
    return 0.5 * (low + high);
}

// Continued fraction of the incomplete beta function by the modified Lentz method. Source: Abramowitz and
// Stegun, Handbook of Mathematical Functions, 26.5.8.
double beta_fraction(double x, double a, double b) {
    constexpr double tiny = 1e-300;
    const auto away_from_zero = [](double v) { return std::abs(v) < tiny ? tiny : v; };
    double c = 1, d = 1 / away_from_zero(1 - (a + b) * x / (a + 1));
    double h = d;
    for (int m = 1; m < 10000; ++m) {
        const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        d = 1 / away_from_zero(1 + even * d);
        c = away_from_zero(1 + even / c);
        h *= d * c;
        const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        d = 1 / away_from_zero(1 + odd * d);
        c = away_from_zero(1 + odd / c);
        h *= d * c;
        if (std::abs(d * c - 1) < 1e-15) return h;
    }
    return h;
}

// I_x(a, b), regularised.
double incomplete_beta(double x, double a, double b) {
    if (x <= 0) return 0;
    if (x >= 1) return 1;
    const double front =
        std::exp(std::lgamma(a + b) - std::lgamma(a) - std::lgamma(b) + a * std::log(x) + b * std::log1p(-x));
    // The fraction converges fast below the mean of the distribution; above it the mirror image is used.
    if (x < (a + 1) / (a + b + 2)) return front * beta_fraction(x, a, b) / a;
    return 1 - front * beta_fraction(1 - x, b, a) / b;
}

}  // namespace

double normal_cdf(double x) { return 0.5 * std::erfc(-x / std::numbers::sqrt2); }

double normal_quantile(double probability) {
    CTFFR_CHECK(probability > 0 && probability < 1);
    // The lower tail keeps its digits; the upper one is its mirror image.
    if (probability > 0.5) return -normal_quantile(1 - probability);
    return root_of_increasing([&](double x) { return normal_cdf(x) - probability; }, -1.0, 1.0);
}

double student_cdf(double t, double degrees) {
    CTFFR_CHECK(degrees > 0);
    const double tail = 0.5 * incomplete_beta(degrees / (degrees + t * t), degrees / 2, 0.5);
    return t > 0 ? 1 - tail : tail;
}

double student_quantile(double probability, double degrees) {
    CTFFR_CHECK(probability > 0 && probability < 1);
    if (probability > 0.5) return -student_quantile(1 - probability, degrees);
    return root_of_increasing([&](double t) { return student_cdf(t, degrees) - probability; }, -1.0, 1.0);
}

double two_sided_normal(double confidence) { return -normal_quantile(0.5 * (1 - confidence)); }

double two_sided_student(double confidence, double degrees) {
    return -student_quantile(0.5 * (1 - confidence), degrees);
}

std::vector<double> mid_ranks(std::span<const double> values) {
    std::vector<std::size_t> order(values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(),
              [&](std::size_t i, std::size_t j) { return values[i] < values[j]; });
    std::vector<double> ranks(values.size());
    for (std::size_t first = 0; first < order.size();) {
        std::size_t end = first;
        while (end < order.size() && values[order[end]] == values[order[first]]) ++end;
        // Ranks first+1 .. end share their mean.
        for (std::size_t k = first; k < end; ++k)
            ranks[order[k]] = 0.5 * static_cast<double>(first + 1 + end);
        first = end;
    }
    return ranks;
}

double mean(std::span<const double> values) {
    CTFFR_CHECK_OP(values.size(), >, 0u);
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double standard_deviation(std::span<const double> values) {
    CTFFR_CHECK_OP(values.size(), >, 1u);
    const double m = mean(values);
    double sum = 0;
    for (const double v : values) sum += (v - m) * (v - m);
    return std::sqrt(sum / static_cast<double>(values.size() - 1));
}

double median(std::vector<double> values) {
    CTFFR_CHECK_OP(values.size(), >, 0u);
    std::sort(values.begin(), values.end());
    const std::size_t half = values.size() / 2;
    return values.size() % 2 == 1 ? values[half] : 0.5 * (values[half - 1] + values[half]);
}

bool all_finite(std::span<const double> values) {
    return std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); });
}

bool all_equal(std::span<const double> values) {
    return std::all_of(values.begin(), values.end(), [&](double v) { return v == values.front(); });
}

Clusters number_clusters(std::span<const int> labels) {
    Clusters clusters;
    std::map<int, int> number;
    for (const int label : labels)
        clusters.of.push_back(number.try_emplace(label, static_cast<int>(number.size())).first->second);
    clusters.count = static_cast<int>(number.size());
    return clusters;
}

}  // namespace ctffr::statistics
