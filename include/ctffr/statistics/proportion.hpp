// SPDX-License-Identifier: Apache-2.0
// Proportions: Wilson's interval, and the same for items that come in clusters (vessels within patients).
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "ctffr/statistics/estimate.hpp"

namespace ctffr::statistics {

struct Proportion {
    int successes = 0, count = 0;
    Estimate wilson;     // items taken as independent
    Estimate clustered;  // the same value; an interval that allows for items of a cluster being alike
    int clusters = 0;    // clusters with at least one item
};

// p = k / n and the interval of Wilson, J Am Stat Assoc 22:209 (1927): the p for which
// |p_hat - p| <= z sqrt(p (1 - p) / n). `none` says why there is no value when n is 0.
Estimate wilson_interval(double successes, double count, double z, std::string_view none);

// `success` holds 0 or 1 per item, `cluster` a label of its patient.
//   variance of p:    v = m / (m - 1) sum over clusters (x_i - p n_i)^2 / n^2     (Rao and Scott 1992)
//   design effect:    D = v / (p (1 - p) / n), at least 1
//   interval:         Wilson's with n / D items and Student's t with m - 1 degrees for z
// m clusters, x_i successes among the n_i items of one. At p = 0 or 1, D cannot be seen, and n / D is m: as
// if every item of a cluster said the same. Not defined with fewer than two clusters. Sources: Rao and Scott,
// Biometrics 48:577 (1992); Korn and Graubard, Survey Methodology 24:193 (1998), for t and the bound on D.
Proportion proportion(std::span<const int> success, std::span<const int> cluster, double confidence,
                      std::string_view none);

}  // namespace ctffr::statistics
