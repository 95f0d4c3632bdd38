// SPDX-License-Identifier: Apache-2.0
// Receiver operating characteristic: area, variance, comparison of two tests on the same items, the curve.
#pragma once

#include <span>
#include <vector>

#include "ctffr/statistics/estimate.hpp"

namespace ctffr::statistics {

// Scores grow with disease (a test that falls with it is negated by the caller). They may be infinite. The
// area is the chance that a positive item scores above a negative one, ties counted half:
//   A = mean over positives i and negatives j of psi(x_i, y_j)
// Variance from the structural components V10(x_i) = mean_j psi, V01(y_j) = mean_i psi (DeLong, DeLong and
// Clarke-Pearson, Biometrics 44:837, 1988), computed from ranks (Sun and Xu, IEEE Signal Process Lett
// 21:1389, 2014). The interval is A -+ z sd, cut at 0 and 1.
struct Auc {
    Estimate delong;     // items taken as independent
    Estimate clustered;  // variance by Obuchowski, Biometrics 53:567 (1997): items of a cluster are alike
    int positives = 0, negatives = 0;
};
Auc auc_of(std::span<const double> score, std::span<const int> truth, std::span<const int> cluster,
           double confidence = default_confidence);

// Two tests on the same items: difference of areas (first minus second), z = difference / sd and the
// two-sided p, from the covariance of the structural components.
struct AucComparison {
    Estimate difference, difference_clustered;
    Estimate p_value, p_value_clustered;  // value only
};
AucComparison compare_auc(std::span<const double> first, std::span<const double> second,
                          std::span<const int> truth, std::span<const int> cluster,
                          double confidence = default_confidence);

// Corners of the curve from (0, 0) to (1, 1), one per distinct score, from the highest down. Empty when there
// are no positives or no negatives.
struct RocPoint {
    double false_positive_rate = 0, true_positive_rate = 0;
};
std::vector<RocPoint> roc_curve(std::span<const double> score, std::span<const int> truth);

}  // namespace ctffr::statistics
