// SPDX-License-Identifier: Apache-2.0
// Agreement of two methods that measure the same quantity: correlation, Bland-Altman, Passing-Bablok.
#pragma once

#include <span>
#include <string>

#include "ctffr/statistics/estimate.hpp"

namespace ctffr::statistics {

// Pearson's r; interval by Fisher's z: atanh r -+ z / sqrt(n - 3).
Estimate pearson(std::span<const double> x, std::span<const double> y,
                 double confidence = default_confidence);

// Pearson's r of the mid-ranks; interval atanh r -+ z sqrt((1 + r^2 / 2) / (n - 3)) (Bonett and Wright,
// Psychometrika 65:23, 2000).
Estimate spearman(std::span<const double> x, std::span<const double> y,
                  double confidence = default_confidence);

// Differences d = y - x (Bland and Altman, Lancet 1:307, 1986; Stat Methods Med Res 8:135, 1999):
//   bias = mean d, interval bias -+ t s / sqrt n
//   limits of agreement = bias -+ 1.96 s, each with the interval -+ t s sqrt(1 / n + 1.96^2 / (2 (n - 1)))
// s with n - 1, t with n - 1 degrees of freedom. The clustered interval of the bias takes the variance
// m / (m - 1) sum over clusters (sum of d - bias)^2 / n^2 and t with m - 1 degrees; the limits have none.
struct BlandAltman {
    int count = 0;
    Estimate bias, bias_clustered;
    Estimate standard_deviation;  // value only
    Estimate lower_limit, upper_limit;
};
BlandAltman bland_altman(std::span<const double> x, std::span<const double> y, std::span<const int> cluster,
                         double confidence = default_confidence);

// y = intercept + slope x through the shifted median of the slopes of all pairs of points, which neither
// outliers nor errors of x bend. Source: Passing and Bablok, J Clin Chem Clin Biochem 21:709 (1983).
//   slopes S_ij of all pairs but coincident ones and those of exactly -1; vertical pairs are infinite
//   K = number of slopes below -1; slope = median of the sorted slopes, K places further up
//   C = z sqrt(n (n - 1) (2 n + 5) / 18), M1 = round((N - C) / 2), M2 = N - M1 + 1
//   interval of the slope: slopes M1 + K and M2 + K; intercept = median(y - slope x), its interval with the
//   ends of the slope's
struct PassingBablok {
    int count = 0;
    Estimate slope, intercept;
};
PassingBablok passing_bablok(std::span<const double> x, std::span<const double> y,
                             double confidence = default_confidence);

}  // namespace ctffr::statistics
