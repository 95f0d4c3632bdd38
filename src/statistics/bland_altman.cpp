// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <vector>

#include "ctffr/core/error.hpp"
#include "ctffr/statistics/agreement.hpp"
#include "ctffr/statistics/distributions.hpp"

namespace ctffr::statistics {

namespace {

constexpr const char* no_spread = "all differences are equal: the data cannot show how certain this is";

Estimate clustered_bias(const std::vector<double>& d, double bias, std::span<const int> labels,
                        double confidence) {
    const Clusters clusters = number_clusters(labels);
    if (clusters.count < 2)
        return Estimate::without_interval(bias, "fewer than two patients, so their spread cannot be seen");
    std::vector<double> residual(static_cast<std::size_t>(clusters.count));
    for (std::size_t i = 0; i < d.size(); ++i)
        residual[static_cast<std::size_t>(clusters.of[i])] += d[i] - bias;
    double sum = 0;
    for (const double r : residual) sum += r * r;
    const double m = clusters.count, n = static_cast<double>(d.size());
    const double half = two_sided_student(confidence, m - 1) * std::sqrt(m / (m - 1) * sum) / n;
    return Estimate::with(bias, bias - half, bias + half);
}

}  // namespace

BlandAltman bland_altman(std::span<const double> x, std::span<const double> y, std::span<const int> cluster,
                         double confidence) {
    CTFFR_CHECK_OP(x.size(), ==, y.size());
    CTFFR_CHECK_OP(x.size(), ==, cluster.size());
    BlandAltman result;
    result.count = static_cast<int>(x.size());
    const auto nothing = [&](const std::string& why) {
        result.bias = result.bias_clustered = result.standard_deviation = result.lower_limit =
            result.upper_limit = Estimate::none(why);
        return result;
    };
    if (x.empty()) return nothing("nothing to compare");
    if (!all_finite(x) || !all_finite(y)) return nothing("a value is not a finite number");
    std::vector<double> d;
    for (std::size_t i = 0; i < x.size(); ++i) d.push_back(y[i] - x[i]);
    const double bias = mean(d), n = static_cast<double>(d.size());
    result.bias_clustered = clustered_bias(d, bias, cluster, confidence);
    if (d.size() < 2) {
        result.bias = Estimate::without_interval(bias, "one pair only");
        result.standard_deviation = result.lower_limit = result.upper_limit = Estimate::none("one pair only");
        return result;
    }
    // Differences of decimals are equal to rounding only.
    const double s = standard_deviation(d);
    double scale = 0;
    for (std::size_t i = 0; i < x.size(); ++i) scale = std::max({scale, std::abs(x[i]), std::abs(y[i])});
    if (s <= 1e-12 * scale) {
        result.bias = result.bias_clustered = result.lower_limit = result.upper_limit =
            Estimate::without_interval(bias, no_spread);
        result.standard_deviation = {0.0, std::nullopt, std::string()};
        return result;
    }
    const double t = two_sided_student(confidence, n - 1);
    const double half_bias = t * s / std::sqrt(n);
    result.bias = Estimate::with(bias, bias - half_bias, bias + half_bias);
    result.standard_deviation = {s, std::nullopt, std::string()};
    // The limits hold 95 % of the differences, whatever the confidence of the intervals.
    constexpr double reach = 1.96;
    const double half_limit = t * s * std::sqrt(1 / n + reach * reach / (2 * (n - 1)));
    const auto limit = [&](double at) { return Estimate::with(at, at - half_limit, at + half_limit); };
    result.lower_limit = limit(bias - reach * s);
    result.upper_limit = limit(bias + reach * s);
    return result;
}

}  // namespace ctffr::statistics
