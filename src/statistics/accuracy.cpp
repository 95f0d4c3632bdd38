// SPDX-License-Identifier: Apache-2.0
#include "ctffr/statistics/accuracy.hpp"

#include <limits>

#include "ctffr/core/error.hpp"

namespace ctffr::statistics {

namespace {

// Agreement of found and truth among the items that `counts` lets in.
template <class Counts>
Proportion agreement(std::span<const int> found, std::span<const int> truth, std::span<const int> cluster,
                     double confidence, std::string_view none, Counts counts) {
    std::vector<int> success, of;
    for (std::size_t i = 0; i < found.size(); ++i) {
        if (!counts(i)) continue;
        success.push_back((found[i] != 0) == (truth[i] != 0));
        of.push_back(cluster[i]);
    }
    return proportion(success, of, confidence, none);
}

}  // namespace

Accuracy accuracy_of(std::span<const int> found, std::span<const int> truth, std::span<const int> cluster,
                     double confidence) {
    CTFFR_CHECK_OP(found.size(), ==, truth.size());
    CTFFR_CHECK_OP(found.size(), ==, cluster.size());
    Accuracy result;
    for (std::size_t i = 0; i < found.size(); ++i) {
        if (truth[i] != 0)
            ++(found[i] != 0 ? result.true_positive : result.false_negative);
        else
            ++(found[i] != 0 ? result.false_positive : result.true_negative);
    }
    const auto rate = [&](std::string_view none, auto counts) {
        return agreement(found, truth, cluster, confidence, none, counts);
    };
    // Each rate is the agreement of test and truth within one row or column of the table.
    result.sensitivity = rate("no positives by measurement", [&](std::size_t i) { return truth[i] != 0; });
    result.specificity = rate("no negatives by measurement", [&](std::size_t i) { return truth[i] == 0; });
    result.ppv = rate("no positives by computation", [&](std::size_t i) { return found[i] != 0; });
    result.npv = rate("no negatives by computation", [&](std::size_t i) { return found[i] == 0; });
    result.accuracy = rate("nothing to compare", [](std::size_t) { return true; });
    return result;
}

std::vector<BandAccuracy> accuracy_in_bands(std::span<const double> value, std::span<const double> bounds,
                                            std::span<const int> found, std::span<const int> truth,
                                            std::span<const int> cluster, double confidence) {
    CTFFR_CHECK_OP(value.size(), ==, found.size());
    CTFFR_CHECK_OP(value.size(), ==, truth.size());
    constexpr double infinity = std::numeric_limits<double>::infinity();
    std::vector<BandAccuracy> bands;
    for (std::size_t k = 0; k <= bounds.size(); ++k) {
        BandAccuracy band;
        band.above = k == 0 ? -infinity : bounds[k - 1];
        band.up_to = k == bounds.size() ? infinity : bounds[k];
        band.agreement =
            agreement(found, truth, cluster, confidence, "no vessel in this band",
                      [&](std::size_t i) { return value[i] > band.above && value[i] <= band.up_to; });
        bands.push_back(std::move(band));
    }
    return bands;
}

}  // namespace ctffr::statistics
