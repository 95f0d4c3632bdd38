// SPDX-License-Identifier: Apache-2.0
#include "ctffr/statistics/roc.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include "ctffr/core/error.hpp"
#include "ctffr/statistics/distributions.hpp"

namespace ctffr::statistics {

namespace {

// Structural components of one test, in the order of the items.
struct Components {
    double area = 0;
    std::vector<double> value;  // V10 of a positive, V01 of a negative item
};

struct Items {
    std::span<const int> truth;
    Clusters clusters;
    double positives = 0, negatives = 0;
};

std::string why_no_area(std::span<const double> score, const Items& items) {
    if (std::any_of(score.begin(), score.end(), [](double s) { return std::isnan(s); }))
        return "a score is not a number";
    if (items.positives == 0) return "no positives by measurement";
    if (items.negatives == 0) return "no negatives by measurement";
    return {};
}

Items items_of(std::span<const int> truth, std::span<const int> cluster) {
    Items items{truth, number_clusters(cluster)};
    for (const int t : truth) ++(t != 0 ? items.positives : items.negatives);
    return items;
}

// A mid-rank among all items minus the mid-rank among one's own kind counts the items of the other kind below
// (ties half), which is psi summed.
Components components_of(std::span<const double> score, const Items& items) {
    std::vector<double> positive, negative;
    for (std::size_t i = 0; i < score.size(); ++i)
        (items.truth[i] != 0 ? positive : negative).push_back(score[i]);
    const std::vector<double> all_rank = mid_ranks(score), positive_rank = mid_ranks(positive),
                              negative_rank = mid_ranks(negative);
    Components result;
    std::size_t p = 0, q = 0;
    for (std::size_t i = 0; i < score.size(); ++i) {
        if (items.truth[i] != 0) {
            result.value.push_back((all_rank[i] - positive_rank[p++]) / items.negatives);
            result.area += result.value.back();
        } else {
            result.value.push_back(1 - (all_rank[i] - negative_rank[q++]) / items.positives);
        }
    }
    result.area /= items.positives;
    return result;
}

// What the two variances need of a difference (or of one test alone): deviations of the components from
// their mean.
struct Deviations {
    std::vector<double> value;
};

Deviations deviations(const Components& a) {
    Deviations d{a.value};
    for (double& v : d.value) v -= a.area;
    return d;
}

// S10 / M + S01 / N; empty when a kind has one item only, whose spread cannot be seen.
std::optional<double> delong_variance(const Deviations& d, const Items& items) {
    if (items.positives < 2 || items.negatives < 2) return std::nullopt;
    double s10 = 0, s01 = 0;
    for (std::size_t i = 0; i < d.value.size(); ++i)
        (items.truth[i] != 0 ? s10 : s01) += d.value[i] * d.value[i];
    return s10 / (items.positives - 1) / items.positives + s01 / (items.negatives - 1) / items.negatives;
}

// S10 / M + S01 / N + 2 S11 / (M N) with sums over clusters in place of items.
std::optional<double> cluster_variance(const Deviations& d, const Items& items) {
    const auto count = static_cast<std::size_t>(items.clusters.count);
    std::vector<double> positive(count), negative(count);
    std::vector<int> has_positive(count), has_negative(count);
    for (std::size_t i = 0; i < d.value.size(); ++i) {
        const auto c = static_cast<std::size_t>(items.clusters.of[i]);
        (items.truth[i] != 0 ? positive : negative)[c] += d.value[i];
        (items.truth[i] != 0 ? has_positive : has_negative)[c] = 1;
    }
    const double i10 = static_cast<double>(std::count(has_positive.begin(), has_positive.end(), 1));
    const double i01 = static_cast<double>(std::count(has_negative.begin(), has_negative.end(), 1));
    const double all = items.clusters.count;
    if (i10 < 2 || i01 < 2) return std::nullopt;
    double s10 = 0, s01 = 0, s11 = 0;
    for (std::size_t c = 0; c < count; ++c) {
        s10 += positive[c] * positive[c];
        s01 += negative[c] * negative[c];
        s11 += positive[c] * negative[c];
    }
    const double m = items.positives, n = items.negatives;
    return i10 / (i10 - 1) * s10 / (m * m) + i01 / (i01 - 1) * s01 / (n * n) +
           2 * all / (all - 1) * s11 / (m * n);
}

// Variances of tests that never err, or always do, are 0: that is not certainty.
constexpr const char* no_spread = "the variance is 0: the data cannot show how certain this is";
constexpr const char* too_few = "fewer than two positives or two negatives, so their spread cannot be seen";
constexpr const char* too_few_patients =
    "fewer than two patients with positives or with negatives, so their spread cannot be seen";

// A variance that is 0 but for rounding: components are multiples of 1 / (2 M N).
bool vanishes(double variance) { return !(variance > 1e-20); }

Estimate with_normal_interval(double value, std::optional<double> variance, double z, double low, double high,
                              const char* few) {
    if (!variance) return Estimate::without_interval(value, few);
    if (vanishes(*variance)) return Estimate::without_interval(value, no_spread);
    const double half = z * std::sqrt(*variance);
    return Estimate::with(value, std::max(low, value - half), std::min(high, value + half));
}

Estimate two_sided_p(double difference, std::optional<double> variance, const char* few) {
    if (!variance) return Estimate::none(few);
    if (vanishes(*variance)) return Estimate::none(no_spread);
    return {2 * normal_cdf(-std::abs(difference) / std::sqrt(*variance)), std::nullopt, std::string()};
}

}  // namespace

Auc auc_of(std::span<const double> score, std::span<const int> truth, std::span<const int> cluster,
           double confidence) {
    CTFFR_CHECK_OP(score.size(), ==, truth.size());
    CTFFR_CHECK_OP(score.size(), ==, cluster.size());
    const Items items = items_of(truth, cluster);
    Auc auc;
    auc.positives = static_cast<int>(items.positives);
    auc.negatives = static_cast<int>(items.negatives);
    if (const std::string why = why_no_area(score, items); !why.empty()) {
        auc.delong = auc.clustered = Estimate::none(why);
        return auc;
    }
    const Components components = components_of(score, items);
    const Deviations d = deviations(components);
    const double z = two_sided_normal(confidence);
    auc.delong = with_normal_interval(components.area, delong_variance(d, items), z, 0, 1, too_few);
    auc.clustered =
        with_normal_interval(components.area, cluster_variance(d, items), z, 0, 1, too_few_patients);
    return auc;
}

AucComparison compare_auc(std::span<const double> first, std::span<const double> second,
                          std::span<const int> truth, std::span<const int> cluster, double confidence) {
    CTFFR_CHECK_OP(first.size(), ==, truth.size());
    CTFFR_CHECK_OP(second.size(), ==, truth.size());
    CTFFR_CHECK_OP(cluster.size(), ==, truth.size());
    const Items items = items_of(truth, cluster);
    AucComparison result;
    std::string why = why_no_area(first, items);
    if (why.empty()) why = why_no_area(second, items);
    if (!why.empty()) {
        result.difference = result.difference_clustered = result.p_value = result.p_value_clustered =
            Estimate::none(why);
        return result;
    }
    // var(A - B) = var A + var B - 2 cov(A, B) is the variance of the component-wise difference.
    const Components a = components_of(first, items), b = components_of(second, items);
    Components both;
    both.area = a.area - b.area;
    for (std::size_t i = 0; i < truth.size(); ++i) both.value.push_back(a.value[i] - b.value[i]);
    const Deviations d = deviations(both);
    const double z = two_sided_normal(confidence);
    const auto plain = delong_variance(d, items), grouped = cluster_variance(d, items);
    result.difference = with_normal_interval(both.area, plain, z, -1, 1, too_few);
    result.difference_clustered = with_normal_interval(both.area, grouped, z, -1, 1, too_few_patients);
    result.p_value = two_sided_p(both.area, plain, too_few);
    result.p_value_clustered = two_sided_p(both.area, grouped, too_few_patients);
    return result;
}

std::vector<RocPoint> roc_curve(std::span<const double> score, std::span<const int> truth) {
    CTFFR_CHECK_OP(score.size(), ==, truth.size());
    double positives = 0, negatives = 0;
    std::map<double, std::pair<int, int>> at;  // score -> positives, negatives
    for (std::size_t i = 0; i < score.size(); ++i) {
        if (std::isnan(score[i])) return {};
        ++(truth[i] != 0 ? positives : negatives);
        auto& counts = at[score[i]];
        ++(truth[i] != 0 ? counts.first : counts.second);
    }
    if (positives == 0 || negatives == 0) return {};
    std::vector<RocPoint> curve{{0, 0}};
    double tp = 0, fp = 0;
    for (auto it = at.rbegin(); it != at.rend(); ++it) {
        tp += it->second.first;
        fp += it->second.second;
        curve.push_back({fp / negatives, tp / positives});
    }
    return curve;
}

}  // namespace ctffr::statistics
