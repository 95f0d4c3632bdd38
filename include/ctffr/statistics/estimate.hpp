// SPDX-License-Identifier: Apache-2.0
// A statistic with its interval, or the reason why there is none. A statistic that is not defined (no
// positives, all values equal, too few) is a state with a reason, never a number.
#pragma once

#include <optional>
#include <string>
#include <utility>

namespace ctffr::statistics {

struct Interval {
    double low = 0, high = 0;
};

struct Estimate {
    std::optional<double> value;
    std::optional<Interval> interval;
    std::string reason;  // why value or interval is missing; empty when both are there

    static Estimate none(std::string reason) { return {std::nullopt, std::nullopt, std::move(reason)}; }
    static Estimate without_interval(double value, std::string reason) {
        return {value, std::nullopt, std::move(reason)};
    }
    static Estimate with(double value, double low, double high) {
        return {value, Interval{low, high}, std::string()};
    }
};

// Share of all intervals that hold the true value; every interval of the layer is two-sided.
inline constexpr double default_confidence = 0.95;

}  // namespace ctffr::statistics
