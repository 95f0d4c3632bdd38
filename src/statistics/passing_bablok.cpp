// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "ctffr/core/error.hpp"
#include "ctffr/statistics/agreement.hpp"
#include "ctffr/statistics/distributions.hpp"

namespace ctffr::statistics {

namespace {

std::vector<double> sorted_slopes(std::span<const double> x, std::span<const double> y) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    std::vector<double> slopes;
    for (std::size_t i = 0; i < x.size(); ++i)
        for (std::size_t j = i + 1; j < x.size(); ++j) {
            const double dx = x[j] - x[i], dy = y[j] - y[i];
            if (dx == 0 && dy == 0) continue;
            // -inf and +inf are one direction: the shift by K makes them the same place.
            const double slope = dx == 0 ? (dy > 0 ? infinity : -infinity) : dy / dx;
            // Differences of decimals are off by rounding, and -1 must not fall to one side by chance.
            if (std::abs(slope + 1) > 1e-9) slopes.push_back(slope);
        }
    std::sort(slopes.begin(), slopes.end());
    return slopes;
}

double intercept_of(std::span<const double> x, std::span<const double> y, double slope) {
    std::vector<double> rest;
    for (std::size_t i = 0; i < x.size(); ++i) rest.push_back(y[i] - slope * x[i]);
    return median(std::move(rest));
}

}  // namespace

PassingBablok passing_bablok(std::span<const double> x, std::span<const double> y, double confidence) {
    CTFFR_CHECK_OP(x.size(), ==, y.size());
    PassingBablok result;
    result.count = static_cast<int>(x.size());
    const auto nothing = [&](const char* why) {
        result.slope = result.intercept = Estimate::none(why);
        return result;
    };
    if (!all_finite(x) || !all_finite(y)) return nothing("a value is not a finite number");
    if (x.size() < 2) return nothing("fewer than two pairs");
    if (all_equal(x)) return nothing("all values of one method are equal");
    const std::vector<double> slopes = sorted_slopes(x, y);
    const auto count = static_cast<long>(slopes.size());
    const long shift = std::count_if(slopes.begin(), slopes.end(), [](double s) { return s < -1; });
    // The slope in place `k`, counted from 1 and shifted; places past the end have no slope.
    const auto shifted = [&](long k) -> std::optional<double> {
        if (k < 1 || k + shift < 1 || k + shift > count) return std::nullopt;
        const double slope = slopes[static_cast<std::size_t>(k + shift - 1)];
        return std::isfinite(slope) ? std::optional(slope) : std::nullopt;
    };
    const auto low_middle = shifted((count + 1) / 2), high_middle = shifted(count / 2 + 1);
    if (!low_middle || !high_middle) return nothing("the line is vertical or falls too steeply");
    const double slope = 0.5 * (*low_middle + *high_middle);
    result.slope.value = slope;
    result.intercept.value = intercept_of(x, y, slope);

    const double n = static_cast<double>(x.size());
    const double c = two_sided_normal(confidence) * std::sqrt(n * (n - 1) * (2 * n + 5) / 18);
    const long m1 = std::lround((static_cast<double>(count) - c) / 2), m2 = count - m1 + 1;
    const auto low = shifted(m1), high = shifted(m2);
    if (low && high) {
        result.slope.interval = Interval{*low, *high};
        result.intercept.interval = Interval{intercept_of(x, y, *high), intercept_of(x, y, *low)};
    } else {
        result.slope.reason = result.intercept.reason = "too few pairs for an interval";
    }
    return result;
}

}  // namespace ctffr::statistics
