// SPDX-License-Identifier: Apache-2.0
#include "ctffr/statistics/proportion.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "ctffr/core/error.hpp"
#include "ctffr/statistics/distributions.hpp"

namespace ctffr::statistics {

Estimate wilson_interval(double successes, double count, double z, std::string_view none) {
    if (!(count > 0)) return Estimate::none(std::string(none));
    const double p = successes / count, z2 = z * z / count;
    const double centre = (p + z2 / 2) / (1 + z2);
    const double half = z / (1 + z2) * std::sqrt(p * (1 - p) / count + z2 / (4 * count));
    // Exactly 0 and 1 at the ends, where the formula leaves rounding errors.
    const double low = successes <= 0 ? 0.0 : std::max(0.0, centre - half);
    const double high = successes >= count ? 1.0 : std::min(1.0, centre + half);
    return Estimate::with(p, low, high);
}

Proportion proportion(std::span<const int> success, std::span<const int> cluster, double confidence,
                      std::string_view none) {
    CTFFR_CHECK_OP(success.size(), ==, cluster.size());
    Proportion result;
    result.count = static_cast<int>(success.size());
    for (const int s : success) result.successes += s != 0;
    const double n = result.count, k = result.successes;
    result.wilson = wilson_interval(k, n, two_sided_normal(confidence), none);
    if (result.count == 0) {
        result.clustered = result.wilson;
        return result;
    }
    const Clusters clusters = number_clusters(cluster);
    result.clusters = clusters.count;
    const double p = k / n, m = clusters.count;
    if (clusters.count < 2) {
        result.clustered =
            Estimate::without_interval(p, "fewer than two patients, so their spread cannot be seen");
        return result;
    }
    std::vector<double> residual(static_cast<std::size_t>(clusters.count));
    for (std::size_t i = 0; i < success.size(); ++i)
        residual[static_cast<std::size_t>(clusters.of[i])] += (success[i] != 0 ? 1.0 : 0.0) - p;
    double sum = 0;
    for (const double r : residual) sum += r * r;
    double effective = m;
    if (result.successes > 0 && result.successes < result.count) {
        const double variance = m / (m - 1) * sum / (n * n);
        effective = n / std::max(1.0, variance / (p * (1 - p) / n));
    }
    result.clustered = wilson_interval(p * effective, effective, two_sided_student(confidence, m - 1), none);
    result.clustered.value = p;  // not p * effective / effective
    // Rounding in p * effective must not hide that all or none succeeded.
    if (result.successes == 0) result.clustered.interval->low = 0;
    if (result.successes == result.count) result.clustered.interval->high = 1;
    return result;
}

}  // namespace ctffr::statistics
