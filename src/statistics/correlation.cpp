// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "ctffr/core/error.hpp"
#include "ctffr/statistics/agreement.hpp"
#include "ctffr/statistics/distributions.hpp"

namespace ctffr::statistics {

namespace {

// r with the interval of Fisher's z, whose variance is `inflation(r) / (n - 3)`.
template <class Inflation>
Estimate correlation(std::span<const double> x, std::span<const double> y, double confidence,
                     Inflation inflation) {
    const std::size_t n = x.size();
    if (n < 2) return Estimate::none("fewer than two pairs");
    if (all_equal(x) || all_equal(y)) return Estimate::none("all values of one method are equal");
    const double mx = mean(x), my = mean(y);
    double xx = 0, yy = 0, xy = 0;
    for (std::size_t i = 0; i < n; ++i) {
        xx += (x[i] - mx) * (x[i] - mx);
        yy += (y[i] - my) * (y[i] - my);
        xy += (x[i] - mx) * (y[i] - my);
    }
    const double r = std::clamp(xy / std::sqrt(xx * yy), -1.0, 1.0);
    if (n < 4) return Estimate::without_interval(r, "fewer than four pairs");
    // Rounding keeps points on a line from giving exactly 1; Fisher's z has no meaning there.
    if (std::abs(r) > 1 - 1e-12) return Estimate::without_interval(r, "the pairs lie on one line");
    const double half = two_sided_normal(confidence) * std::sqrt(inflation(r) / static_cast<double>(n - 3));
    return Estimate::with(r, std::tanh(std::atanh(r) - half), std::tanh(std::atanh(r) + half));
}

}  // namespace

Estimate pearson(std::span<const double> x, std::span<const double> y, double confidence) {
    CTFFR_CHECK_OP(x.size(), ==, y.size());
    if (!all_finite(x) || !all_finite(y)) return Estimate::none("a value is not a finite number");
    return correlation(x, y, confidence, [](double) { return 1.0; });
}

Estimate spearman(std::span<const double> x, std::span<const double> y, double confidence) {
    CTFFR_CHECK_OP(x.size(), ==, y.size());
    if (!all_finite(x) || !all_finite(y)) return Estimate::none("a value is not a finite number");
    return correlation(mid_ranks(x), mid_ranks(y), confidence, [](double r) { return 1 + r * r / 2; });
}

}  // namespace ctffr::statistics
